import { each, isNumber, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { IgnoredTable } from "../ignored_table.ts";
import { MembershipTable } from "../membership_table.ts";
import { DoNotDisturbTable } from "../do_not_disturb_table.ts";
import { UNCHANGED } from "../outcome.ts";
import { AboutTable } from "../about_table.ts";
import { pictureRemover } from "./picture.ts";
import { RoomPeople } from "../room_people.ts";
import { SessionTable } from "../session_table.ts";

/**
 * A name that was not used for too long is free again. A server proposes this event, so that no
 * reader's clock decides; the name of a person who has a secret, a role, or a
 * membership in a private or direct room never expires.
 */
export interface NameExpiredEvent {
  readonly type: "name_expired";
  /** The person's id. */
  readonly person: string;
  /** The last day of use that the server knew of: a later use keeps the name. */
  readonly used: number;
}

/**
 * The name_expired kind's statement. One who has ended sessions keeps the name: with the row, the state would forget that
 * their cookies are void. A new signing key ends those of everyone, and makes them void by itself.
 */
export const NAME_EXPIRED_SQL = {
  free: "delete from people where id = ? and used <= ? and secret is null and role is null " +
    "and generation <= (select count(*) from former_key) " +
    "and not exists (select 1 from ban where ban.person = people.id) " +
    "and not exists (select 1 from membership join room on room.id = membership.room " +
    "where membership.person = people.id and room.kind <> 'public')",
};

export const nameExpiredKind: Kind<NameExpiredEvent> = {
  parse({ person, used }: Fields): NameExpiredEvent | undefined {
    return isText(person) && isNumber(used) ? { type: "name_expired", person, used } : undefined;
  },

  prepare(db) {
    const free = db.prepare(NAME_EXPIRED_SQL.free);
    const memberships = new MembershipTable(db);
    const ignored = new IgnoredTable(db);
    const doNotDisturb = new DoNotDisturbTable(db);
    const sessions = new SessionTable(db);
    const abouts = new AboutTable(db);
    const removePicture = pictureRemover(db);
    const people = new RoomPeople(db);
    return each(({ person, used }) => {
      if (free.run(person, used).changes === 0) return UNCHANGED;
      const moderated = memberships.all(person).filter(({ role }) => role === "moderator");
      memberships.removeAll(person);
      ignored.removeAll(person);
      doNotDisturb.set(person, 0);
      sessions.removeAll(person);
      abouts.set(person, "");
      const effects = removePicture(person);
      for (const { roomId: id, room } of moderated) effects.push(...people.appoint({ id, room }));
      return { type: "changed", effects, erases: true };
    });
  },
};
