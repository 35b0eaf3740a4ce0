import { Channel } from "../lib/channel.ts";
import { nextTurn } from "../lib/event_loop.ts";
import type { User } from "../protocol/mod.ts";
import { Roster } from "./roster.ts";
import type { SharedPresence, SharedPresenceChange } from "./shared_presence.ts";

/** The presence of a chat on a single server. */
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
    this.#roster.rename(HERE, { id, name, version: this.#roster.nextVersion() }, was);
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

/** The name of the only server. */
const HERE = "";
