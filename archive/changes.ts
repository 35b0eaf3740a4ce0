/**
 * The changes of messages in an archive: fields of a message's line, and lines behind it for
 * reactions, of which there may be many.
 *
 * @module
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { PINS, REACTIONS } from "../protocol/changes.ts";
import { type Fields, isList } from "../protocol/fields.ts";
import { isFileIds } from "../protocol/file_names.ts";
import { isMessageId } from "../protocol/names.ts";
import { isPreviews } from "../protocol/previews.ts";
import { type Deleter, DELETERS, type Message } from "../protocol/types.ts";
import { ChangeTable, type StoredChange } from "../state/change_table.ts";
import { integer, nextKey, string } from "../state/rows.ts";
import type { ArchivedFile } from "./files.ts";
import { isId, isIn, isText, MAX_COUNT, MAX_MS, read, readOptional } from "./fields.ts";

/** A message; `pinned` is the room's `rev` when it was pinned, by which pins are in order. */
export type ArchivedMessage = Omit<Message, "reactions" | "pinned" | "files" | "answers"> & {
  readonly pinned?: number;
  /** The ids of its files. */
  readonly files?: readonly string[];
};

/** The line of a message. */
export type ArchivedMessageLine = ArchivedMessage & { readonly type: "message" };

/** A line behind that of a message. */
export type ArchivedChange =
  /** People who react with an emoji, in the order of their reactions; of many people, there are several lines. */
  | {
    readonly type: "reactions";
    readonly room: string;
    readonly seq: number;
    readonly emoji: string;
    readonly people: readonly string[];
  }
  /** The ids of its author's edits, which may not be used again. */
  | {
    readonly type: "edits";
    readonly room: string;
    readonly seq: number;
    readonly ids: readonly string[];
  };

/** The most people or ids of a line. */
const LINE_ITEMS = 500;

/** Reads the fields of a message that say what has become of it. */
export function readChange(
  fields: Fields,
): Pick<ArchivedMessage, "re" | "files" | "edited" | "deleted" | "pinned" | "previews" | "rev"> {
  return {
    ...readOptional(fields, "files", isFileIds, "ids of files"),
    ...readOptional(fields, "re", isIn(1, MAX_COUNT), "a number from 1"),
    ...readOptional(fields, "edited", isIn(0, MAX_MS), "a time in ms"),
    ...readOptional(fields, "deleted", isDeleter, "author or moderator"),
    ...readOptional(fields, "pinned", isIn(1, MAX_COUNT), "a number from 1"),
    ...readOptional(fields, "previews", isPreviews, "previews of links"),
    ...readOptional(fields, "rev", isIn(1, MAX_COUNT), "a number from 1"),
  };
}

/** Parses the fields of a line but its type, its room and its `seq`. */
export function readChangeLine(
  type: ArchivedChange["type"],
  place: { readonly room: string; readonly seq: number },
  fields: Fields,
): ArchivedChange {
  if (type === "edits") {
    return { type, ...place, ids: read(fields, "ids", isIds, `1 to ${LINE_ITEMS} ids`) };
  }
  return {
    ...{ type, ...place },
    // Of an emoji, Unicode may know more where it was written than here.
    emoji: read(fields, "emoji", isText(/^[^\p{Cc}\p{Cs}\s]{1,64}$/u), "an emoji"),
    people: read(fields, "people", isPeople, `1 to ${LINE_ITEMS} ids`),
  };
}

function isDeleter(value: unknown): value is Deleter {
  return DELETERS.some((deleter) => deleter === value);
}

function isIds(value: unknown): value is string[] {
  return isList(value, isMessageId) && isSome(value);
}

function isPeople(value: unknown): value is string[] {
  return isList(value, isId) && isSome(value);
}

function isSome(list: readonly unknown[]): boolean {
  return list.length > 0 && list.length <= LINE_ITEMS && new Set(list).size === list.length;
}

/** Checks what has become of the messages of one room. */
export class ChangeCheck {
  readonly #rev: number;
  readonly #revs = new Set<number>();
  readonly #pins = new Set<number>();
  /** The message whose further lines may follow. */
  #message: ArchivedMessage | undefined;
  /** The people who react to it, by emoji. */
  #reactions = new Map<string, Set<string>>();
  /** The number of its reactions. */
  #reacted = 0;

