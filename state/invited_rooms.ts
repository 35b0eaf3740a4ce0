import type { DatabaseSync } from "node:sqlite";
import type { Effect } from "../hub/effects.ts";
import { isHiddenRoom } from "../protocol/addresses.ts";
import { MEMBERSHIPS_LIMIT, MembershipTable } from "./membership_table.ts";
import { type StoredLink, StoredLinks } from "./links.ts";
import { RoomPeople } from "./room_people.ts";
import { RoomTable } from "./room_table.ts";

/**
 * Makes a person a member of the private room that an invitation is to. Returns the effects, of which there are none if
 * nothing changes; undefined if the person is in too many rooms.
 */
export type JoinInvited = (link: StoredLink, person: string, at: number) => Effect[] | undefined;

/** Prepares {@linkcode JoinInvited}. Whether the link works is the caller's question. */
export function prepareInvitedRoom(db: DatabaseSync): JoinInvited {
  const rooms = new RoomTable(db);
  const people = new RoomPeople(db);
  const memberships = new MembershipTable(db);
  return ({ room: name, by }, person, at) => {
    const room = name === undefined || !isHiddenRoom(name) ? undefined : rooms.of(name);
    if (room === undefined || memberships.of(person, room.room) !== undefined) return [];
    if (memberships.count(person) >= MEMBERSHIPS_LIMIT) return undefined;
    const from = room.info.history === "all" ? 1 : room.last + 1;
    memberships.add({ person, roomId: room.id, from, read: room.last, at });
    return [
      ...people.announce(room.room, person, "member", by),
      { type: "membership", person, room: room.room },
    ];
  };
}

/** Prepares what ends the invitations to all private rooms that a person is in, who may know them. */
export function prepareInvitationEnd(db: DatabaseSync): (person: string) => void {
  const memberships = new MembershipTable(db);
  const links = new StoredLinks(db);
  return (person) => {
    for (const { room, about } of memberships.all(person)) {
      if (about.kind === "private") links.removeInvitesTo(room);
    }
  };
}
