import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { DEFAULT_ROOM } from "../../protocol/mod.ts";
import type { Effect } from "../../hub/effects.ts";
import { Audit } from "../audit.ts";
import { MembershipTable } from "../membership_table.ts";
import { type EventOutcome, NO_ROOM, refused } from "../outcome.ts";
import { Permissions } from "../permissions.ts";
import { RoomPeople } from "../room_people.ts";
import { RoomTable } from "../room_table.ts";

/** A public room becomes private, at another address. Its members stay, and its messages keep their `seq`. */
export interface RoomPrivateEvent {
  readonly type: "room_private";
  readonly room: string;
  /** The new address, made by the server of the person who wants it. */
  readonly to: string;
  readonly by: string;
}

export const roomPrivateKind: Kind<RoomPrivateEvent> = {
  parse({ room, to, by }: Fields): RoomPrivateEvent | undefined {
    return isText(room) && isText(to) && isText(by)
      ? { type: "room_private", room, to, by }
      : undefined;
  },

  prepare(db) {
    const permissions = new Permissions(db);
    const rooms = new RoomTable(db);
    const people = new RoomPeople(db);
    const memberships = new MembershipTable(db);
    const audit = new Audit(db);
    return each(({ room: name, to, by }, at): EventOutcome => {
      const refusal = permissions.mayManage(by, name);
      if (refusal !== undefined) return refused(...refusal);
      const room = rooms.of(name);
      if (room === undefined) return refused(...NO_ROOM);
      if (room.info.kind !== "public") return refused("stale", "the room is private already");
      if (name === DEFAULT_ROOM) return refused("forbidden", `"${DEFAULT_ROOM}" is for everyone`);
      if (rooms.of(to) !== undefined) return refused("room_taken", "try again");
      // The person who makes it private stays in it.
      if (memberships.of(by, name) === undefined) {
        memberships.add({ person: by, roomId: room.id, read: room.last, at });
      }
      if (people.moderators(room.id) === 0) people.setRole(by, room.id, "moderator");
      rooms.move(room, to);
      // Its new address says nothing to those who read the log.
      audit.add({ at, by, action: "make_private", detail: name });
      const ids = people.ids(room.id);
      return {
        type: "changed",
        effects: [
          { type: "move", room: name, to, people: ids },
          // Of a large room, all at once would take long.
          ...ids.map((person): Effect => ({
            ...{ type: "membership", person, room: to },
            ...(person !== by && { late: true }),
          })),
        ],
      };
    });
  },
};
