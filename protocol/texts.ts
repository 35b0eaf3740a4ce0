/**
 * Reading the text of a message that a client sends or edits.
 *
 * @module
 */
import { isBlank } from "./blank.ts";
import type { CommandLimits } from "./capability.ts";
import { errorOf, typeName } from "./command_fields.ts";
import { storable } from "./fields.ts";
import type { ErrorLine } from "./types.ts";
import { exceedsUtf8, utf8Bytes } from "./utf8.ts";

/** The command that a text is read for. */
export interface TextCommand {
  /** The command in an error: "Cannot <verb>: …". */
  readonly verb: string;
  /** The id of the command. */
  readonly ref: string;
  readonly limits: CommandLimits;
  /** Whether it may have nothing to see, which makes it empty; by default false. */
  readonly mayBeEmpty?: boolean;
}

/** Returns a text as it is stored, or the error to answer with, which never repeats it. */
export function readText(
  raw: unknown,
  { verb, ref, limits, mayBeEmpty = false }: TextCommand,
): string | ErrorLine {
  if (typeof raw !== "string") {
    const message = `Cannot ${verb}: text must be a string, received ${typeName(raw)}`;
    return errorOf("bad_value", message, ref);
  }
  const text = storable(raw);
  if (exceedsUtf8(text, limits.message)) {
    const message =
      `Cannot ${verb}: text must be at most ${limits.message} bytes of UTF-8, received ${
        utf8Bytes(text)
      }`;
    return errorOf("too_long", message, ref);
  }
  if (isBlank(text)) {
    if (mayBeEmpty) return "";
    return errorOf("empty", `Cannot ${verb}: the text has no visible characters`, ref);
  }
  return text;
}
