import type { Backend } from "./backend.ts";
import type { LoggedIn, LoginForm } from "../people/credentials.ts";
import { type Denial, LINK_GONE, SHORT_SECRET } from "../people/denial.ts";
import { isHiddenRoom } from "../protocol/addresses.ts";
import { LINK_SECRET_CHARACTERS } from "../protocol/names.ts";

/** A login; `linkLost`: its link was used or replaced meanwhile. */
export type LinkLogin = LoggedIn & { readonly linkLost?: true };

/**
 * Logs a person in who may have followed a link, and uses the link. Without a link it is a login like any other.
 * The secret protects the role that a link gives, so it must not be too short.
 */
export async function loginWithLink(
  { people, links }: Pick<Backend, "people" | "links">,
  form: LoginForm,
  cookie: string | undefined,
): Promise<LinkLogin | Denial> {
  const { link, secret = "", from } = form;
  if (link === undefined) return await people.login(form, cookie);
  const found = await links.find(link);
  if (found === undefined) return { ok: false, status: 404, reason: LINK_GONE };
  if (secret.length < LINK_SECRET_CHARACTERS) {
    return { ok: false, status: 400, reason: SHORT_SECRET };
  }
  const { person } = found;
  if (found.kind === "reset" && person !== undefined) {
    return await people.reset({ person, ...form }, cookie, async (hash) => {
      return (await links.reset(link, hash, from)).type === "changed";
    });
  }
  if (found.kind === "invite") {
    const { hash, room = "" } = found;
    const answer = await people.login({ ...form, invite: hash }, cookie);
    if (!answer.ok || !isHiddenRoom(room)) return answer;
    const outcome = await links.accept(hash, answer.person.id, from);
    return outcome.type === "refused" ? { ...answer, linkLost: true } : answer;
  }
  const answer = await people.login(form, cookie);
  if (!answer.ok) return answer;
  const outcome = await links.claim(link, answer.person.id, from);
  return outcome.type === "changed" ? answer : { ...answer, linkLost: true };
}
