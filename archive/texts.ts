/**
 * Names and texts in an archive's lines.
 *
 * @module
 */
import { NAME_CHARACTERS } from "../protocol/names.ts";
import { exceedsUtf8 } from "../protocol/utf8.ts";

/** The longest text of a message, in bytes of UTF-8; no `--max-message` allows more. */
export const MAX_TEXT_BYTES = 64 * 1024;

/** Checks for a name. Less strict than for a name that is taken now: an older version may have accepted it. */
export function isName(value: unknown): value is string {
  return typeof value === "string" && value.length <= 2 * NAME_CHARACTERS &&
    /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}:]+$/u.test(value);
}

/** Checks for the name of an author: a message may have none. */
export function isShownName(value: unknown): value is string {
  return value === "" || isName(value);
}

/** Checks for a short text, such as a reason; may be empty. */
export function isDetail(value: unknown): value is string {
  return typeof value === "string" && value.isWellFormed() && value.length <= MAX_TEXT_BYTES;
}

/** Checks for the text of a message. */
export function isMessageText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.isWellFormed() &&
    !exceedsUtf8(value, MAX_TEXT_BYTES);
}
