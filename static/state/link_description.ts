import { isFields } from "../../protocol/fields.ts";
import type { PageLink } from "./links.ts";

/** The server's description of a link, or the code of the error with which it answered. */
export type LinkDescription =
  | {
    readonly ok: true;
    /** The name of the chat; may be empty. */
    readonly chat: string;
    /** Whether the server's password is needed, too. */
    readonly password: boolean;
    /** The public room that an invitation shows first. */
    readonly room?: string;
    /** The name of the person whom the link is for. */
    readonly name?: string;
  }
  | { readonly ok: false; readonly code: string };

/**
 * Asks the server what a link is for.
 *
 * @param base the page's address
 */
export async function describeLink(
  base: string,
  { kind, token }: PageLink,
): Promise<LinkDescription> {
  try {
    const answer = await fetch(new URL("link", base), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ link: token }),
    });
    if (answer.status === 404) return { ok: false, code: "bad_link" };
    if (answer.status === 429) return { ok: false, code: "too_many_attempts" };
    const about: unknown = answer.ok ? await answer.json() : undefined;
    if (!isFields(about)) return { ok: false, code: "other" };
    // An address that was put together by hand.
    if (about.kind !== kind) return { ok: false, code: "bad_link" };
    const chat = typeof about.chat === "string" ? about.chat : "";
    const { name, room } = about;
    const password = about.password === true;
    return {
      ok: true,
      chat,
      password,
      ...(typeof name === "string" && { name }),
      ...(typeof room === "string" && { room }),
    };
  } catch {
    return { ok: false, code: "offline" };
  }
}
