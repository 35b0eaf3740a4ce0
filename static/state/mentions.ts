import { nameKey } from "../../protocol/names.ts";

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
/** Nobody means so many people: what follows is left to be text, since finding names takes its time. */
const MOST = 100;

/**
 * Finds `@name` in a text. A name may have spaces in it, so the known ones are tried first, the longest at
 * the beginning; without regard to case.
 *
 * @param known the keys of names, see {@linkcode nameKey}
 */
export function splitMentions(text: string, known: readonly string[]): MentionPart[] {
  const parts: MentionPart[] = [];
  const keys = Map.groupBy(new Set(known), ({ length }) => length);
  const lengths = [...keys.keys()].filter((length) => length > 0).sort((a, b) => b - a);
  let begun = 0;
  let signs = 0;
  for (let at = text.indexOf("@"); at >= 0 && signs++ < MOST; at = text.indexOf("@", at + 1)) {
    if (WORD_BEFORE.test(text.slice(Math.max(0, at - 2), at))) continue;
    const rest = text.slice(at + 1, at + 1 + NAME_UNITS);
    const name = knownName(rest) ?? UNKNOWN.exec(rest)?.[0];
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
      if (keys.get(length)?.includes(nameKey(candidate))) return candidate;
    }
    return undefined;
  }
}

/** Whether a text mentions somebody. */
export function mentions(text: string, name: string): boolean {
  if (name === "" || !text.includes("@")) return false;
  const key = nameKey(name);
  return splitMentions(text, [key]).some(({ mention }) => mention === key);
}
