import type { Cookies } from "./cookies.ts";
import type { AccountForm, DeletedAccount } from "./credentials.ts";
import {
  answering,
  type Denial,
  LAST_ADMIN,
  NO_ACCOUNT,
  NO_ENTRY,
  NOT_DELETED,
  OTHER_NAME,
  Refused,
} from "./denial.ts";
import { keysOf } from "./name_keys.ts";
import { isSecret, parseName } from "../protocol/names.ts";
import type { SlowHash } from "./secret_hash.ts";
import type { ServerPassword } from "./server_password.ts";
import type { PeopleStore } from "./store.ts";

/** The parts that an account is deleted with. */
export interface AccountDeletionParts {
  readonly store: PeopleStore;
  readonly cookies: Cookies;
  readonly hashes: SlowHash;
  readonly password: ServerPassword;
}

/**
 * Deletes the account of the person with this cookie, who gives its name, and its secret if it has one.
 *
 * @param now The time, in ms since 1970.
 */
export function deleteAccount(
  { store, cookies, hashes, password }: AccountDeletionParts,
  { name, secret, from, messages }: AccountForm,
  cookie: string | undefined,
  now: number,
): Promise<DeletedAccount | Denial> {
  return answering(async () => {
    const browser = await cookies.admit(cookie);
    const { session } = browser;
    if (!password.admits(undefined, session)) throw new Refused(401, NO_ENTRY);
    const owner = session && await store.byId(session.person);
    if (!owner) throw new Refused(401, NO_ACCOUNT);
    const parsed = parseName(name);
    if ("problem" in parsed || !keysOf(parsed.name).includes(owner.key)) {
      throw new Refused(400, OTHER_NAME);
    }
    if (owner.secret !== undefined) {
      const isRight = secret !== undefined && isSecret(secret) &&
        await hashes.verify(secret, owner.secret, from);
      if (!isRight) throw new Refused(401, NOT_DELETED);
    }
    const outcome = await store.deleteAccount(owner.id, owner.generation ?? 0, {
      messages: messages === "delete",
      ...(from !== undefined && { from }),
    });
    if (outcome === "last_admin") throw new Refused(409, LAST_ADMIN);
    if (outcome === "stale") throw new Refused(401, NOT_DELETED);
    // A muted person stays muted in this browser.
    const token = await cookies.mutedGuest(browser, now);
    return { ok: true, ...(token !== undefined && { token }) };
  });
}
