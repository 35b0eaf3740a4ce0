/**
 * The work of what clients ask the hub for, in requests; see {@linkcode StepQueue}.
 *
 * @module
 */
import { lookupsIn } from "../protocol/sizes.ts";
import type { EditCommand, SendCommand } from "../protocol/mod.ts";

/** The work of a registration: with its greeting goes the state of the person's rooms. */
export const REGISTRATION_WORK = 1 / 16;

/** The rooms that take as long to leave at once as a request. */
export const ROOMS_PER_WORK = 32;

/**
 * The names that count as a request when a message is searched for whom it mentions: the log looks them up after the
 * step, so that the work bounds it and not the time. A step has 4 ms for them.
 */
const LOOKUPS_PER_WORK = 4;

/**
 * The work of a file that a message names: the log looks for a room where its sender may read it, among all rooms with a
 * message that names it. Of 400 private ones that takes 0.4 ms.
 */
const FILE_WORK = 4;

/** The work of a reply: the log looks for the message that it replies to, and keeps which one it is. That takes 0.03 ms. */
const REPLY_WORK = 1 / 4;

/** The characters of a text that are no work: most messages have fewer. */
const FREE_CHARACTERS = 512;

/** The characters beyond these that count as a request: 16 Ki take the log, and what prints them for others, 0.4 ms. */
const CHARACTERS_PER_WORK = 2_048;

/**
 * Returns the work of a message: 0 for most, which are never deferred alone.
 *
 * @param isRateLimited Whether the rate of messages is limited. Without a limit, clients are trusted: long messages are no
 * work, so that a client may stream thousands of them.
 */
export function sendWork(
  { text, re, files }: Pick<SendCommand, "text" | "re" | "files">,
  isRateLimited: boolean,
): number {
  return textWork(text, isRateLimited ? FREE_CHARACTERS : Infinity) +
    (re === undefined ? 0 : REPLY_WORK) + (files?.length ?? 0) * FILE_WORK;
}

/** Returns the work of an edit. */
export function editWork({ text }: Pick<EditCommand, "text">): number {
  return 1 + textWork(text, FREE_CHARACTERS);
}

function textWork(text: string, free: number): number {
  const length = Math.max(0, text.length - free);
  return lookupsIn(text) / LOOKUPS_PER_WORK + length / CHARACTERS_PER_WORK;
}
