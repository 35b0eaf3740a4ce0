/**
 * The keys under which names are unique. They depend on tables of Unicode, so only the server computes them.
 *
 * @module
 */
import untypedUnhomoglyph from "unhomoglyph";
import { DELETED_NAMES, GROUP_WORDS, GUEST_PREFIX, nameKey } from "../protocol/names.ts";

/** Replaces each character by the one that it can be mistaken for: the table of Unicode TR 39. */
const unhomoglyph: (text: string) => string = untypedUnhomoglyph;

/**
 * Returns the key under which a name is unique on a server: the skeleton of its {@linkcode nameKey}. Two names
 * that differ only in characters that look alike have one key: `ann` and `аnn` with a Cyrillic а, `b0b` and
 * `bob`, `bern` and `bem`. Refusing a name by mistake costs less than accepting one that passes for another.
 */
export function uniqueKey(name: string): string {
  return skeleton(nameKey(name));
}

/**
 * Returns the keys under which a name may be stored: {@linkcode uniqueKey}, and the plain {@linkcode nameKey} that
 * was used before look-alikes were refused.
 */
export function keysOf(name: string): string[] {
  return keysOfFolded(nameKey(name));
}

/** Returns the same of a name's {@linkcode nameKey}. */
export function keysOfFolded(key: string): string[] {
  return [...new Set([skeleton(key), key])];
}

/**
 * Returns the skeleton of a name as it is written, if that is another than its {@linkcode uniqueKey}. A capital I
 * looks like an l, but an i does not: `BiII` can be mistaken for `Bill`. Of two names of which one looks like the
 * other, whichever is taken second is refused.
 */
export function writtenKey(name: string): string | undefined {
  const key = skeleton(name);
  return key === uniqueKey(name) ? undefined : key;
}

/** Returns the keys by which a name can be mistaken for another: that one has a key of these, too. */
export function lookalikeKeys(name: string): string[] {
  return [...new Set([...keysOf(name), skeleton(name)])];
}

/** Returns true if a name can be mistaken for one that the server gives to new people. */
export function looksLikeGuest(name: string): boolean {
  const prefix = uniqueKey(GUEST_PREFIX);
  return lookalikeKeys(name).some((key) => key.startsWith(prefix));
}

/** Returns true if a name can be mistaken for a word that stands for a group of people. */
export function looksLikeGroup(name: string): boolean {
  const keys = GROUP_WORDS.flatMap((word) => lookalikeKeys(word));
  return lookalikeKeys(name).some((key) => keys.includes(key));
}

/** Returns true if a name can be mistaken for the words in the place of the names of deleted people. */
export function looksDeleted(name: string): boolean {
  const keys = DELETED_NAMES.flatMap((words) => lookalikeKeys(words));
  return lookalikeKeys(name).some((key) => keys.includes(key));
}

function skeleton(text: string): string {
  return nameKey(unhomoglyph(text.normalize("NFD")));
}
