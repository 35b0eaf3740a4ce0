import { nameKey, parseName } from "../../protocol/mod.ts";
import type { Chat } from "./chat.ts";
import type { NameAnswer } from "./chat_options.ts";

/** The data with which a person logs in. */
export interface Credentials {
  readonly name: string;
  /** That of the name. */
  readonly secret?: string;
  /** That which `secret` replaces. */
  readonly old?: string;
  /** That of the server. */
  readonly password?: string;
  /** The token of a link that the person has followed. */
  readonly link?: string;
}

/**
 * Logs in over HTTP, where the session's cookie can be set. A refusal is one of the protocol's codes,
 * `bad_secret`, `bad_link`, `wrong_password`, `banned` or `too_many_attempts`.
 *
 * @param base the page's address
 */
export async function login(base: string, credentials: Credentials): Promise<NameAnswer> {
  const { status, needsInvitation } = await post(base, credentials);
  switch (status) {
    case 204:
      return { ok: true };
    case 400:
      return { ok: false, code: "bad_name" };
    case 401:
      if (needsInvitation) return { ok: false, code: "needs_invitation" };
      return {
        ok: false,
        code: await askEntry(base, credentials.password) === "password"
          ? "wrong_password"
          : "bad_secret",
      };
    case 403:
      return { ok: false, code: "banned" };
    case 404:
      return { ok: false, code: "bad_link" };
    case 409:
      return { ok: false, code: "name_taken" };
    case 429:
      return { ok: false, code: "too_many_attempts" };
    default:
      return { ok: false, code: status === undefined ? "offline" : "other" };
  }
}

/**
 * Whether the server lets this browser in only with its password, or not at all because its person is banned. A
 * WebSocket can't tell, because browsers hide the status that refused it; a login without a name is judged by the
 * same rules, bans and the password first.
 *
 * @param password one to try
 */
export async function askEntry(
  base: string,
  password?: string,
): Promise<"password" | "banned" | "invite" | undefined> {
  const credentials = { name: "", ...(password !== undefined && { password }) };
  const { status, needsInvitation } = await post(base, credentials);
  if (status === 401) return needsInvitation ? "invite" : "password";
  return status === 403 ? "banned" : undefined;
}

/** Ends this browser's session. Returns whether the server answered. */
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
  if ("problem" in parsed) {
    return { ok: false, code: name.trim() === "" ? "no_name" : "bad_name" };
  }
  const mine = chat.me.peek()?.name ?? "";
  if (!secret || nameKey(parsed.name) === nameKey(mine)) {
    return chat.takeName({ name: parsed.name });
  }
  return becoming(chat, await login(base, { name: parsed.name, secret }));
}

/** Connects again as the person whom a login has made of this browser. */
export function becoming(chat: Chat, answer: NameAnswer): NameAnswer {
  if (answer.ok) chat.connection.connect();
  return answer;
}

/** Sends data of a person to the server; without a status if that did not answer. */
export async function post(
  base: string,
  credentials: Credentials,
  to = "login",
): Promise<{ status?: number; needsInvitation?: boolean }> {
  try {
    const { status, headers, body } = await fetch(new URL(to, base), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(credentials),
    });
    await body?.cancel();
    return { status, needsInvitation: headers.get("hubbub-entry") === "invite" };
  } catch {
    return {};
  }
}
