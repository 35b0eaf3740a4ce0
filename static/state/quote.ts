import type { Message } from "../../protocol/mod.ts";
import { replaceShortcodes } from "../emoji.ts";

/** The message that another one answers. */
export interface Quote {
  readonly seq: number;
  /** Absent if it is not here. */
  readonly message: Message | undefined;
}

/** The longest beginning of a quoted text, in characters: it is shown in one line. */
const EXCERPT = 160;

/** The beginning of a text in one line, without its markup; what is hidden in it stays so. */
export function excerpt(text: string): string {
  const line = replaceShortcodes(text.slice(0, EXCERPT * 4))
    .replace(/\|\|(?:[^|]|\|(?!\|))*(?:\|\||$)/g, "▒▒▒")
    .replace(/^[ \t]*(?:>|#{1,6}[ \t]|```\w*)/gm, "")
    .replace(/\*\*|__|~~|`/g, "")
    .replace(/\s+/g, " ")
    .trim();
  const characters = [...line];
  return characters.length > EXCERPT ? `${characters.slice(0, EXCERPT).join("")}…` : line;
}
