/**
 * The questions that the hub asks before it lets somebody in or gives something out.
 *
 * @module
 */
import { isHiddenRoom } from "../protocol/addresses.ts";
import type { RoomInfo, RoomRole } from "../protocol/mod.ts";
import type { Proof, SessionKey } from "../protocol/sessions.ts";

/** A room as far as a person may see it. */
export interface VisibleRoom {
  /** The first `seq` that the person may see. */
  readonly from: number;
  /** Whether the room is stored: somebody made it, or wrote to it. */
  readonly made: boolean;
  readonly info: RoomInfo;
  /** Absent for a person who is no member. */
  readonly role?: RoomRole;
}

/** Someone may not write. */
export interface Mute {
  /** The time until it ends, in ms; absent if it lasts until it is lifted. */
  readonly retry?: number;
}

/** The rights of people, as the state has them at this moment. */
export interface HubPermissions {
  /** Returns the time by which the chat's log dates what happens, in ms since 1970: a server's own clock may be wrong. */
  now(): number;
  /** Returns whether a person is banned. */
  isBanned(person: string): boolean;
  /** Returns whether a person's account was deleted. */
  isDeleted(person: string): boolean;
  /** Returns whether a session was not ended. */
  isLoggedIn(session: SessionKey): boolean;
  /** Returns whether a person's secret is the same as at a proof, and their sessions were not all ended since. */
  isProven(proof: Proof): boolean;
  /** Returns whether a network is kept out at a time in ms since 1970; admins never are. */
  isKeptOut(person: string, network: string, now: number): boolean;
  /** Returns whether a person may be connected. */
  mayEnter(person: string): boolean;
  /** Returns whether a person who is neither muted nor banned may write in a room, whatever its pace. */
  mayWriteIn(person: string, room: string): boolean;
  /** Returns the mute of a person at a time in ms since 1970, if there is one. */
  muteOf(person: string, now: number): Mute | undefined;
  /**
   * Returns what a person who may read a room may know of it; undefined for a person for whom there is no such room,
   * whether there is one or not.
   */
  viewOf(person: string, room: string): VisibleRoom | undefined;
  /** Returns those of the people who may read a hidden room; nobody if there is none. */
  readersAmong(people: readonly string[], room: string): ReadonlySet<string>;
  /** Returns the present address of a room that a person may read, if the given one is a former one of it. */
  movedTo(person: string, room: string): string | undefined;
  /** Returns whether a person may open a room that has no message yet. */
  mayCreateRooms(person: string): boolean;
}

/**
 * Returns whether a person may be shown as being in a room. Presence comes from other servers another way than the state,
 * and may be ahead of it. In a public room everybody may be.
 */
export function mayBeIn(permissions: HubPermissions, person: string, room: string): boolean {
  return whoMayBeIn(permissions, [{ id: person }], room).length > 0;
}

/** Returns those of the people who may be shown as being in a room; see {@linkcode mayBeIn}. One by one, hundreds would take long. */
export function whoMayBeIn<P extends { readonly id: string }>(
  permissions: HubPermissions,
  people: readonly P[],
  room: string,
): readonly P[] {
  if (!isHiddenRoom(room)) return people;
  const readers = permissions.readersAmong(people.map(({ id }) => id), room);
  return people.filter(({ id }) => readers.has(id));
}
