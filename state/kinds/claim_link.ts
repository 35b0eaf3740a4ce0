import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { StoredLinks } from "../links.ts";
import { CHANGED, refused } from "../outcome.ts";

/**
 * A server that has started where there never was an admin offers a link whose holder becomes one. It replaces the
 * former one: the person who can start the server is trusted.
 */
export interface ClaimLinkEvent {
  readonly type: "claim_link";
  /** The hash of the link's token. */
  readonly hash: string;
}

/** The time until which the link works, in ms since 1970: permanently, since the next start replaces it. */
const UNTIL = 8.64e15;

export const claimLinkKind: Kind<ClaimLinkEvent> = {
  parse({ hash }: Fields): ClaimLinkEvent | undefined {
    return isText(hash) ? { type: "claim_link", hash } : undefined;
  },

  prepare(db) {
    const links = new StoredLinks(db);
    return each(({ hash }, at) => {
      if (links.isClaimed()) return refused("stale", "there is, or was, an admin");
      links.removeClaims();
      links.add({ hash, kind: "claim", at, until: UNTIL });
      return CHANGED;
    });
  },
};
