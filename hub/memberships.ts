/**
 * The memberships of people in rooms, as the hub asks for them.
 *
 * @module
 */
import type { TurnTaker } from "../lib/fair_turns.ts";
import type { IgnoredLine, RoomStateLine, StateLine } from "../protocol/mod.ts";
import type { Subscriber } from "./room.ts";

/** Called when the end of a membership has no effects. */
export interface LeaveFailures {
  /** It is not known to have ended. */
  onFailure(): void;
  /** It had ended meanwhile, or not begun. */
  onNone(): void;
}

/** Returns who asks for the turns of a client's work. */
export function takerOf({ network, user }: Pick<Subscriber, "network" | "user">): TurnTaker {
  return { network, person: user.id };
}

/** Durable memberships: a person with a name keeps them while not connected. Guests have none. */
export interface Memberships {
  /**
   * Makes a person a member of a room that the person has joined; does nothing for a guest, a member, or while the
   * same is under way. Never throws: a person who does not become a member has joined all the same.
   */
  join(by: TurnTaker, room: string): void;
  /**
   * Ends a membership. Its effects reach all clients of the person.
   *
   * @returns False if there is none.
   */
  leave(by: TurnTaker, room: string, otherwise: LeaveFailures): boolean;
  /** Records that a person is connected, or was until now. Costs little twice in an hour. Never throws. */
  see(person: string): void;
  /** Returns the state of one membership; undefined if there is none. */
  read(person: string, room: string): RoomStateLine | undefined;
  /**
   * Returns a function that reads several memberships of a person at one moment: what is to be known of the person is
   * read once.
   */
  reading(person: string): (room: string) => RoomStateLine | undefined;
  /** Returns whom a person ignores, as the line that follows `hello`; undefined for nobody, and for a guest. */
  readIgnored(person: string): IgnoredLine | undefined;
  /** Returns the state of all memberships, as the lines that follow; none for a guest. */
  readAll(person: string): StateLine[];
}
