/**
 * Reading the fields that commands have in common, and the errors for those that are invalid.
 *
 * @module
 */
import type { CommandLimits } from "./capability.ts";
import type { Fields } from "./fields.ts";
import { isRoom, ROOM_CHARACTERS } from "./addresses.ts";
import { ID_CHARACTERS, isMessageId } from "./names.ts";
import type { ErrorCode, ErrorLine } from "./types.ts";

/** Makes an error; without `ref` it concerns no line in particular. */
export function errorOf(code: ErrorCode, message: string, ref?: string): ErrorLine {
  return ref === undefined
    ? { type: "error", code, message }
    : { type: "error", code, message, ref };
}

/**
 * Makes the parser of a command that is about a room, which is checked first.
 *
 * @param verb The command in an error: "Cannot <verb>: …".
 */
export function withRoom<C>(
  verb: string,
  parse: (fields: Fields, room: string, limits: CommandLimits) => C | ErrorLine,
): (fields: Fields, limits: CommandLimits) => C | ErrorLine {
  return (fields, limits) => {
    const { room } = fields;
    if (isRoom(room)) return parse(fields, room, limits);
    return errorOf("bad_room", badRoom(verb, room), refOf(fields));
  };
}

/** Returns the `ref` of a line without a valid room: its id, or the room if it is short enough to repeat. */
function refOf({ type, id, room }: Fields): string | undefined {
  if (type === "send" && isMessageId(id)) return id;
  return typeof room === "string" && room.length <= ROOM_CHARACTERS
    ? room.toWellFormed()
    : undefined;
}

/** Checks for the id that a command may carry: like that of a message. */
export const isActionId = isMessageId;

/**
 * Reads a command that may carry an `id`, which an error about it has as its `ref`.
 *
 * @param verb The command in an error: "Cannot <verb>: …".
 * @param read Returns the command without its id, or what a field must be.
 */
export function readAction<C extends object>(
  fields: Fields,
  verb: string,
  read: (fields: Fields) => C | string,
): (C & { readonly id?: string }) | ErrorLine {
  const { id } = fields;
  if (id !== undefined && !isActionId(id)) {
    const message = `Cannot ${verb}: id must be 1 to ${ID_CHARACTERS} of A-Z, a-z, 0-9, _ and -, ` +
      `received ${describe(id)}`;
    return errorOf("bad_id", message);
  }
  const command = read(fields);
  if (typeof command === "string") return errorOf("bad_value", `Cannot ${verb}: ${command}`, id);
  return id === undefined ? command : { ...command, id };
}

/** Reads a command about a room that may carry an `id`; see {@linkcode readAction}. The room is checked first. */
export function readRoomAction<C extends object>(
  fields: Fields,
  verb: string,
  read: (fields: Fields, room: string) => C | string,
): (C & { readonly id?: string }) | ErrorLine {
  const { id, room } = fields;
  if (isRoom(room)) return readAction(fields, verb, (fields) => read(fields, room));
  return errorOf("bad_room", badRoom(verb, room), isActionId(id) ? id : undefined);
}

function badRoom(verb: string, room: unknown): string {
  return `Cannot ${verb}: room must be an address: 1 to ${ROOM_CHARACTERS} letters and ` +
    `digits of one script, _ and -, in small letters, received ${describe(room)}`;
}

/** Says that a field is no count. */
export function notCount(field: string, value: unknown): string {
  return `${field} must be a whole number of at least 0, received ${describe(value)}`;
}

/** Describes a value for an error message, in few characters whatever the client sent. */
export function describe(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value !== "string") return typeName(value);
  return value.length <= ROOM_CHARACTERS
    ? JSON.stringify(value)
    : `a string of ${value.length} characters`;
}

/** Names the type of a value for an error message. */
export function typeName(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
