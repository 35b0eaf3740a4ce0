import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { BANNED } from "../../hub/effects.ts";
import { Audit } from "../audit.ts";
import { prepareInvitationEnd } from "../invited_rooms.ts";
import { Judges } from "../judges.ts";
import { type EventOutcome, refused, UNCHANGED } from "../outcome.ts";
import { StoredLinks } from "../links.ts";
import { Permissions } from "../permissions.ts";
import { NetworkBans } from "../network_bans.ts";
import { ReportTable } from "../report_table.ts";
import { RoomPeople } from "../room_people.ts";
import { Restrictions } from "../restrictions.ts";
import { SessionTable } from "../session_table.ts";

/** A person may not be here any more, or may again. */
export interface BanEvent {
  readonly type: "ban";
  /** The person's id; a guest can be banned, too. */
  readonly person: string;
  /** The person's name at that time. */
  readonly name: string;
  readonly banned: boolean;
  readonly reason: string;
  /** Present if the networks that the person is connected from are banned, but for the admin's own. */
  readonly spare?: string;
  /** The admin who wants it. */
  readonly by: string;
}

/** The ban kind's statement. */
export const BAN_SQL = {
  demote: "update people set role = null where id = ?",
};

export const banKind: Kind<BanEvent> = {
  parse({ person, name, banned, reason, spare, by }: Fields): BanEvent | undefined {
    if (spare !== undefined && typeof spare !== "string") return undefined;
    return isText(person) && typeof name === "string" && typeof banned === "boolean" &&
        typeof reason === "string" && isText(by)
      ? {
        ...{ type: "ban", person, name, banned, reason, by },
        ...(spare !== undefined && { spare }),
      }
      : undefined;
  },

  prepare(db) {
    const demote = db.prepare(BAN_SQL.demote);
    const permissions = new Permissions(db);
    const audit = new Audit(db);
    const links = new StoredLinks(db);
    const endInvitations = prepareInvitationEnd(db);
    const people = new RoomPeople(db);
    const restrictions = new Restrictions(db);
    const sessions = new SessionTable(db);
    const networks = new NetworkBans(db);
    const reports = new ReportTable(db);
    const judges = new Judges(db, permissions);
    return each(({ person, name, banned, reason, spare, by }, at): EventOutcome => {
      const refusal = permissions.mayModerate(by, person);
      if (refusal !== undefined) return refused("forbidden", refusal);
      if (banned === permissions.isBanned(person)) return UNCHANGED;
      if (banned && permissions.isLastAdmin(person)) {
        return refused("last_admin", "this is the last admin: make somebody else an admin first");
      }
      const wasAdmin = permissions.mayAdminister(person);
      if (banned) {
        demote.run(person);
        sessions.endAll(person);
        links.removeResets(person);
        // Without the cookie, the browser is that of a newcomer.
        endInvitations(person);
        // The admin's server may have looked the name up before the account was deleted.
        const shown = permissions.isDeleted(person) ? "" : name;
        restrictions.ban({ person, name: shown, at, by, reason });
      } else {
        restrictions.unban(person);
        networks.removeOf(person);
      }
      const action = banned ? "ban" : "unban";
      audit.add({ at, by, action, person, ...(reason !== "" && { detail: reason }) });
      const effects = permissions.announce(person);
      if (banned && wasAdmin) effects.push(...permissions.announceAdmins());
      effects.push(...banned ? people.succeed(person) : people.resume(person));
      // Else somebody could take names to fill the list.
      const ended = banned ? reports.endBy(person, by) : [];
      effects.push(...judges.announceAll(ended));
      return {
        type: "changed",
        effects: banned
          ? [{
            ...{ type: "disconnect", person, closing: BANNED },
            ...(spare !== undefined && { search: { by, spare } }),
          }, ...effects]
          : effects,
        ...(ended.length > 0 && { erases: true }),
      };
    });
  },
};
