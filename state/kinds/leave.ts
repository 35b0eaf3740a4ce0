import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import type { Effect } from "../../hub/effects.ts";
import { MembershipTable } from "../membership_table.ts";
import { type EventOutcome, UNCHANGED } from "../outcome.ts";
import { RoomEnd } from "../room_end.ts";
import { RoomPeople } from "../room_people.ts";
import { RoomTable } from "../room_table.ts";

/** A person is a member of a room no longer, and leaves it on all devices. */
export interface LeaveEvent {
  readonly type: "leave";
  readonly person: string;
  readonly room: string;
}

export const leaveKind: Kind<LeaveEvent> = {
  parse({ person, room }: Fields): LeaveEvent | undefined {
    return isText(person) && isText(room) ? { type: "leave", person, room } : undefined;
  },

  prepare(db) {
    const memberships = new MembershipTable(db);
    const rooms = new RoomTable(db);
    const people = new RoomPeople(db);
    const end = new RoomEnd(db);
    return each(({ person, room: name }): EventOutcome => {
      const membership = memberships.of(person, name);
      const room = rooms.of(name);
      if (membership === undefined || room === undefined) return UNCHANGED;
      memberships.remove(person, membership.roomId);
      const effects: Effect[] = [{ type: "expel", person, room: name }];
      // Nobody leaves a direct room: it is hidden until its next message.
      if (room.info.kind === "direct") return { type: "changed", effects };
      const isPrivate = room.info.kind === "private";
      if (isPrivate && people.count(room.id) === 0) {
        effects.push(...end.delete(room, "The room is empty"));
        return { type: "changed", effects };
      }
      if (isPrivate) effects.push(...people.announce(name, person, "none", person));
      if (membership.role === "moderator") effects.push(...people.appoint(room));
      return { type: "changed", effects };
    });
  },
};
