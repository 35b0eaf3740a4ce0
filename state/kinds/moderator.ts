import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { MODERATORS } from "../../protocol/room_people.ts";
import { MembershipTable } from "../membership_table.ts";
import { type EventOutcome, refused, UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";
import { RoomPeople } from "../room_people.ts";

/** A member of a room becomes a moderator, or is none any more. */
export interface ModeratorEvent {
  readonly type: "moderator";
  readonly room: string;
  readonly person: string;
  readonly on: boolean;
  readonly by: string;
}

export const moderatorKind: Kind<ModeratorEvent> = {
  parse({ room, person, on, by }: Fields): ModeratorEvent | undefined {
    return isText(room) && isText(person) && typeof on === "boolean" && isText(by)
      ? { type: "moderator", room, person, on, by }
      : undefined;
  },

  prepare(db) {
    const permissions = new Permissions(db);
    const people = new RoomPeople(db);
    const memberships = new MembershipTable(db);
    return each(({ room, person, on, by }): EventOutcome => {
      const refusal = permissions.mayManage(by, room);
      if (refusal !== undefined) return refused(...refusal);
      const membership = memberships.of(person, room);
      if (membership === undefined || !permissions.mayEnter(person)) {
        return refused("no_person", "no member of the room has this id");
      }
      const role = on ? "moderator" : "member";
      if (membership.role === role) return UNCHANGED;
      const count = people.moderators(membership.roomId);
      if (on && count >= MODERATORS) {
        return refused("too_many", `a room has at most ${MODERATORS} moderators`);
      }
      if (!on && count === 1) {
        return refused("forbidden", "this is the last moderator: make somebody else one first");
      }
      people.setRole(person, membership.roomId, role);
      return {
        type: "changed",
        effects: [
          ...people.announce(room, person, role, by),
          { type: "membership", person, room },
        ],
      };
    });
  },
};