  /** @param rev the room's */
  constructor(rev: number) {
    this.#rev = rev;
  }

  /** @throws {Error} if a message can't be what it is. */
  begin(message: ArchivedMessage): void {
    this.#message = message;
    this.#reactions = new Map();
    this.#reacted = 0;
    const { seq, re, files, edited, deleted, pinned, previews, mentions, rev } = message;
    if (re !== undefined && re >= seq) throw new Error("a message replies to a later one");
    if (rev === undefined) {
      if ((edited ?? deleted ?? pinned ?? previews) === undefined) return;
      throw new Error("a message was changed and has no rev");
    }
    if (rev > this.#rev || this.#revs.has(rev)) {
      throw new Error("the rev of a message is that of another one, or above that of its room");
    }
    this.#revs.add(rev);
    if (pinned !== undefined) {
      if (pinned > rev || this.#pins.has(pinned)) {
        throw new Error("a message is pinned at the place of another one, or after its rev");
      }
      this.#pins.add(pinned);
      if (this.#pins.size > PINS) throw new Error("a room has too many pinned messages");
    }
    if (deleted === undefined) return;
    if (
      message.text !== "" || (re ?? files ?? edited ?? pinned ?? previews ?? mentions) !== undefined
    ) {
      throw new Error("a deleted message still has content");
    }
  }

  /** @throws {Error} if a line can't be behind that of its message. */
  see(line: ArchivedChange): void {
    const { room, seq } = line;
    const message = this.#message;
    if (message === undefined || message.room !== room || message.seq !== seq) {
      throw new Error("a change is not behind its message");
    }
    // An edit may have changed nothing.
    if (line.type === "edits") return;
    if (message.rev === undefined) throw new Error("a message was changed and has no rev");
    if (message.deleted) throw new Error("a deleted message still has content");
    const people = this.#reactions.get(line.emoji) ?? new Set();
    this.#reactions.set(line.emoji, people);
    if (this.#reactions.size > REACTIONS) throw new Error("a message has too many reactions");
    for (const person of line.people) {
      if (people.has(person)) throw new Error("a person reacts twice with one emoji");
      people.add(person);
    }
    this.#reacted += line.people.length;
    if (this.#reacted > this.#rev) {
      throw new Error("the rev of a room is lower than that of its messages");
    }
  }
}

/**
 * Returns a function that makes lines of messages of one room, which are as they were sent and ascending: one of each as
 * it is now, and those behind it.
 */
export function changeReader(
  db: DatabaseSync,
): (roomId: number, sent: readonly Message[]) => Generator<ArchivedMessageLine | ArchivedChange> {
  const table = new ChangeTable(db);
  const edited = db.prepare("select distinct seq from edit where room = ? and seq between ? and ?");
  const edits = db.prepare(`
    select id from edit where room = ? and seq = ? and id > ? order by id limit ${LINE_ITEMS}
  `);
  function* reactionsTo(roomId: number, message: Message): Generator<ArchivedChange> {
    const { room, seq, reactions = [] } = message;
    for (const { emoji } of reactions) {
      const place = { room: roomId, seq, emoji };
      for (let after = 0, some;; after = some.at(-1)?.rev ?? 0) {
        some = table.reactions.people(place, after, LINE_ITEMS);
        if (some.length === 0) break;
        const people = some.map(({ person }) => person);
        yield { type: "reactions", room, seq, emoji, people };
      }
    }
  }

  function* editsOf(roomId: number, { room, seq }: Message): Generator<ArchivedChange> {
    for (let after = "", ids;; after = ids.at(-1) ?? "") {
      ids = edits.all(roomId, seq, after).map(({ id }) => string(id));
      if (ids.length === 0) break;
      nextKey(ids.at(-1), after);
      yield { type: "edits", room, seq, ids };
    }
  }

  return function* (roomId, sent) {
    const [first = 0, last = 0] = [sent[0]?.seq, sent.at(-1)?.seq];
    const isEdited = new Set(edited.all(roomId, first, last).map(({ seq }) => integer(seq)));
    for (const message of table.present(roomId, sent)) {
      const { reactions: _, answers: _a, pinned, files, ...rest } = message;
      const change = message.rev === undefined ? undefined : table.of(roomId, message.seq);
      const place = pinned && change?.pinned;
      // None, and none may come.
      const isWithout = change?.previews?.bytes === 0 && message.deleted === undefined;
      yield {
        ...{ type: "message", ...rest },
        ...(files !== undefined && { files: files.map(({ id }) => id) }),
        ...(isWithout && { previews: [] }),
        ...(place !== undefined && { pinned: place }),
      };
      yield* reactionsTo(roomId, message);
      if (isEdited.has(message.seq)) yield* editsOf(roomId, message);
    }
  };
}

/** Writes into a data file what has become of messages that were written there. */
export class ChangeWriter {
  readonly #table: ChangeTable;
  readonly #isSend: StatementSync;
  readonly #setRevs: StatementSync;
  /** Returns the row of a person in `author`. */
  readonly #authorOf: (person: string) => number;
  /** The row of the room that is being written. */
  #room = 0;
  /** The author of the message that was written last. */
  #author = 0;
  /** The number of its reactions so far. */
  #reactions = 0;
  #change: StoredChange | undefined;

  constructor(db: DatabaseSync, authorOf: (person: string) => number) {
    this.#table = new ChangeTable(db);
    this.#isSend = db.prepare("select 1 from message where id = ? and author = ? and room = ?");
    this.#setRevs = db.prepare("update room set rev = ?, edits = ? where id = ?");
    this.#authorOf = authorOf;
  }

  /** Begins a room. */
  room(room: number, { rev = 0, edits = 0 }: { rev?: number; edits?: number }): void {
    this.#room = room;
    if (rev > 0) this.#setRevs.run(rev, edits, room);
  }

  /** Writes a file that messages name. */
  file({ type: _, mime: type, ...file }: ArchivedFile): void {
    this.#table.files.attachments.restore({ ...file, type });
  }

  /** Writes what has become of a message. */
  message(message: ArchivedMessage): void {
    const { seq, user, re, files, rev, edited, deleted, pinned, previews } = message;
    this.#author = this.#authorOf(user.id);
    this.#reactions = 0;
    this.#change = undefined;
    if (re !== undefined) this.#table.replies.add(this.#room, seq, re);
    if (files !== undefined) this.#table.files.add(this.#room, seq, files);
    if (rev === undefined) return;
    this.#change = {
      ...{ room: this.#room, seq, rev, row: null, bytes: null, emoji: 0 },
      ...(edited !== undefined && { edited }),
      ...(deleted !== undefined && { deleted }),
      ...(pinned !== undefined && { pinned }),
    };
    if (previews !== undefined) {
      this.#change = previews.length === 0
        ? this.#table.withoutPreviews(this.#change, true)
        : this.#table.withPreviews(this.#change, previews);
    }
    this.#table.set(this.#change);
  }

  /** Writes a line behind that of a message. */
  more(line: ArchivedChange): void {
    if (line.type === "edits") this.#edits(line.seq, line.ids);
    else this.#react(line.seq, line.emoji, line.people);
  }

  #react(seq: number, emoji: string, people: readonly string[]): void {
    const place = { room: this.#room, seq, emoji };
    if (this.#change !== undefined && this.#table.reactions.count(place) === 0) {
      this.#change = { ...this.#change, emoji: this.#change.emoji + 1 };
      this.#table.set(this.#change);
    }
    // Their order is all that counts of when they reacted; all of it was before what comes now.
    for (const person of people) {
      this.#table.reactions.add(place, this.#authorOf(person), ++this.#reactions);
    }
  }

  #edits(seq: number, ids: readonly string[]): void {
    for (const id of ids) {
      const isUsed = this.#isSend.get(id, this.#author, this.#room) !== undefined ||
        this.#table.editedBy(this.#room, this.#author, id) !== undefined;
      if (isUsed) throw new Error("the id of an edit is that of another one, or of a message");
      this.#table.addEdit(this.#room, seq, this.#author, id);
    }
  }
}
