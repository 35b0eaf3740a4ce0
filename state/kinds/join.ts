import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { DirectRooms } from "../direct_rooms.ts";
import { MEMBERSHIPS_LIMIT, MembershipTable } from "../membership_table.ts";
import { type EventOutcome, refused, UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";
import { integer } from "../rows.ts";

/** A person becomes a member of a room that has messages. */
export interface JoinEvent {
  readonly type: "join";
  /** The id of a person who has a name. */
  readonly person: string;
  readonly room: string;
}

/** The join kind's statement. */
export const JOIN_SQL = {
  room: "select id, last, kind from room where name = ?",
};

export const joinKind: Kind<JoinEvent> = {
  parse({ person, room }: Fields): JoinEvent | undefined {
    return isText(person) && isText(room) ? { type: "join", person, room } : undefined;
  },

  prepare(db) {
    const find = db.prepare(JOIN_SQL.room);
    const memberships = new MembershipTable(db);
    const directs = new DirectRooms(db);
    const permissions = new Permissions(db);
    return each(({ person, room }, at): EventOutcome => {
      const row = find.get(room);
      if (row === undefined || !permissions.mayRead(person, room)) {
        return refused("no_room", "there is no such room");
      }
      if (!permissions.mayBecomeMember(person)) return refused("forbidden", "it is for members");
      if (memberships.of(person, room) !== undefined) return UNCHANGED;
      const membership = { person, roomId: integer(row.id), read: integer(row.last), at };
      const own = { type: "membership", person, room } as const;
      if (row.kind === "direct") {
        return { type: "changed", effects: [...directs.show(membership), own] };
      }
      if (memberships.count(person) >= MEMBERSHIPS_LIMIT) {
        return refused("too_many", "the person is in too many rooms");
      }
      memberships.add(membership);
      return { type: "changed", effects: [own] };
    });
  },
};
