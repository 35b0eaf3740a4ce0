/**
 * The people in each room, on all servers of one chat.
 *
 * @module
 */
import type { Channel } from "../lib/channel.ts";
import type { User } from "../protocol/mod.ts";

/** A change. A person counts once in a room, however many connections and servers that involves. */
export type SharedPresenceChange =
  | { readonly type: "joined"; readonly room: string; readonly user: User }
  | { readonly type: "left"; readonly room: string; readonly user: User }
  | RenamedChange
  | { readonly type: "typing"; readonly room: string; readonly user: User };

/** A person, who may be in no room, has taken another name, or the same one again. */
export interface RenamedChange {
  readonly type: "renamed";
  readonly user: User;
  readonly was: string;
  /** The rooms that the person is in. */
  readonly rooms: readonly string[];
}

/**
 * The people in each room. A server reports what its own people do, and reads what all people do: its own
 * changes return through {@linkcode changes} like those of other servers.
 */
export interface SharedPresence extends AsyncDisposable {
  /** Reports that the first connection of a person to this server joined a room. Repeating it changes nothing. */
  join(room: string, user: User): void;
  /** Reports that the last connection of a person to this server left a room. */
  leave(room: string, person: string): void;
  /** Reports that a person has taken another name on this server. */
  rename(user: User, was: string): void;
  /** Reports that a person is typing. */
  typing(room: string, user: User): void;
  /**
   * Returns the people in a room, by id. The map is up to date: it may contain changes that still wait in
   * {@linkcode changes}.
   */
  members(room: string): ReadonlyMap<string, User>;
  /** The people in each occupied room. */
  readonly rooms: ReadonlyMap<string, ReadonlyMap<string, User>>;
  /**
   * All changes, in order; ends when the presence is disposed. It has one reader, which takes the waiting
   * changes before it looks at {@linkcode members}.
   */
  readonly changes: Changes;
}

/** A queue of changes for one reader. */
export type Changes = Pick<Channel<SharedPresenceChange>, "wait" | "take" | "batches">;
