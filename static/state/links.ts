import { LINK_KINDS, type LinkKind } from "../../protocol/links.ts";
import { isFields } from "../../protocol/fields.ts";

/** A link of the page's own with a token, by which its holder may do something. */
export interface PageLink {
  readonly kind: LinkKind;
  readonly token: string;
}

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

/** Reads the link in an address; undefined if there is none. */
export function readLink(hash: string): PageLink | undefined {
  const [, kind, token] = /^#\/([a-z]+)\/(.+)$/.exec(hash) ?? [];
  const known = LINK_KINDS.find((each) => each === kind);
  // A room may have that name, too: the number is that of a message.
  if (token !== undefined && /^\d{1,16}$/.test(token)) return undefined;
  return known === undefined || token === undefined ? undefined : { kind: known, token };
}

/** Returns the address of a link within the page. */
export function linkAddress({ kind, token }: PageLink): string {
  return `#/${kind}/${token}`;
}

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
