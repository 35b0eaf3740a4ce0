import { nameKey, parseName } from "../../protocol/mod.ts";
import type { Chat, NameAnswer } from "./chat.ts";

/** What a person shows to be let in or to be known. */
export interface Credentials {
  readonly name: string;
  /** That of the name. */
  readonly secret?: string;
  /** That of the server. */
  readonly password?: string;
}

/**
 * Logs in over HTTP, where the session's cookie can be set. What is refused is told in the codes of the
 * protocol, `bad_secret` and `wrong_password` besides.
 *
 * @param base the page's address
 */
export async function login(base: string, credentials: Credentials): Promise<NameAnswer> {
  const status = await post(base, credentials);
  switch (status) {
    case 204:
      return { ok: true };
    case 400:
      return { ok: false, code: "bad_name" };
    case 401:
      return {
        ok: false,
        code: await needsPassword(base, credentials.password) ? "wrong_password" : "bad_secret",
      };
    case 409:
      return { ok: false, code: "name_taken" };
    case 429:
      return { ok: false, code: "rate_limited" };
    default:
      return { ok: false, code: status === undefined ? "offline" : "other" };
  }
}

/**
 * Whether the server lets this browser in only with its password. A WebSocket can't tell, because browsers hide the
 * status that refused it; a login without a name is judged by the same rule, password first.
 *
 * @param password one to try
 */
export async function needsPassword(base: string, password?: string): Promise<boolean> {
  return await post(base, { name: "", ...(password !== undefined && { password }) }) === 401;
}

/** Ends this browser's session. Whether the server has heard it. */
export async function logout(base: string): Promise<boolean> {
  try {
    const { ok } = await fetch(new URL("logout", base), { method: "POST" });
    return ok;
  } catch {
    return false;
  }
}

/**
 * Takes a name for this person, or with the secret of another's name becomes that person.
 *
 * @param base the page's address
 */
export async function saveName(
  chat: Chat,
  base: string,
  { name, secret }: Credentials,
): Promise<NameAnswer> {
  const parsed = parseName(name.trim());
  if ("problem" in parsed) return { ok: false, code: "bad_name" };
  const mine = chat.me.peek()?.name ?? "";
  // A secret for one's own name is set or changed; for another's it is the proof.
  if (!secret || nameKey(parsed.name) === nameKey(mine)) {
    return await chat.takeName(parsed.name, secret);
  }
  const answer = await login(base, { name: parsed.name, secret });
  if (answer.ok) chat.connection.connect();
  return answer;
}

async function post(base: string, credentials: Credentials): Promise<number | undefined> {
  try {
    const { status, body } = await fetch(new URL("login", base), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(credentials),
    });
    await body?.cancel();
    return status;
  } catch {
    return undefined;
  }
}
