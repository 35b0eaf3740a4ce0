/**
 * The ids and names of files.
 *
 * @module
 */
import { storable } from "./fields.ts";
import { MESSAGE_FILES } from "./types.ts";
import { utf8Bytes } from "./utf8.ts";

/** The most bytes of UTF-8 of a file's name: as many as most file systems take. */
export const FILE_NAME_BYTES = 255;

/** The name of a file that has none. */
const NAMELESS = "file";

/** The characters of the end of a long name that are kept, if they begin with a point. */
const ENDING_CHARACTERS = 16;

/** 16 random bytes in base64url. */
const FILE_ID = /^[A-Za-z0-9_-]{22}$/;

/** Checks for the id of a file. */
export function isFileId(value: unknown): value is string {
  return typeof value === "string" && FILE_ID.test(value);
}

/** Checks for the ids of the files that a message names: 1 to {@linkcode MESSAGE_FILES}, and none twice. */
export function isFileIds(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.length <= MESSAGE_FILES &&
    value.every(isFileId) && new Set(value).size === value.length;
}

/**
 * Characters that no name has: those that separate folders, controls, and those that change the direction of what
 * follows, with which `exe.png` can look like `gnp.exe`.
 */
// deno-lint-ignore no-control-regex -- they are what is looked for
const REPLACED = /[\0-\x1f\x7f-\x9f/\\\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * Returns the name under which a file is kept that somebody calls so: without folders, controls and the spaces at its
 * ends, and at most {@linkcode FILE_NAME_BYTES} bytes long, of which its ending remains. Never empty.
 */
export function toFileName(raw: string): string {
  // A name from a browser on Windows may begin with folders.
  const last = storable(raw.slice(-4 * FILE_NAME_BYTES)).split(/[/\\]/).at(-1) ?? "";
  const name = last.replace(REPLACED, "").trim();
  if (/^\.*$/.test(name)) return NAMELESS;
  if (utf8Bytes(name) <= FILE_NAME_BYTES) return name;
  const point = name.lastIndexOf(".");
  const ending = point > 0 && name.length - point <= ENDING_CHARACTERS ? name.slice(point) : "";
  let stem = [...name.slice(0, name.length - ending.length)];
  const fits = () => utf8Bytes(stem.join("") + ending) <= FILE_NAME_BYTES;
  stem = stem.slice(0, FILE_NAME_BYTES);
  while (!fits()) stem.pop();
  return stem.join("") + ending;
}
