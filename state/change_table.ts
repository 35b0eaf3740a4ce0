import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import { DELETERS } from "../protocol/types.ts";
import type { Deleter, LinkPreview, Message, Reaction } from "../protocol/mod.ts";
import { isPreviews } from "../protocol/previews.ts";
import { MessageFiles } from "./message_files.ts";
import { MentionTable } from "./mention_table.ts";
import { ReactionTable } from "./reaction_table.ts";
import { ReplyTable } from "./reply_table.ts";
import { type DatabaseRow, integer, MESSAGE_COLUMNS, toMessage } from "./rows.ts";
import { type TextPlace, TextTable } from "./text_table.ts";

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const CHANGE_SQL = {
  of: "select * from change where room = ? and seq = ?",
  between: "select * from change where room = ? and seq between ? and ?",
  after: "select * from change where room = ? and rev > ? order by rev limit ?",
  pins: `
    select * from change where room = ? and pinned < ? order by pinned desc limit ?
  `,
  countPins: "select count(*) as count from change where room = ? and pinned is not null",
  set: `
    insert into change (
      room, seq, rev, edited, deleted, row, bytes, pinned, emoji, preview, preview_bytes
    ) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
    on conflict (room, seq) do update set
      rev = ?3, edited = ?4, deleted = ?5, row = ?6, bytes = ?7, pinned = ?8, emoji = ?9,
      preview = ?10, preview_bytes = ?11
  `,
  roomAt: "select id from room where name = ?",
  rev: "select rev from room where id = ?",
  raise: "update room set rev = rev + 1, edits = edits + ?2 where id = ?1 returning rev",
  message: `
    select ${MESSAGE_COLUMNS} from message join author on author.id = message.author
    where message.room = ? and message.seq = ?
  `,
  remove: "delete from change where room = ? and seq between ? and ?",
  isEdit: "select seq from edit where id = ? and author = ? and room = ?",
  addEdit: "insert into edit (room, seq, author, id) values (?, ?, ?, ?)",
  removeEdits: "delete from edit where room = ? and seq between ? and ?",
};

/** The changes of a message since it was sent. */
export interface StoredChange extends TextPlace {
  /** The room's `rev` at the latest change; 0 before the first. */
  readonly rev: number;
  /** The time of the latest edit, in ms since 1970. */
  readonly edited?: number;
  readonly deleted?: Deleter;
  /** The room's `rev` when it was pinned. */
  readonly pinned?: number;
  /** The number of different emoji of its reactions. */
  readonly emoji: number;
  /** The place of the previews of its links; absent if it never had any. */
  readonly previews?: PreviewPlace;
}

/** The place of the previews of a message, of which there may be none. */
export interface PreviewPlace {
  /** The row in `edited_text`, which may be there for later ones; null if there is none. */
  readonly row: number | null;
  /** The bytes of the previews; null: there are none; 0: somebody has removed them, and none may come. */
  readonly bytes: number | null;
}

const NO_PREVIEWS: PreviewPlace = { row: null, bytes: null };

/** The number that is above every `rev`. */
export const NO_REV = Number.MAX_SAFE_INTEGER;

/**
 * The changes of messages since they were sent: a row for each changed message. The rows of messages stay as
 * they are written, but for their texts (see {@linkcode TextTable}).
 */
