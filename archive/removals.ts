/**
 * Removals of what people have written, in an archive.
 *
 * @module
 */
import { isRoom } from "../protocol/addresses.ts";
import { type Fields, isBoolean } from "../protocol/fields.ts";
import { type Deleter, DELETERS } from "../protocol/mod.ts";
import type { StoredRemoval } from "../state/removal_table.ts";
import { isId, isIn, MAX_COUNT, MAX_MS, read, readOptional } from "./fields.ts";

/** A removal of a person's messages that is under way; `room` was there before. */
export type ArchivedRemoval = { readonly type: "removal" } & StoredRemoval;

/** Parses the fields of a line but its type. */
export function readRemovalLine(fields: Fields): ArchivedRemoval {
  return {
    type: "removal",
    person: read(fields, "person", isId, "an id"),
    by: read(fields, "by", isId, "an id"),
    deleted: read(fields, "deleted", isDeleter, "author or moderator"),
    ...readOptional(fields, "room", isRoom, "a room's name"),
    directs: read(fields, "directs", isBoolean, "true or false"),
    lowest: read(fields, "lowest", isIn(0, MAX_COUNT), "a whole number"),
    since: read(fields, "since", isIn(0, MAX_MS), "a time in ms"),
    ...readOptional(fields, "until", isIn(0, MAX_MS), "a time in ms"),
    ...readOptional(fields, "count", isIn(0, MAX_COUNT), "a whole number"),
  };
}

function isDeleter(value: unknown): value is Deleter {
  return DELETERS.some((deleter) => deleter === value);
}
