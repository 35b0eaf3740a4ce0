import { findUrl } from "../../protocol/text_links.ts";
import { PREVIEW_URL_CHARACTERS, PREVIEWS } from "../../protocol/previews.ts";

/** The beginnings of addresses that are looked at: a text may have thousands that are none. */
const TRIES = 50;

/** Code and spoilers: their links have no previews. */
const HIDDEN = [/```[\s\S]*?(?:```|$)/g, /`[^`\n]*`/g, /\|\|[\s\S]*?\|\|/g];

/** Returns the first different addresses of the web that a text links to, as they stand in it. */
export function linksIn(text: string): string[] {
  if (!text.includes("://")) return [];
  const visible = HIDDEN.reduce((rest, hidden) => rest.replace(hidden, " "), text);
  const found = new Set<string>();
  const beginning = /https?:\/\//gi;
  for (let tries = 0; tries < TRIES && found.size < PREVIEWS; tries++) {
    const match = beginning.exec(visible);
    if (match === null) break;
    // The character before it counts: a part is enough, since a longer address has no preview.
    const start = Math.max(0, match.index - 2);
    const part = visible.slice(start, match.index + PREVIEW_URL_CHARACTERS + 2);
    const link = findUrl(part, match.index - start);
    if (link === undefined) continue;
    const url = part.slice(match.index - start, link.end);
    beginning.lastIndex = start + link.end;
    if (url.length <= PREVIEW_URL_CHARACTERS && text.includes(url)) found.add(url);
  }
  return [...found];
}
