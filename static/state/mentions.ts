import { nameKey } from "../../names.ts";

/** A part of a text: a mention of somebody, or what lies between. */
export interface MentionPart {
  readonly text: string;
  /** The key of the name that is mentioned. */
  readonly mention?: string;
}

/** Letters of scripts that put spaces between words; Chinese has none around a name. */
const SPACED = "\\p{Script=Latin}\\p{Script=Cyrillic}\\p{Script=Greek}\\p{N}_";
/** What may not stand right before an `@`, or an address of mail would mention somebody. */
const WORD_BEFORE = new RegExp(`[${SPACED}.@-]$`, "u");
/** What may not stand right behind a name, or it would be the beginning of a longer one. */
const WORD_BEHIND = new RegExp(`^[${SPACED}\\p{M}]`, "u");
/** A name nobody here has is taken to end with the word. */
const UNKNOWN = /^[\p{L}\p{M}\p{N}_-]{1,32}/u;
/** The longest name in UTF-16 code units. */
const NAME_UNITS = 64;

/**
 * Finds `@name` in a text. A name may have spaces in it, so the known ones are tried first, the longest at
 * the beginning; without regard to case.
 *
 * @param known the keys of names, see {@linkcode nameKey}
 */
export function splitMentions(text: string, known: readonly string[]): MentionPart[] {
  const parts: MentionPart[] = [];
  let begun = 0;
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    if (WORD_BEFORE.test(text.slice(Math.max(0, at - 2), at))) continue;
    const rest = text.slice(at + 1, at + 1 + NAME_UNITS);
    const name = knownName(rest, known) ?? UNKNOWN.exec(rest)?.[0];
    if (name === undefined) continue;
    if (at > begun) parts.push({ text: text.slice(begun, at) });
    parts.push({ text: `@${name}`, mention: nameKey(name) });
    begun = at + 1 + name.length;
    at = begun - 1;
  }
  if (begun < text.length) parts.push({ text: text.slice(begun) });
  return parts;
}

/** Whether a text mentions somebody. */
export function mentions(text: string, name: string): boolean {
  if (name === "" || !text.includes("@")) return false;
  const key = nameKey(name);
  return splitMentions(text, [key]).some(({ mention }) => mention === key);
}

function knownName(rest: string, known: readonly string[]): string | undefined {
  let longest: string | undefined;
  for (const key of known) {
    if (key === "" || key.length <= (longest?.length ?? 0)) continue;
    const candidate = rest.slice(0, key.length);
    if (nameKey(candidate) === key && !WORD_BEHIND.test(rest.slice(key.length))) {
      longest = candidate;
    }
  }
  return longest;
}
