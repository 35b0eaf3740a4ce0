import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import type { Effect } from "../../hub/effects.ts";
import { StoredLinks } from "../links.ts";
import { MembershipTable } from "../membership_table.ts";
import { type EventOutcome, NO_ROOM, refused, refusedMuted } from "../outcome.ts";
import { Permissions } from "../permissions.ts";
import { RoomPeople } from "../room_people.ts";
import { RoomTable } from "../room_table.ts";

/**
 * A moderator puts a person out of a room, which the person may join again if it is public. The invitations to a private
 * one end, since the person may know them.
 */
export interface RoomRemovalEvent {
  readonly type: "room_removal";
  readonly room: string;
  /** The id of a member or, in a public room, of anybody. */
  readonly person: string;
  /** For the person to read; may be empty. */
  readonly reason: string;
  readonly by: string;
}

export const roomRemovalKind: Kind<RoomRemovalEvent> = {
  parse({ room, person, reason, by }: Fields): RoomRemovalEvent | undefined {
    return isText(room) && isText(person) && typeof reason === "string" && isText(by)
      ? { type: "room_removal", room, person, reason, by }
      : undefined;
  },

  prepare(db) {
    const permissions = new Permissions(db);
    const rooms = new RoomTable(db);
    const people = new RoomPeople(db);
    const memberships = new MembershipTable(db);
    const links = new StoredLinks(db);
    return each(({ room: name, person, reason, by }, at): EventOutcome => {
      const refusal = permissions.mayManage(by, name);
      if (refusal !== undefined) return refused(...refusal);
      const muted = reason === "" ? undefined : refusedMuted(permissions.muteOf(by, at));
      if (muted !== undefined) return muted;
      if (by === person) return refused("forbidden", "this is yourself: leave the room");
      const room = rooms.of(name);
      if (room === undefined) return refused(...NO_ROOM);
      const membership = memberships.of(person, name);
      if (membership === undefined && room.info.kind !== "public") {
        return refused("no_person", "no member of the room has this id");
      }
      memberships.remove(person, room.id);
      if (room.info.kind === "private") links.removeInvitesTo(name);
      const why = reason === "" ? REMOVED : `${REMOVED}: ${reason}`;
      const expel = { type: "expel", person, room: name, why } as const;
      if (membership === undefined) {
        return { type: "unchanged", effects: [{ ...expel, guest: true }] };
      }
      const effects: Effect[] = [expel];
      effects.push(...people.announce(name, person, "none", by));
      if (membership.role === "moderator") effects.push(...people.appoint(room));
      return { type: "changed", effects };
    });
  },
};

const REMOVED = "You were removed from the room";
