/**
 * The durable history of all rooms, and the one order of their messages.
 *
 * @module
 */
import type { Message, User } from "../protocol/mod.ts";

/** A message on its way into the log, which has no place in its room yet. */
export interface Draft<Origin = unknown> {
  readonly room: string;
  /** The sender's own name for it, unique for the person and the room. */
  readonly id: string;
  readonly user: User;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Whatever the caller wants back with the outcome; the log neither reads nor stores it. */
  readonly origin: Origin;
}

/** What became of one draft, or a message that another server wrote. */
export type Entry<Origin = unknown> =
  /** New and committed: to be broadcast. Without `origin` when another server wrote it. */
  | { readonly type: "message"; readonly message: Message; readonly origin?: Origin }
  /** The person has already written this id to this room: the message stored then. */
  | { readonly type: "duplicate"; readonly message: Message; readonly origin: Origin }
  /** Not known to be stored; the same id, sent again, will tell. */
  | { readonly type: "failed"; readonly draft: Draft<Origin>; readonly error: Error };

/** Which messages of a room to read. At most one of `after` and `before` is given. */
export interface PageQuery {
  readonly room: string;
  /** The oldest messages with a `seq` above this one. */
  readonly after?: number;
  /** The newest messages with a `seq` below this one. */
  readonly before?: number;
  /** How many messages at most; 1 or more. */
  readonly limit: number;
  /**
   * How large the messages may be together, each as `JSON.stringify` prints it and a comma, in
   * bytes of UTF-8. The first one is given even if it alone is larger, so that asking on always
   * gets further.
   */
  readonly bytes: number;
}

/** A stretch of a room's messages, and where the room began and ended when they were read. */
export interface Page {
  /** The oldest `seq` kept; `last` + 1 if none is. */
  readonly first: number;
  /** The newest `seq` ever given in the room; 0 if none was. No message of the page is above it. */
  readonly last: number;
  /** Ascending by `seq`, without holes. */
  readonly messages: Message[];
  /** Whether others remain in the direction asked: above with `after`, else below. */
  readonly more: boolean;
}

/** A room that has been written to. */
export interface RoomSummary {
  readonly room: string;
  /** The newest `seq` ever given. */
  readonly last: number;
  /** When the newest message was sent, in milliseconds since 1970. */
  readonly at: number;
}

/** Where messages become durable and get their order. Disposing of it writes what was appended. */
export interface MessageLog<Origin = unknown> extends AsyncDisposable {
  /**
   * Writes a batch. Never throws for a broken disk or a lost NATS: what became of each draft comes
   * out of {@linkcode entries}. Messages come in the order of their rooms, in which the drafts of one
   * batch keep theirs; "duplicate" and "failed" come when they are known, perhaps before or after
   * their neighbours. Where drafts are stored one by one, some of a batch may fail alone.
   */
  append(drafts: readonly Draft<Origin>[]): void;
  /**
   * What is committed, in the order of its commits; ends when the log is disposed of. Has one
   * reader.
   */
  readonly entries: AsyncIterable<Entry<Origin>[]>;
  /** Reads a page, all of it at one instant. Rejects when the log can't be read. */
  read(query: PageQuery): Promise<Page>;
  /** The rooms written to most recently, latest first, at most `limit` of them. */
  rooms(limit: number): Promise<RoomSummary[]>;
  /** How many rooms hold at least one message. */
  readonly roomCount: number;
  /** False from a failed append until the log can be written again, which it finds out by itself. */
  readonly healthy: boolean;
}
