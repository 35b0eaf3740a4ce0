import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { Audit } from "../audit.ts";
import { StoredLinks } from "../links.ts";
import { CHANGED, type EventOutcome, refused, UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";

/** An admin ends an invitation. */
export interface RevokeEvent {
  readonly type: "revoke";
  /** The hash of the link's token. */
  readonly hash: string;
  readonly by: string;
}

export const revokeKind: Kind<RevokeEvent> = {
  parse({ hash, by }: Fields): RevokeEvent | undefined {
    return isText(hash) && isText(by) ? { type: "revoke", hash, by } : undefined;
  },

  prepare(db) {
    const links = new StoredLinks(db);
    const permissions = new Permissions(db);
    const audit = new Audit(db);
    return each(({ hash, by }, at): EventOutcome => {
      const invite = links.invites().find((invite) => invite.hash === hash);
      if (!permissions.mayAdminister(by) && invite?.by !== by) {
        return refused("forbidden", "it is for admins");
      }
      if (invite === undefined) return UNCHANGED;
      links.remove(hash);
      audit.add({ at, by, action: "revoke" });
      return CHANGED;
    });
  },
};
