import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { Audit } from "../audit.ts";
import { MEMBERSHIPS_LIMIT, MembershipTable } from "../membership_table.ts";
import { type EventOutcome, refused, UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";
import { RoomPeople } from "../room_people.ts";
import { RoomTable } from "../room_table.ts";

/** A person becomes a member of a private room. */
export interface RoomMemberEvent {
  readonly type: "room_member";
  readonly room: string;
  readonly person: string;
  /** The moderator who adds the person, or an admin who adds themselves. */
  readonly by: string;
}

export const roomMemberKind: Kind<RoomMemberEvent> = {
  parse({ room, person, by }: Fields): RoomMemberEvent | undefined {
    return isText(room) && isText(person) && isText(by)
      ? { type: "room_member", room, person, by }
      : undefined;
  },

  prepare(db) {
    const permissions = new Permissions(db);
    const rooms = new RoomTable(db);
    const people = new RoomPeople(db);
    const memberships = new MembershipTable(db);
    const audit = new Audit(db);
    return each(({ room: name, person, by }, at): EventOutcome => {
      const entersAlone = by === person && permissions.mayAdminister(by);
      const refusal = entersAlone
        ? permissions.mayClose(by, name)
        : permissions.mayManage(by, name);
      if (refusal !== undefined) return refused(...refusal);
      const room = rooms.of(name);
      if (room === undefined || memberships.of(person, name) !== undefined) return UNCHANGED;
      if (!permissions.mayBecomeMember(person)) {
        return refused("no_person", "nobody with a name has this id, or the person is banned");
      }
      if (memberships.count(person) >= MEMBERSHIPS_LIMIT) {
        return refused("too_many", "the person is in too many rooms");
      }
      const from = room.info.history === "all" ? 1 : room.last + 1;
      // Else nobody could be: only moderators appoint others.
      const isInCharge = entersAlone && room.info.kind === "private" &&
        people.moderators(room.id) === 0;
      const role = isInCharge ? "moderator" : "member";
      memberships.add({ person, roomId: room.id, from, role, read: room.last, at });
      if (entersAlone) audit.add({ at, by, action: "add", person, detail: name });
      return {
        type: "changed",
        effects: [
          ...people.announce(name, person, role, by),
          { type: "membership", person, room: name },
        ],
      };
    });
  },
};
