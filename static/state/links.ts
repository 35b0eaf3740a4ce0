import { LINK_KINDS, type LinkKind } from "../../protocol/links.ts";

/** A link of the page's own with a token, by which its holder may do something. */
export interface PageLink {
  readonly kind: LinkKind;
  readonly token: string;
}

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
