/**
 * Reading values out of rows of the database.
 *
 * @module
 */
import type { SQLOutputValue } from "node:sqlite";
import type { Message } from "../protocol/mod.ts";
import type { Owner } from "../people/store.ts";
import { DamageError } from "./storage_error.ts";

/** A row as the database returns it. */
export type DatabaseRow = Record<string, SQLOutputValue>;

/**
 * The columns that {@linkcode toMessage} reads, from `message join author`. SQLite returns a text up
 * to its first NUL, but bytes whole.
 */
export const MESSAGE_COLUMNS = `
  message.seq, message.id, message.at, author.person, author.deleted, message.name,
  iif(instr(message.text, char(0)), cast(message.text as blob), message.text) as text
`;

/** The text of a message, as {@linkcode textOf} reads it. */
export const MESSAGE_TEXT =
  "iif(instr(message.text, char(0)), cast(message.text as blob), message.text)";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Returns the message in a row of {@linkcode MESSAGE_COLUMNS}. */
export function toMessage(room: string, row: DatabaseRow | undefined): Message {
  if (row === undefined) throw new DamageError("the row of a message is missing");
  return {
    room,
    seq: integer(row.seq),
    id: string(row.id),
    // The name goes from the rows in steps.
    user: row.deleted === 1
      ? { id: string(row.person), name: "", deleted: true }
      : { id: string(row.person), name: string(row.name) },
    text: textOf(row.text),
    at: integer(row.at),
  };
}

/** Returns a text out of a row, which is read as bytes if it has a NUL in it; see {@linkcode MESSAGE_COLUMNS}. */
export function textOf(value: SQLOutputValue | undefined): string {
  return value instanceof Uint8Array ? decoder.decode(value) : string(value);
}

/** The columns that {@linkcode toOwner} reads, from `people`. */
export const OWNER_COLUMNS = "id, name, key, written, secret, used, generation, role, seen";

/** Returns the person in a row of {@linkcode OWNER_COLUMNS}. */
export function toOwner(row: DatabaseRow | undefined): Owner | undefined {
  if (row === undefined) return undefined;
  const { id, name, key, written, secret, used, generation, role, seen } = row;
  const ended = integer(generation);
  return {
    id: string(id),
    name: string(name),
    key: string(key),
    used: integer(used),
    ...(written !== null && { written: string(written) }),
    ...(role === "admin" && { role }),
    ...(secret !== null && { secret: string(secret) }),
    ...(ended > 0 && { generation: ended }),
    ...(seen !== null && { seen: integer(seen) }),
  };
}

/**
 * Returns a number out of a row.
 *
 * @throws {DamageError} if there is none.
 */
export function integer(value: SQLOutputValue | undefined): number {
  if (typeof value === "number") return value;
  throw new DamageError(`a row has ${typeof value} where a number was written`);
}

/**
 * Returns a text out of a row.
 *
 * @throws {DamageError} if there is none.
 */
export function string(value: SQLOutputValue | undefined): string {
  if (typeof value === "string") return value;
  throw new DamageError(`a row has ${typeof value} where a text was written`);
}

/**
 * Returns the text of a row, after which a table is read on. A text that is not UTF-8, or has a NUL, is read as another
 * one, after which the same row comes again, and again.
 *
 * @param previous The text that was returned before.
 * @throws {DamageError} if it is the same, or no text.
 */
export function nextKey(value: SQLOutputValue | undefined, previous: string): string {
  const key = string(value);
  if (key !== previous) return key;
  throw new DamageError("a row has a key that is not what was written");
}

/** Returns the error for a message that its room counts and the table does not have. */
export function missingMessage(room: string, seq: number): DamageError {
  return new DamageError(`message ${seq} of the room "${room}" is missing or not in its place`);
}
