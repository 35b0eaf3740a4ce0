import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { Audit } from "../audit.ts";
import { StoredLinks } from "../links.ts";
import { type EventOutcome, refused } from "../outcome.ts";
import { Permissions } from "../permissions.ts";
import { ROLE_SQL } from "./role.ts";

/** The holder of the claim link becomes the first admin. */
export interface ClaimEvent {
  readonly type: "claim";
  /** The hash of the link's token. */
  readonly hash: string;
  /** The id of a person who has a name and a secret. */
  readonly person: string;
}

export const claimKind: Kind<ClaimEvent> = {
  parse({ hash, person }: Fields): ClaimEvent | undefined {
    return isText(hash) && isText(person) ? { type: "claim", hash, person } : undefined;
  },

  prepare(db) {
    const set = db.prepare(ROLE_SQL.set);
    const links = new StoredLinks(db);
    const permissions = new Permissions(db);
    const audit = new Audit(db);
    return each(({ hash, person }, at): EventOutcome => {
      if (links.isClaimed() || links.find(hash, at)?.kind !== "claim") {
        return refused("stale", "the link was used or replaced");
      }
      if (!permissions.summary(person).secret) {
        return refused("no_person", "there is nobody with this id, a name and a secret");
      }
      if (permissions.isBanned(person)) return refused("forbidden", "the person is banned");
      set.run("admin", person);
      links.claimed();
      audit.add({ at, by: person, action: "claim", person });
      const effects = [...permissions.announce(person), ...permissions.announceAdmins()];
      return { type: "changed", effects };
    });
  },
};
