import {
  contentLines,
  contentOf,
  type ContentSource,
  faultOf,
  printContentLine,
} from "./contents.ts";
import type { ArchiveLine } from "./format.ts";

/**
 * Returns lines, and the bytes of files behind those of the files.
 *
 * @param onLost Called with the id of a content that is damaged or missing.
 */
export async function* withContents(
  lines: Iterable<ArchiveLine>,
  source: ContentSource,
  onLost: (content: string) => void,
): AsyncGenerator<ArchiveLine> {
  const seen = new Set<string>();
  for (const line of lines) {
    yield line;
    if (line.type !== "file" || seen.has(line.content)) continue;
    seen.add(line.content);
    const content = contentOf(line);
    // Looked at first: what is written can't be taken back.
    if (await faultOf(source, content) === undefined) yield* contentLines(source, content);
    else {
      onLost(content.id);
      yield { type: "lost", content: content.id };
    }
  }
}

/** Prints a line. */
export function printArchiveLine(line: ArchiveLine): string {
  return line.type === "bytes" ? printContentLine(line) : JSON.stringify(line);
}
