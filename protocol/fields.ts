/**
 * Checks of parsed JSON that both parsers use.
 *
 * @module
 */

/** The fields of a JSON object, not yet checked. */
export type Fields = Readonly<Record<string, unknown>>;

/** Returns the fields of a line, or undefined if it is no JSON object. */
export function parseFields(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The most commas, brackets and braces of a client's JSON: a command has nine fields at most, and others
 * are ignored.
 */
const STRUCTURE = 32;

/** The most further commas, between the items of lists, where no keys are: a command names 100 people at most. */
const ITEMS = 128;

const enum Code {
  Quote = 0x22,
  Comma = 0x2c,
  Bracket = 0x5b,
  Backslash = 0x5c,
  BracketEnd = 0x5d,
  Brace = 0x7b,
}

/**
 * Returns false if JSON has more parts than any command needs. Parsing costs up to 7 µs for each part if every
 * one has a new key: 40 ms for 64 KiB, during which nobody else gets anything. Looking first costs
 * 1 ns for each character, and less in strings.
 */
export function isSimple(json: string): boolean {
  let [parts, items] = [0, 0];
  // Unknown behind a list or an object in a list, which no command has.
  let isInList = false;
  for (let at = 0; at < json.length; at++) {
    switch (json.charCodeAt(at)) {
      case Code.Quote:
        at = endOfString(json, at);
        break;
      case Code.Comma:
        if (isInList ? ++items > ITEMS : ++parts > STRUCTURE) return false;
        break;
      case Code.Bracket:
        isInList = true;
        if (++parts > STRUCTURE) return false;
        break;
      case Code.Brace:
        isInList = false;
        if (++parts > STRUCTURE) return false;
        break;
      case Code.BracketEnd:
        isInList = false;
    }
  }
  return true;
}

/** Returns the position of the quote that ends a string which begins at `start`, or the length without one. */
function endOfString(json: string, start: number): number {
  for (let at = start;;) {
    at = json.indexOf('"', at + 1);
    if (at === -1) return json.length;
    let first = at;
    while (json.charCodeAt(first - 1) === Code.Backslash) first--;
    if ((at - first) % 2 === 0) return at;
  }
}

/** Checks for a JSON object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Checks for an array of items that `isItem` accepts. */
export function isList<T>(value: unknown, isItem: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.every(isItem);
}

/** Checks for a string. */
export function isString(value: unknown): value is string {
  return typeof value === "string";
}

/** Checks for a boolean. */
export function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

/** Checks for a count: a whole number, neither negative nor too large to be exact. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** Checks for an amount, such as a rate or a time: a number from 0 on that may have a fraction. */
export function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

/**
 * Replaces what can't be stored or sent with U+FFFD: NUL, at which SQLite ends a text when it reads one, and
 * lone surrogates, which UTF-8 does not have.
 */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\ufffd");
}
