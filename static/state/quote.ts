import type { Message } from "../../protocol/mod.ts";
import { shownText } from "../text.ts";

/** The message that another one answers. */
export interface Quote {
  readonly seq: number;
  /** Absent if it is not here. */
  readonly message: Message | undefined;
}

/** The longest beginning of a quoted text, in characters: it is shown in one line. */
const EXCERPT = 160;

/**
 * The beginning of a text in one line, without its markup. All of the text is read first: where a spoiler ends may be far
 * behind its beginning.
 *
 * @param spoiler what stands in the place of each
 */
export function excerpt(text: string, spoiler: string): string {
  const start = shownText(text, spoiler).slice(0, EXCERPT * 4);
  const characters = [...start.replace(/\s+/g, " ").trim()];
  return characters.length > EXCERPT
    ? `${characters.slice(0, EXCERPT).join("")}…`
    : characters.join("");
}
