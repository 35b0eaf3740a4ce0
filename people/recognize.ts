import type { Cookies } from "./cookies.ts";
import type { Credentials, Recognized } from "./credentials.ts";
import {
  answering,
  type Denial,
  NO_ENTRY,
  NOBODY,
  readName,
  readSecret,
  Refused,
  type Secret,
} from "./denial.ts";
import type { Names } from "./names.ts";
import type { Proven } from "./secrets.ts";
import type { ServerPassword } from "./server_password.ts";

/** The parts of `People` that {@linkcode recognize} needs. */
interface Parts {
  readonly cookies: Cookies;
  readonly names: Names;
  readonly password: ServerPassword;
  /** @throws {Refused} if the secret is not that of the name. */
  prove(name: string, secret: Secret): Promise<Proven>;
}

/**
 * Returns the id of the person that the credentials of a request prove. Unlike a connection, a request makes no guest and
 * holds no name: one without a person is refused.
 */
export function recognize(
  { cookies, names, password, prove }: Parts,
  { cookie, basic, from }: Credentials,
): Promise<Recognized | Denial> {
  return answering(async () => {
    const { session, rotation } = await cookies.admit(cookie);
    const second = basic && password.split(basic.password);
    if (basic ? !second : !password.admits(undefined, session)) throw new Refused(401, NO_ENTRY);
    const proven = basic?.user && second?.secret
      ? await prove(readName(basic.user), readSecret(second.secret, from))
      : undefined;
    const person = proven?.person.id ?? (basic ? undefined : session?.person);
    if (person === undefined) throw new Refused(401, NOBODY);
    await names.refuseUninvited(person);
    if (proven) {
      const { generation = 0, taken } = proven;
      return { ok: true, person, proof: { person, generation }, ...(taken && { taken }) };
    }
    return { ok: true, person, ...(session && { session: { ...session, rotation } }) };
  });
}