export class ChangeTable {
  readonly texts: TextTable;
  readonly reactions: ReactionTable;
  readonly replies: ReplyTable;
  readonly mentions: MentionTable;
  readonly files: MessageFiles;
  readonly #sql: { readonly [Name in keyof typeof CHANGE_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.texts = new TextTable(db);
    this.reactions = new ReactionTable(db);
    this.replies = new ReplyTable(db);
    this.mentions = new MentionTable(db);
    this.files = new MessageFiles(db);
    this.#sql = statementsOf(db, CHANGE_SQL);
  }

  /** Returns what has become of a message. */
  of(room: number, seq: number): StoredChange {
    const row = this.#sql.of.get(room, seq);
    return row ? toChange(row) : { room, seq, rev: 0, row: null, bytes: null, emoji: 0 };
  }

  /** Returns the changes of a room after a `rev`, by theirs, ascending. */
  after(room: number, rev: number, limit: number): StoredChange[] {
    return this.#sql.after.all(room, rev, limit).map(toChange);
  }

  /** Returns the pinned messages of a room, the one pinned last first, of those pinned before a `rev`. */
  pins(room: number, before: number, limit: number): StoredChange[] {
    return this.#sql.pins.all(room, before, limit).map(toChange);
  }

  /** Returns how many messages of a room are pinned. */
  countPins(room: number): number {
    return integer(this.#sql.countPins.get(room)?.count);
  }

  /** Returns the row of the room at an address, or undefined. */
  roomAt(name: string): number | undefined {
    const row = this.#sql.roomAt.get(name);
    return row && integer(row.id);
  }

  /** Returns the `rev` of a room. */
  rev(room: number): number {
    return integer(this.#sql.rev.get(room)?.rev);
  }

  /**
   * Raises the `rev` of a room for a change. Returns the new one.
   *
   * @param isEdit Whether a message is edited or deleted.
   */
  raise(room: number, isEdit: boolean): number {
    return integer(this.#sql.raise.get(room, Number(isEdit))?.rev);
  }

  /** Stores a change. */
  set(change: StoredChange): void {
    const { room, seq, rev, edited, deleted, row, bytes, pinned, emoji, previews } = change;
    const values = [edited ?? null, deleted ?? null, row, bytes, pinned ?? null, emoji];
    const place = [previews?.row ?? null, previews?.bytes ?? null];
    this.#sql.set.run(room, seq, rev, ...values, ...place);
  }

  /** Stores the previews of a message, whose pictures are there. Returns its change with them, which the caller sets. */
  withPreviews(change: StoredChange, previews: readonly LinkPreview[]): StoredChange {
    const { room, seq, previews: { row, bytes } = NO_PREVIEWS } = change;
    this.files.setPictures(room, seq, previews.flatMap(({ picture }) => picture?.id ?? []));
    const text = JSON.stringify(previews);
    const place = row === null
      ? this.texts.add({ room, seq }, text)
      : this.texts.replace({ room, seq, row, bytes }, text);
    return { ...change, previews: { row: place.row, bytes: place.bytes } };
  }

  /**
   * Erases the previews of a message with their pictures. Returns its change without them, which the caller sets.
   *
   * @param forever Whether none may come again.
   */
  withoutPreviews(change: StoredChange, forever = false): StoredChange {
    const { room, seq, previews } = change;
    if (previews === undefined && !forever) return change;
    const { row, bytes } = previews ?? NO_PREVIEWS;
    this.files.setPictures(room, seq, []);
    if (row !== null) this.texts.erase({ room, seq, row, bytes });
    return { ...change, previews: { row, bytes: forever || bytes === 0 ? 0 : null } };
  }

  /** Returns the previews of a message that has this change. */
  previewsOf({ previews }: StoredChange): readonly LinkPreview[] {
    if (previews === undefined || previews.row === null || !previews.bytes) return [];
    const list = parsed(this.texts.read(previews, ""));
    return isPreviews(list) ? list : [];
  }

  /** Returns the `seq` of the message that an author has edited under an id, or undefined. */
  editedBy(room: number, author: number, id: string): number | undefined {
    const row = this.#sql.isEdit.get(id, author, room);
    return row && integer(row.seq);
  }

  /** Notes the id of an edit. */
  addEdit(room: number, seq: number, author: number, id: string): void {
    this.#sql.addEdit.run(room, seq, author, id);
  }

  /** Returns a message in its present state, or undefined if there is none. */
  message(room: number, name: string, seq: number): Message | undefined {
    const row = this.#sql.message.get(room, seq);
    return row && this.present(room, [toMessage(name, row)])[0];
  }

  /**
   * Returns messages in their present state.
   *
   * @param messages As they were sent, of one room and ascending.
   * @param isChanged False if no message of the room was ever changed.
   */
  present(room: number, messages: readonly Message[], isChanged = true): Message[] {
    const [first, last] = [messages[0]?.seq, messages.at(-1)?.seq];
    if (first === undefined || last === undefined) return [];
    const mentions = this.mentions.between(room, first, last);
    const replies = this.replies.between(room, first, last);
    const files = this.files.between(room, first, last);
    const changes = isChanged ? this.#between(room, first, last) : undefined;
    const isPlain = mentions.size === 0 && replies.size === 0 && files.size === 0;
    if (isPlain && (changes === undefined || changes.size === 0)) return [...messages];
    const isReacted = [...changes?.values() ?? []].some(({ emoji }) => emoji > 0);
    const reactions = isReacted ? this.reactions.between(room, first, last) : undefined;
    return messages.map((message) => {
      const { seq } = message;
      const change = changes?.get(seq);
      if (change?.deleted !== undefined) {
        return { ...message, text: "", deleted: change.deleted, rev: change.rev };
      }
      const mentioned = mentions.get(seq);
      const named = files.get(seq);
      const whole = {
        ...message,
        ...(mentioned !== undefined && { mentions: mentioned }),
        ...replies.get(seq),
        ...(named !== undefined && { files: named }),
      };
      return change === undefined ? whole : this.#changed(whole, change, reactions?.get(seq));
    });
  }

  #changed(message: Message, change: StoredChange, reactions?: readonly Reaction[]): Message {
    const { rev, edited, pinned } = change;
    const previews = this.previewsOf(change);
    return {
      ...message,
      text: this.texts.read(change, message.text),
      ...(edited !== undefined && { edited }),
      ...(reactions !== undefined && { reactions }),
      ...(pinned !== undefined && { pinned: true as const }),
      ...(previews.length > 0 && { previews }),
      rev,
    };
  }

  #between(room: number, first: number, last: number): Map<number, StoredChange> {
    const rows = this.#sql.between.all(room, first, last).map(toChange);
    return new Map(rows.map((change) => [change.seq, change]));
  }

  /** Removes everything that has become of a range of messages, which go too. */
  remove(room: number, first: number, last: number): void {
    this.mentions.remove(room, first, last);
    this.replies.remove(room, first, last);
    this.files.remove(room, first, last);
    this.reactions.removeAll(room, first, last);
    this.texts.remove(room, first, last);
    this.#sql.removeEdits.run(room, first, last);
    this.#sql.remove.run(room, first, last);
  }
}

function toChange(row: DatabaseRow): StoredChange {
  const deleted = DELETERS.find((deleter) => deleter === row.deleted);
  return {
    ...{ room: integer(row.room), seq: integer(row.seq), rev: integer(row.rev) },
    ...(row.edited !== null && { edited: integer(row.edited) }),
    ...(row.deleted !== null && { deleted: deleted ?? "moderator" }),
    row: row.row === null ? null : integer(row.row),
    bytes: row.bytes === null ? null : integer(row.bytes),
    ...(row.pinned !== null && { pinned: integer(row.pinned) }),
    emoji: integer(row.emoji),
    ...((row.preview !== null || row.preview_bytes !== null) && {
      previews: {
        row: row.preview === null ? null : integer(row.preview),
        bytes: row.preview_bytes === null ? null : integer(row.preview_bytes),
      },
    }),
  };
}

/** Parses JSON that a file which somebody else has made may have; undefined if it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
