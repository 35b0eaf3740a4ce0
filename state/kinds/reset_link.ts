import { each, isLasting, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { Audit } from "../audit.ts";
import { StoredLinks } from "../links.ts";
import { CHANGED, type EventOutcome, refused } from "../outcome.ts";
import { Permissions } from "../permissions.ts";

/** An admin makes a link with which a person sets a new secret, in place of the person's former link. */
export interface ResetLinkEvent {
  readonly type: "reset_link";
  /** The hash of the link's token. */
  readonly hash: string;
  /** The id of a person who has a name. */
  readonly person: string;
  /** For how long it works, in ms. */
  readonly lasts: number;
  readonly by: string;
}

export const resetLinkKind: Kind<ResetLinkEvent> = {
  parse({ hash, person, lasts, by }: Fields): ResetLinkEvent | undefined {
    return isText(hash) && isText(person) && isLasting(lasts, 1) && isText(by)
      ? { type: "reset_link", hash, person, lasts, by }
      : undefined;
  },

  prepare(db) {
    const links = new StoredLinks(db);
    const permissions = new Permissions(db);
    const audit = new Audit(db);
    return each(({ hash, person, lasts, by }, at): EventOutcome => {
      if (!permissions.mayAdminister(by)) return refused("forbidden", "it is for admins");
      if (permissions.role(person) === "guest") {
        return refused("no_person", "there is nobody with this id and a name");
      }
      if (permissions.isBanned(person)) return refused("forbidden", "the person is banned");
      links.removeResets(person);
      links.add({ hash, kind: "reset", at, until: at + lasts, by, person });
      audit.add({ at, by, action: "reset_link", person });
      return CHANGED;
    });
  },
};
