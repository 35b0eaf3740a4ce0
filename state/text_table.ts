import { Buffer } from "node:buffer";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import { type DatabaseRow, integer, textOf } from "./rows.ts";

/** The least bytes of a row for an edited text, and the factor by which a longer one is larger than the one before. */
const LEAST_BYTES = 64;
const GROWTH = 2;

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const TEXT_SQL = {
  size: "select octet_length(text) as size from message where room = ? and seq = ?",
  editedSize: "select octet_length(text) as size from edited_text where n = ?",
  overwrite: "update message set text = ? where room = ? and seq = ?",
  overwriteEdited: "update edited_text set text = ? where n = ?",
  add: "insert into edited_text (room, seq, text) values (?, ?, ?)",
  edited: `
    select iif(instr(text, char(0)), cast(text as blob), text) as text from edited_text where n = ?
  `,
  remove: "delete from edited_text where room = ? and seq between ? and ?",
};

/** The place of a text: where it is, and how long; see `change` in the schema. */
export interface TextPlace {
  readonly room: number;
  readonly seq: number;
  /** The row in `edited_text`; null if the text is in `message`. */
  readonly row: number | null;
  /** The bytes of the text; null if they are all that the row has. */
  readonly bytes: number | null;
}

/** A text in a row of its own. */
export interface AddedText {
  readonly row: number;
  readonly bytes: number;
}

/**
 * The texts of messages that are edited or deleted. Each is overwritten at its place by as many bytes as it had, so that
 * nothing moves: a row that shrinks, or goes, has SQLite join pages, which leaves stale copies of other texts. A longer
 * text gets a new row at the end, with room to grow: so the rows of a message are not many, however often it is edited.
 */
export class TextTable {
  readonly #sql: { readonly [Name in keyof typeof TEXT_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.#sql = statementsOf(db, TEXT_SQL);
  }

  /** Puts a text in the place of another. Returns where it is. */
  replace(place: TextPlace, text: string): TextPlace {
    const bytes = Buffer.byteLength(text);
    const size = this.#sizeOf(place);
    if (bytes <= size) {
      this.#overwrite(place, padded(text, bytes, size));
      const { room, seq, row } = place;
      return { room, seq, row, bytes };
    }
    this.erase(place);
    return this.add(place, text);
  }

  /** Puts a text into a row of its own. Returns where it is. */
  add({ room, seq }: Pick<TextPlace, "room" | "seq">, text: string): TextPlace & AddedText {
    const bytes = Buffer.byteLength(text);
    const { lastInsertRowid } = this.#sql.add.run(room, seq, padded(text, bytes, roomFor(bytes)));
    return { room, seq, row: Number(lastInsertRowid), bytes };
  }

  /** Overwrites a text with spaces. */
  erase(place: TextPlace): void {
    this.#overwrite(place, " ".repeat(this.#sizeOf(place)));
  }

  /** Returns a text; `own` is the one in `message`. */
  read({ row, bytes }: Pick<TextPlace, "row" | "bytes">, own: string): string {
    const text = row === null ? own : textOf(this.#sql.edited.get(row)?.text);
    // The rest is padding: spaces of one byte each.
    return bytes === null ? text : text.slice(0, text.length - (Buffer.byteLength(text) - bytes));
  }

  /** Removes the edited texts of a range of messages. */
  remove(room: number, first: number, last: number): void {
    this.#sql.remove.run(room, first, last);
  }

  #sizeOf({ room, seq, row }: TextPlace): number {
    const found: DatabaseRow | undefined = row === null
      ? this.#sql.size.get(room, seq)
      : this.#sql.editedSize.get(row);
    return integer(found?.size);
  }

  #overwrite({ room, seq, row }: TextPlace, text: string): void {
    if (row === null) this.#sql.overwrite.run(text, room, seq);
    else this.#sql.overwriteEdited.run(text, row);
  }
}

function padded(text: string, bytes: number, size: number): string {
  return text + " ".repeat(size - bytes);
}

function roomFor(bytes: number): number {
  let size = LEAST_BYTES;
  while (size < bytes) size *= GROWTH;
  return size;
}
