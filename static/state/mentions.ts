import { nameKey } from "../../protocol/names.ts";
import { EVERYONE, EVERYONE_WORD } from "../../protocol/types.ts";
import { type Block, type Inline, readText } from "../text.ts";
import { insideOf } from "../text/tree.ts";

/** A part of a text: a mention of someone, or the text between mentions. */
export interface MentionPart {
  readonly text: string;
  /** The key of the name that is mentioned. */
  readonly mention?: string;
}

/** The names that may be mentioned, by their keys, see {@linkcode nameKey}. */
export interface KnownNames {
  /** All of them, one's own included. */
  readonly all: readonly string[];
  readonly own: string;
  /** The ids of those whose name is among them. */
  readonly ids?: ReadonlySet<string>;
  /** Whether `@room` reaches the reader, as the server has judged of this message; by default not. */
  readonly reachesAll?: boolean;
  /** Whether `@room` reaches all members. */
  readonly everyone?: boolean;
  /** Whether the message mentions people whose names are not known here: whatever follows `@` may be one. */
  readonly others?: boolean;
}

/** The names that may be mentioned in a message that mentions people with these ids, as the server has found them. */
export function namesFor(mentions: readonly string[], names: KnownNames): KnownNames {
  const everyone = mentions.includes(EVERYONE);
  const others = mentions.some((id) => id !== EVERYONE && names.ids?.has(id) !== true);
  return everyone || others ? { ...names, everyone, others } : names;
}

/** Letters of scripts that put spaces between words; Chinese has none around a name. */
const SPACED = "\\p{Script=Latin}\\p{Script=Cyrillic}\\p{Script=Greek}\\p{N}_";
/** Right behind one of these an `@` mentions nobody: it may be an address for mail. */
const WORD_BEFORE = new RegExp(`[${SPACED}.@/-]$`, "u");
/** Right before one of these a name doesn't end: it is the beginning of a longer one. */
const WORD_BEHIND = new RegExp(`^[${SPACED}\\p{M}]`, "u");
/** A name that is not known is taken to end with the word. */
const UNKNOWN = /^[\p{L}\p{M}\p{N}_-]{1,32}/u;
/** The longest name in UTF-16 code units. */
const NAME_UNITS = 64;
/** The most signs, and names tried behind them, in a message; the rest stays text, since both take time. */
const MOST = 1_000;

/**
 * Finds `@name` in a text. A name may have spaces in it, so the known ones are tried first, the longest at
 * the beginning; without regard to case. An unknown one is text, unless the message mentions others.
 *
 * @param budget of the signs and names that may still be tried; what is tried here is taken off
 */
export function splitMentions(
  text: string,
  { all, everyone = false, others = false }: Omit<KnownNames, "own">,
  budget = { left: MOST },
): MentionPart[] {
  const parts: MentionPart[] = [];
  const { keys, lengths } = indexOf(all);
  let begun = 0;
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    if (budget.left-- <= 0) break;
    if (WORD_BEFORE.test(text.slice(Math.max(0, at - 2), at))) continue;
    const rest = text.slice(at + 1, at + 1 + NAME_UNITS);
    const word = UNKNOWN.exec(rest)?.[0] ?? "";
    const isMeant = others || (everyone && nameKey(word) === EVERYONE_WORD);
    const name = knownName(rest) ?? (isMeant && word !== "" ? word : undefined);
    if (name === undefined) continue;
    if (at > begun) parts.push({ text: text.slice(begun, at) });
    parts.push({ text: `@${name}`, mention: nameKey(name) });
    begun = at + 1 + name.length;
    at = begun - 1;
  }
  if (begun < text.length) parts.push({ text: text.slice(begun) });
  return parts;

  function knownName(rest: string): string | undefined {
    for (const length of lengths) {
      const candidate = rest.slice(0, length);
      if (candidate.length < length || WORD_BEHIND.test(rest.slice(length))) continue;
      if (budget.left-- <= 0) break;
      if (keys.has(nameKey(candidate))) return candidate;
    }
    return undefined;
  }
}

/** Some names, and how long they are, the longest first. */
interface NameIndex {
  readonly keys: ReadonlySet<string>;
  readonly lengths: readonly number[];
}

/** A text may have thousands of parts, and all of them are searched for the same names. */
const indexes = new WeakMap<readonly string[], NameIndex>();

function indexOf(known: readonly string[]): NameIndex {
  const made = indexes.get(known);
  if (made) return made;
  const lengths = new Set(known.map(({ length }) => length));
  lengths.delete(0);
  const index = { keys: new Set(known), lengths: [...lengths].sort((a, b) => b - a) };
  indexes.set(known, index);
  return index;
}

/**
 * The mentions in the tree that {@linkcode readText} makes, by the texts that have an `@`: a mention stands neither in
 * code nor in a link. The view draws these parts and a notification asks them, so that both agree.
 */
export function mentionsIn(
  blocks: readonly Block[],
  known: KnownNames,
): ReadonlyMap<Block | Inline, readonly MentionPart[]> {
  const found = new Map<Block | Inline, MentionPart[]>();
  const budget = { left: MOST };
  forEachText(blocks, (part) => {
    if (part.text.includes("@")) found.set(part, splitMentions(part.text, known, budget));
  });
  return found;
}

/** Calls a function with each text that is neither in code nor in a link. */
export function forEachText(
  parts: readonly (Block | Inline)[],
  use: (part: Inline & { kind: "text" }) => void,
): void {
  for (const part of parts) {
    if (part.kind === "text") use(part);
    else if (part.kind !== "link") forEachText(insideOf(part), use);
  }
}

/** Whether a mention is one of the reader. */
export function isOwnMention(mention: string, { own, reachesAll = false }: KnownNames): boolean {
  return mention === own || (reachesAll && mention === EVERYONE_WORD);
}

/** Whether a message's text mentions its reader. */
export function mentionsOwn(text: string, known: KnownNames): boolean {
  if (known.own === "" || !text.includes("@")) return false;
  return [...mentionsIn(readText(text), known).values()].flat()
    .some(({ mention }) => mention !== undefined && isOwnMention(mention, known));
}
