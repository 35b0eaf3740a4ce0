/**
 * Who is in which room, on all servers that are one chat.
 *
 * @module
 */
import { Channel, nextTurn } from "../lib/channel.ts";
import type { User } from "../protocol/mod.ts";
import { Roster } from "./roster.ts";

/** What has changed. A person counts once in a room, however many connections and servers that are. */
export type SharedPresenceChange =
  | { readonly type: "joined"; readonly room: string; readonly user: User }
  | { readonly type: "left"; readonly room: string; readonly user: User }
  | RenamedChange
  | { readonly type: "typing"; readonly room: string; readonly user: User };

/** Somebody, who may be in no room, has another name, or has taken the same one again. */
export interface RenamedChange {
  readonly type: "renamed";
  readonly user: User;
  readonly was: string;
  /** Where the person is. */
  readonly rooms: readonly string[];
}

/**
 * Who is in which room. A server tells what happens with its own people, and is told what happens with
 * all: its own changes come out of {@linkcode changes} as those of others do.
 */
export interface SharedPresence extends AsyncDisposable {
  /** The first connection of a person to this server has come into a room. Again, it changes nothing. */
  join(room: string, user: User): void;
  /** The last connection of a person to this server is out of a room. */
  leave(room: string, person: string): void;
  /** A person has another name, wherever connected. */
  rename(user: User, was: string): void;
  /** A person is writing. */
  typing(room: string, user: User): void;
  /** Who is in a room, by id. It is of this moment: so some of its changes may still wait. */
  members(room: string): ReadonlyMap<string, User>;
  /** Who is in each room that somebody is in. */
  readonly rooms: ReadonlyMap<string, ReadonlyMap<string, User>>;
  /**
   * What changes, in order; ends when the presence is disposed of. Has one reader, who takes what
   * waits before looking at who is there.
   */
  readonly changes: Changes;
}

/** The changes that wait, and those to come. */
export type Changes = Pick<Channel<SharedPresenceChange>, "wait" | "take" | "batches">;

/** The presence of a chat that is one server. */
export class LocalPresence implements SharedPresence {
  readonly changes = new Channel<SharedPresenceChange>({ capacity: Infinity, resume: nextTurn });
  readonly #roster = new Roster((change) => this.changes.trySend(change));

  join(room: string, { id, name }: User): void {
    this.#roster.join(HERE, room, this.#roster.person(id) ?? { id, name, version: 0 });
  }

  leave(room: string, person: string): void {
    this.#roster.leave(HERE, room, person);
  }

  rename({ id, name }: User, was: string): void {
    this.#roster.rename({ id, name, version: this.#roster.nextVersion(id) }, was);
  }

  typing(room: string, user: User): void {
    this.changes.trySend({ type: "typing", room, user });
  }

  members(room: string): ReadonlyMap<string, User> {
    return this.#roster.members(room);
  }

  get rooms(): ReadonlyMap<string, ReadonlyMap<string, User>> {
    return this.#roster.rooms;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.changes.close();
    return Promise.resolve();
  }
}

const HERE = "";
