import type { Fields } from "../../protocol/fields.ts";
import { Audit } from "../audit.ts";
import { each, isText, type Kind } from "../kind.ts";
import { NetworkBans } from "../network_bans.ts";
import { type EventOutcome, refused, UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";

/** A network is no longer banned. */
export interface NetworkUnbannedEvent {
  readonly type: "network_unbanned";
  readonly network: string;
  /** The admin who wants it. */
  readonly by: string;
}

export const networkUnbannedKind: Kind<NetworkUnbannedEvent> = {
  parse({ network, by }: Fields): NetworkUnbannedEvent | undefined {
    return isText(network) && isText(by) ? { type: "network_unbanned", network, by } : undefined;
  },

  prepare(db) {
    const permissions = new Permissions(db);
    const bans = new NetworkBans(db);
    const audit = new Audit(db);
    return each(({ network, by }, at): EventOutcome => {
      if (!permissions.mayAdminister(by)) return refused("forbidden", "it is for admins");
      const person = bans.personOf(network);
      if (person === undefined) return UNCHANGED;
      bans.remove(network);
      audit.add({ at, by, action: "unban_network", person });
      return { type: "changed", effects: permissions.announce(person) };
    });
  },
};
