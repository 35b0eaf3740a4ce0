/**
 * Rules for the documents: every relative link leads somewhere, and the words are the field's.
 *
 * @module
 */
import { posix } from "node:path";

/** Inline links and pictures of Markdown; a title behind the address is left out. */
const LINK = /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g;
const FENCE = /^```[^]*?^```$/gm;
const HEADING = /^#{1,6} +(.+?) *#*$/gm;

/**
 * Finds the links of a document that lead nowhere: to a file or folder that does not exist, or to a
 * heading that its document does not have. Addresses with a scheme are not checked.
 *
 * @param path The document's path, relative to the project's root, with `/`.
 * @param documents The text of every document, by path.
 * @param exists Whether a path, relative to the root, exists.
 * @returns One line for each broken link.
 */
export function brokenLinks(
  path: string,
  documents: ReadonlyMap<string, string>,
  exists: (path: string) => boolean,
): string[] {
  const text = (documents.get(path) ?? "").replace(FENCE, "");
  const broken: string[] = [];
  for (const [, address = ""] of text.matchAll(LINK)) {
    if (/^[a-z][a-z0-9+.-]*:/i.test(address)) continue;
    const [file = "", anchor] = address.split("#");
    const target = file === "" ? path : posix.join(posix.dirname(path), file);
    if (!exists(target)) broken.push(`${path}: ${address} does not exist`);
    else if (anchor !== undefined && !anchorsOf(documents.get(target) ?? "").has(anchor)) {
      broken.push(`${path}: ${address} has no such heading`);
    }
  }
  return broken;
}

/** Lists the anchors that GitHub makes of a document's headings. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of text.replace(FENCE, "").matchAll(HEADING)) {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const anchor = words.replace(/[^\p{L}\p{N}\p{M}_ -]/gu, "").replaceAll(" ", "-");
    let unique = anchor;
    for (let n = 1; anchors.has(unique); n++) unique = `${anchor}-${n}`;
    anchors.add(unique);
  }
  return anchors;
}

/** Words of tales, where the field has terms: sent, received, recovers, automatically, permanently. */
const TALES =
  /\b(?:whoever|whosoever|for ever|by itself|by themselves|hears?|mends?|told|borne)\b/gi;

/** Lists the words of a document that {@linkcode TALES} has; code does not count. */
export function taleWords(text: string): string[] {
  return text.replace(FENCE, "").replace(/`[^`]*`/g, "").match(TALES) ?? [];
}
