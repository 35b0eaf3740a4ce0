import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { LOGGED_OUT } from "../../hub/effects.ts";
import { Audit } from "../audit.ts";
import { StoredLinks } from "../links.ts";
import { type EventOutcome, refused } from "../outcome.ts";
import { Permissions } from "../permissions.ts";
import { SessionTable } from "../session_table.ts";

/** The holder of a link sets the secret of the person whom the link is for. All sessions of the person end. */
export interface SecretResetEvent {
  readonly type: "secret_reset";
  /** The hash of the link's token. */
  readonly hash: string;
  /** The slow hash of the new secret. */
  readonly secret: string;
}

/** The secret_reset kind's statement. */
export const SECRET_RESET_SQL = {
  reset: "update people set secret = ? where id = ?",
};

export const secretResetKind: Kind<SecretResetEvent> = {
  parse({ hash, secret }: Fields): SecretResetEvent | undefined {
    return isText(hash) && isText(secret) ? { type: "secret_reset", hash, secret } : undefined;
  },

  prepare(db) {
    const reset = db.prepare(SECRET_RESET_SQL.reset);
    const links = new StoredLinks(db);
    const permissions = new Permissions(db);
    const audit = new Audit(db);
    const sessions = new SessionTable(db);
    return each(({ hash, secret }, at): EventOutcome => {
      const link = links.find(hash, at);
      if (link?.kind !== "reset" || link.person === undefined) {
        return refused("stale", "the link was used or replaced, or has expired");
      }
      const { person } = link;
      if (!permissions.mayHelp(link.by)) {
        return refused("stale", "whoever made the link is no admin any more");
      }
      if (permissions.isBanned(person)) return refused("forbidden", "the person is banned");
      if (reset.run(secret, person).changes === 0) {
        return refused("no_person", "there is nobody with this id and a name");
      }
      sessions.endAll(person);
      links.removeResets(person);
      audit.add({ at, by: person, action: "secret_reset", person });
      const ending = { type: "disconnect", person, closing: LOGGED_OUT } as const;
      return { type: "changed", effects: [ending, ...permissions.announce(person)] };
    });
  },
};
