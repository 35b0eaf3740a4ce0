/**
 * Who is in which room, on all servers that are one chat.
 *
 * @module
 */
import { Channel, nextTurn } from "./channel.ts";
import type { User } from "./protocol.ts";
import { Roster } from "./roster.ts";

/** What has changed. A person counts once in a room, however many connections and servers that are. */
export type SharedPresenceChange =
  | { readonly type: "joined"; readonly room: string; readonly user: User }
  | { readonly type: "left"; readonly room: string; readonly user: User }
  /** Also of people who are in no room. */
  | { readonly type: "renamed"; readonly user: User; readonly was: string }
  | { readonly type: "typing"; readonly room: string; readonly user: User };

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
  /** Who is in a room, by id. It is of this moment: its changes may not have come out yet. */
  members(room: string): ReadonlyMap<string, User>;
  /** What changes, in order; ends when the presence is disposed of. Has one reader. */
  readonly changes: AsyncIterable<SharedPresenceChange[]>;
}

/** The presence of a chat that is one server. */
export class LocalPresence implements SharedPresence {
  readonly #changes = new Channel<SharedPresenceChange>({ capacity: Infinity, resume: nextTurn });
  readonly #roster = new Roster((change) => this.#changes.trySend(change));

  get changes(): AsyncIterable<SharedPresenceChange[]> {
    return this.#changes.batches();
  }

  join(room: string, { id, name }: User): void {
    this.#roster.join(HERE, room, { id, name, version: 0 });
  }

  leave(room: string, person: string): void {
    this.#roster.leave(HERE, room, person);
  }

  rename({ id, name }: User, was: string): void {
    this.#roster.rename({ id, name, version: this.#roster.nextVersion(id) }, was);
  }

  typing(room: string, user: User): void {
    this.#changes.trySend({ type: "typing", room, user });
  }

  members(room: string): ReadonlyMap<string, User> {
    return this.#roster.members(room);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#changes.close();
    return Promise.resolve();
  }
}

const HERE = "";
