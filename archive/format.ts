/**
 * What `hubbub export` prints and `hubbub import` reads: everything that is kept, as lines of JSON
 * that do not depend on where it is kept.
 *
 * Their order: `hubbub`, each `person` and `session` by id, each `room` by name with its messages
 * after it, ascending by `seq` and without holes, and `end`, by which a file that was cut is known. So
 * the same data makes the same lines.
 *
 * @module
 */
import { isRoom, type Message } from "../protocol/mod.ts";
import type { Owner } from "../people/store.ts";

/** The number of this format. */
export const ARCHIVE_FORMAT = 1;

/** One line. */
export type ArchiveLine =
  | {
    readonly type: "hubbub";
    readonly format: number;
    /** The store's id, by which its cookies are named. */
    readonly store: string;
    /** What signs its cookies, in base64; whoever has it can be anybody. */
    readonly key?: string;
  }
  | ({ readonly type: "person" } & Owner)
  /** A session that was ended; `until` in seconds since 1970. */
  | { readonly type: "session"; readonly id: string; readonly until: number }
  | {
    readonly type: "room";
    readonly room: string;
    /** The oldest `seq` kept; `last` + 1 if none is. */
    readonly first: number;
    /** The newest `seq` ever given. */
    readonly last: number;
  }
  | ({ readonly type: "message" } & Message)
  | { readonly type: "end"; readonly people: number; readonly messages: number };

/** What is wrong with an archive, or with where it should go. */
export class ArchiveError extends Error {
  override name = "ArchiveError";
}

/**
 * The line that a text says.
 *
 * @throws {ArchiveError} when it says none.
 */
export function parseArchiveLine(text: string): ArchiveLine {
  const line = readLine(parseObject(text));
  if (line === undefined) throw new ArchiveError("no export has such a line");
  return line;
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function readLine(fields: Record<string, unknown>): ArchiveLine | undefined {
  const { type, id, name, key, secret, used, until, room, first, last, store, format } = fields;
  switch (type) {
    case "hubbub":
      return isNumber(format) && isText(store) && isOptional(key)
        ? { type, format, store, ...(key !== undefined && { key }) }
        : undefined;
    case "person":
      return isText(id) && isText(name) && isText(key) && isOptional(secret) && isNumber(used)
        ? { type, id, name, key, ...(secret !== undefined && { secret }), used }
        : undefined;
    case "session":
      return isText(id) && isNumber(until) ? { type, id, until } : undefined;
    case "room":
      return isText(room) && isRoom(room) && isNumber(first) && isNumber(last) &&
          first >= 1 && first <= last + 1
        ? { type, room, first, last }
        : undefined;
    case "message":
      return readMessage(fields);
    case "end":
      return isNumber(fields.people) && isNumber(fields.messages)
        ? { type, people: fields.people, messages: fields.messages }
        : undefined;
    default:
      return undefined;
  }
}

function readMessage(
  { room, seq, id, user, text, at }: Record<string, unknown>,
): ArchiveLine | undefined {
  if (typeof user !== "object" || user === null) return undefined;
  const person: Record<string, unknown> = { ...user };
  return isText(room) && isNumber(seq) && isText(id) && isText(person.id) &&
      typeof person.name === "string" && typeof text === "string" && isNumber(at)
    ? { type: "message", room, seq, id, user: { id: person.id, name: person.name }, text, at }
    : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isOptional(value: unknown): value is string | undefined {
  return value === undefined || isText(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
