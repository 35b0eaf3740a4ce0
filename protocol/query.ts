/**
 * Reading what a person searches for. Every text is a search: what is no operator is a text to find.
 *
 * @module
 */
import { type Phrase, phraseOf } from "./words.ts";

const MINUTE_MS = 60_000;

/** The most words and phrases of a search that count, and operators likewise; what follows is ignored. */
const PARTS_LIMIT = 32;

/** The most words of all phrases together. A longer phrase is cut, and so finds more. */
const WORDS_LIMIT = 32;

/**
 * The most beginnings of words that count, and the characters of those that always do, since the index has them. For each
 * other one it looks through all words with that beginning, of which somebody may have written a million.
 */
const OPEN_LIMIT = 4;
const INDEXED_CHARACTERS = 3;

/** A search, read. */
export interface SearchQuery {
  /** The phrases that a message must have, all of them. */
  readonly phrases: readonly Phrase[];
  /** The names of its author: one of these, if there are any. */
  readonly from: readonly string[];
  /** The rooms that it is in: one of these, if there are any. */
  readonly rooms: readonly string[];
  /** The earliest time that it was sent at, in ms since 1970. */
  readonly since: number;
  /** The time that it was sent before, in ms since 1970. */
  readonly until: number;
  /** Whether it must have a file. */
  readonly hasFile: boolean;
  /** Whether it must have a picture. */
  readonly hasImage: boolean;
}

const QUOTES = `"“”„`;
const ITEM = new RegExp(
  `(?:(from|in|before|after|has)[:：])?(?:[${QUOTES}]([^${QUOTES}]*)[${QUOTES}]?|([^\\s${QUOTES}]+))`,
  "giu",
);

/** The part of a search in which it is sought when a text is written down. */
interface Item {
  readonly whole: string;
  readonly operator: string | undefined;
  readonly value: string;
  readonly isQuoted: boolean;
}

/**
 * Reads a search.
 *
 * @param offset The minutes by which the local time of the person is ahead of UTC.
 */
export function parseQuery(text: string, offset = 0): SearchQuery {
  const phrases: Phrase[] = [];
  const from: string[] = [];
  const rooms: string[] = [];
  let [since, until, hasFile, hasImage] = [0, Infinity, false, false];
  for (const item of itemsOf(text)) {
    const { operator, value } = item;
    const period = operator === "before" || operator === "after"
      ? parsePeriod(value, offset)
      : undefined;
    if (operator === "from" && value !== "") push(from, value);
    else if (operator === "in" && value !== "") push(rooms, value);
    else if (operator === "before" && period) until = Math.min(until, period.start);
    else if (operator === "after" && period) since = Math.max(since, period.end);
    else if (operator === "has" && /^files?$/i.test(value)) hasFile = true;
    else if (operator === "has" && /^images?$/i.test(value)) hasImage = true;
    else addPhrase(phrases, item);
  }
  return { phrases: cut(phrases), from, rooms, since, until, hasFile, hasImage };
}

function itemsOf(text: string): Item[] {
  return Array.from(text.matchAll(ITEM), ([whole, operator, quoted, word]) => ({
    whole,
    operator: operator?.toLowerCase(),
    value: (quoted ?? word ?? "").normalize("NFKC").trim(),
    isQuoted: quoted !== undefined,
  }));
}

function addPhrase(phrases: Phrase[], { whole, isQuoted }: Item): void {
  const isOpen = !isQuoted && whole.endsWith("*");
  const phrase = phraseOf(whole, isOpen);
  if (phrase === undefined || phrases.some((other) => isSame(phrase, other))) return;
  if (isCostly(phrase) && phrases.filter(isCostly).length === OPEN_LIMIT) return;
  push(phrases, phrase);
}

function isSame(one: Phrase, other: Phrase): boolean {
  return one.isOpen === other.isOpen && one.words.join(" ") === other.words.join(" ");
}

function isCostly({ words, isOpen }: Phrase): boolean {
  return isOpen && [...words.at(-1) ?? ""].length > INDEXED_CHARACTERS;
}

function push<T>(list: T[], item: T): void {
  if (list.length < PARTS_LIMIT) list.push(item);
}

function cut(phrases: readonly Phrase[]): Phrase[] {
  let left = WORDS_LIMIT;
  return phrases.flatMap((phrase) => {
    const { words } = phrase;
    if (left === 0) return [];
    const kept = words.slice(0, left);
    left -= kept.length;
    return kept.length === words.length ? phrase : { words: kept, isOpen: false };
  });
}

/** A span of time, in ms since 1970; the end is excluded. */
interface Period {
  readonly start: number;
  readonly end: number;
}

/** Reads a day, month or year of the local time, or a moment in ISO 8601. */
function parsePeriod(value: string, offset: number): Period | undefined {
  const local = /^(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?$/.exec(value);
  if (local === null) {
    const moment = /^\d{4}-\d\d-\d\dT/.test(value) ? Date.parse(value) : NaN;
    return Number.isNaN(moment) ? undefined : { start: moment, end: moment + 1 };
  }
  const [year, month, day] = [local[1], local[2], local[3]].map((part) => part && Number(part));
  const [y, m, d] = [Number(year), Number(month ?? 1), Number(day ?? 1)];
  if (y < 1970 || m < 1 || m > 12 || d < 1 || d > new Date(Date.UTC(y, m, 0)).getUTCDate()) {
    return undefined;
  }
  const end = day !== undefined
    ? Date.UTC(y, m - 1, d + 1)
    : month !== undefined
    ? Date.UTC(y, m, 1)
    : Date.UTC(y + 1, 0, 1);
  const shift = offset * MINUTE_MS;
  return { start: Date.UTC(y, m - 1, d) - shift, end: end - shift };
}
