import { foldRoom } from "../../protocol/addresses.ts";
import type { Block, Inline } from "../text.ts";
import { forEachText, type MentionPart } from "./mentions.ts";

/** A part of a text: the name of a room, or the text between such names. */
export interface RoomPart {
  readonly text: string;
  /** The address within the page, such as `#/lobby`. */
  readonly href?: string;
}

/** `#room`, and the address of a room or a message in it: `#/room`, `#/room/12`. */
const ROOM = /#(\/?)([~\p{L}\p{M}\p{N}_-]{1,64})(\/[0-9]{1,15})?/gu;
/** Right behind one of these a `#` is a part of something longer. */
const WITHIN = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}_#&/=-]$/u;
/** A script that puts no spaces between words: a name may end before any of its letters. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
/** The most addresses tried in a message, of which each link takes the place of a few; the rest stays text. */
const MOST = 500;
const LINK = 4;

/**
 * Finds the rooms that are named in a text, of those that are known; whatever else begins with `#` is text.
 *
 * @param known the addresses of rooms
 * @param budget of the addresses that may still be tried; what is tried here is taken off
 */
export function splitRooms(
  text: string,
  known: ReadonlySet<string>,
  budget = { left: MOST },
): RoomPart[] {
  const parts: RoomPart[] = [];
  let begun = 0;
  for (
    const { 0: whole, 1: slash = "", 2: typed = "", 3: seq = "", index } of text.matchAll(ROOM)
  ) {
    if (budget.left <= 0) break;
    if (WITHIN.test(text.slice(Math.max(0, index - 2), index))) continue;
    const isAddress = slash !== "";
    const name = knownRoom(typed, known, isAddress, budget);
    if (name === undefined) continue;
    budget.left -= LINK;
    const isWhole = name.length === typed.length;
    const end = isAddress && isWhole
      ? index + whole.length
      : index + 1 + slash.length + name.length;
    if (index > begun) parts.push({ text: text.slice(begun, index) });
    const href = `#/${foldRoom(name)}${isAddress && isWhole ? seq : ""}`;
    parts.push({ text: text.slice(index, end), href });
    begun = end;
  }
  if (begun < text.length) parts.push({ text: text.slice(begun) });
  return parts;
}

/** The known room that a text begins with: the whole text, or a part of it that ends beside Chinese and the like. */
function knownRoom(
  typed: string,
  known: ReadonlySet<string>,
  isAddress: boolean,
  budget: { left: number },
): string | undefined {
  for (let end = typed.length; end > 0 && budget.left > 0; end--) {
    if (end < typed.length && (isAddress || !UNSPACED.test(typed.slice(end - 1, end + 1)))) {
      continue;
    }
    const name = typed.slice(0, end);
    budget.left--;
    if (known.has(foldRoom(name))) return name;
  }
  return undefined;
}

/**
 * The rooms that a message names, by its texts with a `#` and those between its mentions.
 *
 * @param mentions see {@linkcode mentionsIn}
 */
export function roomsIn(
  blocks: readonly Block[],
  mentions: ReadonlyMap<Block | Inline, readonly MentionPart[]>,
  known: ReadonlySet<string>,
): ReadonlyMap<MentionPart, readonly RoomPart[]> {
  const found = new Map<MentionPart, readonly RoomPart[]>();
  const budget = { left: MOST };
  forEachText(blocks, (part) => {
    const parts: readonly MentionPart[] = mentions.get(part) ?? [part];
    for (const each of parts) {
      if (each.mention === undefined && each.text.includes("#")) {
        found.set(each, splitRooms(each.text, known, budget));
      }
    }
  });
  return found;
}

/**
 * The address within the page that a link of this chat leads to; `undefined` for all other links.
 *
 * @param base the page's address
 */
export function addressInPage(href: string, base: string): string | undefined {
  if (!href.startsWith(`${base}#/`)) return undefined;
  const address = href.slice(base.length);
  return /^#\/[^/]+(?:\/\d+)?$/.test(address) ? address : undefined;
}
