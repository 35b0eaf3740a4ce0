import { type Fields, isList } from "../../protocol/fields.ts";
import { NETWORK_BAN_DAYS } from "../../protocol/moderation.ts";
import { DAY_MS } from "../../lib/time.ts";
import { Audit } from "../audit.ts";
import { each, isText, type Kind } from "../kind.ts";
import { NetworkBans } from "../network_bans.ts";
import { type EventOutcome, refused, UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";

/** A server has found from which networks a person was connected who is banned with them. */
export interface NetworkBanEvent {
  readonly type: "network_ban";
  readonly person: string;
  readonly networks: readonly string[];
  /** The admin who wants it. */
  readonly by: string;
}

/** The most networks of one event: a person with more is no single one. */
export const NETWORKS_LIMIT = 10;

export const networkBanKind: Kind<NetworkBanEvent> = {
  parse({ person, networks, by }: Fields): NetworkBanEvent | undefined {
    return isText(person) && isList(networks, isText) && networks.length <= NETWORKS_LIMIT &&
        isText(by)
      ? { type: "network_ban", person, networks, by }
      : undefined;
  },

  prepare(db) {
    const permissions = new Permissions(db);
    const bans = new NetworkBans(db);
    const audit = new Audit(db);
    return each(({ person, networks, by }, at): EventOutcome => {
      const refusal = permissions.mayModerate(by, person);
      if (refusal !== undefined) return refused("forbidden", refusal);
      // The ban may have been lifted meanwhile.
      if (!permissions.isBanned(person)) return UNCHANGED;
      bans.removeOld(at);
      const until = at + NETWORK_BAN_DAYS * DAY_MS;
      const barred = networks.filter((network) => bans.add(network, person, until));
      if (barred.length === 0) return UNCHANGED;
      // Without the network: the audit log is kept for longer.
      audit.add({ at, by, action: "ban_network", person });
      const effects = [{ type: "bar", networks: barred } as const, ...permissions.announce(person)];
      return { type: "changed", effects };
    });
  },
};
