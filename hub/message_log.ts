/**
 * The durable history of all rooms, and the one order of their messages.
 *
 * @module
 */
import type { Effect } from "./effects.ts";
import type { ActionCommand, Message, ServerLine, User } from "../protocol/mod.ts";

/** A message that is not in the log yet, and so has no `seq` and no time: the log gives it both. */
export interface Draft<Origin = unknown> {
  readonly room: string;
  /** The id that the sender chose, unique for the person and the room. */
  readonly id: string;
  readonly user: User;
  readonly text: string;
  /** The `seq` of the message that it replies to. */
  readonly re?: number;
  /** The ids of the files that it names. */
  readonly files?: readonly string[];
  /** A value that returns with the outcome. The log neither reads nor stores it. */
  readonly origin: Origin;
}

/** The outcome of one draft, or a message that another server wrote. */
export type MessageResult<Origin = unknown> =
  /** New and committed, to be broadcast. `origin` is absent if another server wrote it. */
  | {
    readonly type: "message";
    readonly message: Message;
    readonly origin?: Origin;
    /** True if it replies to one that not all members of its room may see. */
    readonly partial?: true;
  }
  /** The person has already sent this id to this room: the message that was stored then. */
  | { readonly type: "duplicate"; readonly message: Message; readonly origin: Origin }
  /** Not known to be stored. Sending the same id again returns the outcome. */
  | { readonly type: "failed"; readonly draft: Draft<Origin>; readonly error: Error }
  /** Not stored, because its author may not write. */
  | {
    readonly type: "refused";
    readonly draft: Draft<Origin>;
    readonly code:
      | "forbidden"
      | "muted"
      | "no_room"
      | "archived"
      | "rate_limited"
      | "bad_id"
      | "bad_value"
      | "no_file";
    readonly reason: string;
    /** The time after which a new attempt can succeed, in ms, if it is known. */
    readonly retry?: number;
  };

/** Something that the hub delivers, in the order of the log. */
export type LogEntry<Origin = unknown> =
  | MessageResult<Origin>
  /** The effects of an event, which is committed. */
  | { readonly type: "effects"; readonly effects: readonly Effect[] }
  /** The answer to a command, after the effects of its event; see {@linkcode Actions}. */
  | {
    readonly type: "answer";
    readonly origin: Origin;
    readonly line: ServerLine;
    readonly command: ActionCommand;
  };

/** A selection of messages of a room, with at most one of `after`, `before` and `at`. */
export interface PageQuery {
  readonly room: string;
  /** The oldest messages with a `seq` above this one. */
  readonly after?: number;
  /** The newest messages with a `seq` below this one. */
  readonly before?: number;
  /** With `after`: the `rev` above which messages up to `after` that were changed are read, too. */
  readonly rev?: number;
  /** The oldest messages that were sent at this time, in ms since 1970, or after it. */
  readonly at?: number;
  /** The oldest `seq` that the reader may see; 1 by default. What is below does not exist for the reader. */
  readonly from?: number;
  /** The most messages to read; 1 or more. */
  readonly limit: number;
  /**
   * The most bytes of UTF-8 that the messages may have together, each as `JSON.stringify` prints it plus a
   * comma. The first message is returned even if it alone is larger, so that every request makes progress.
   */
  readonly bytes: number;
}

/** Consecutive messages of a room, and the room's range when they were read. */
export interface Page {
  /** The oldest `seq` stored; `last` + 1 if none is. */
  readonly first: number;
  /** The newest `seq` ever assigned in the room, or 0. No message of the page is above it. */
  readonly last: number;
  /** Ascending by `seq`, without gaps. */
  readonly messages: Message[];
  /** True if more messages remain in the requested direction: above with `after` or `at`, else below. */
  readonly more: boolean;
  /** The number of changes of messages in the room so far. */
  readonly rev: number;
  /** With `rev`: the messages up to `after` that were changed above it, by their `rev`, ascending. */
  readonly changed?: readonly Message[];
  /** True if more were changed. */
  readonly moreChanged?: boolean;
}

/** A room that has messages. */
export interface LoggedRoom {
  readonly room: string;
  /** The newest `seq` ever assigned. */
  readonly last: number;
  /** The time of the newest message, in ms since 1970. */
  readonly at: number;
}

/** The storage that makes messages durable and orders them. Disposing it first writes what was appended. */
export interface MessageLog<Origin = unknown> extends AsyncDisposable {
  /**
   * Writes a batch. Never throws for a broken disk or a lost NATS: the outcome of each draft appears in
   * {@linkcode entries}. Messages appear in the order of their rooms, in which the drafts of one batch keep
   * theirs. "duplicate" and "failed" appear when they are known, perhaps before or after their neighbours.
   * A large batch is stored in parts, of which some may fail and others not.
   */
  append(drafts: readonly Draft<Origin>[]): void;
  /**
   * The committed entries, in the order of their commits; ends when the log is disposed. It has one
   * reader.
   */
  readonly entries: AsyncIterable<LogEntry<Origin>[]>;
  /**
   * Reads a page, all of it at one instant.
   *
   * @throws The log can't be read.
   */
  read(query: PageQuery): Promise<Page>;
  /** Returns at most `limit` rooms, the most recently written to first. */
  rooms(limit: number): Promise<LoggedRoom[]>;
  /** The number of rooms that have at least one message. */
  readonly roomCount: number;
  /** False from a failed append until the log can be written again, which it checks automatically. */
  readonly healthy: boolean;
}
