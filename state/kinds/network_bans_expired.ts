import type { Fields } from "../../protocol/fields.ts";
import { each, isNumber, type Kind } from "../kind.ts";
import { NetworkBans } from "../network_bans.ts";
import { CHANGED, UNCHANGED } from "../outcome.ts";

/**
 * Expired bans of networks are removed. A server proposes it, so that no reader's clock decides.
 */
export interface NetworkBansExpiredEvent {
  readonly type: "network_bans_expired";
  /** Those that were kept out until this time, in ms since 1970. */
  readonly before: number;
}

export const networkBansExpiredKind: Kind<NetworkBansExpiredEvent> = {
  parse({ before }: Fields): NetworkBansExpiredEvent | undefined {
    return isNumber(before) ? { type: "network_bans_expired", before } : undefined;
  },

  prepare(db) {
    const bans = new NetworkBans(db);
    return each(({ before }) => {
      if (!bans.isOld(before)) return UNCHANGED;
      bans.removeOld(before);
      return CHANGED;
    });
  },
};
