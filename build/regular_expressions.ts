/**
 * A rule for regular expressions on the way of untrusted input: none may take more than linear time.
 *
 * @module
 */

/**
 * Lists the regular expression literals of a module, without their flags. Comments, strings and templates are
 * skipped; a slash after a value is a division.
 */
export function regularExpressionsOf(source: string): string[] {
  const found: string[] = [];
  let before = "";
  for (let at = 0; at < source.length;) {
    const char = source.charAt(at);
    const two = source.slice(at, at + 2);
    if (two === "//") {
      at = endOf(source, "\n", at);
    } else if (two === "/*") {
      at = endOf(source, "*/", at + 2);
    } else if (char === '"' || char === "'" || char === "`") {
      at = endOfQuoted(source, at);
      before = '"';
    } else if (char === "/" && two !== "/>" && /^$|[(,=:[!&|?{};+>]$|\breturn$/.test(before)) {
      const end = endOfRegularExpression(source, at);
      found.push(source.slice(at + 1, end - 1));
      at = end;
      before = "/";
    } else {
      if (!/\s/.test(char)) before = (before + char).slice(-8);
      at++;
    }
  }
  return found;
}

/** Lists the names of the regular expressions that a module makes of strings; `?` for one that has none. */
export function madeExpressionsOf(source: string): string[] {
  return Array.from(
    source.matchAll(/(?:\bconst (\w+) =\s+)?\bnew RegExp\(/g),
    ([, name = "?"]) => name,
  );
}

/**
 * Whether a regular expression is sure to take linear time: it has no unbounded repetition, or one at most
 * and begins at the start of the text, or is nothing but a repeated class of characters.
 */
export function isLinear(pattern: string): boolean {
  const plain = pattern.replace(/\\./g, "x").replace(/\[[^\]]*\]/g, "x");
  const repetitions = plain.match(/(?<!\()[*+]|\{\d+,\}/g)?.length ?? 0;
  if (repetitions === 0) return true;
  // A group that is repeated a few times multiplies the one inside of it.
  if (plain.includes("){")) return false;
  return repetitions === 1 && (plain.startsWith("^") && !plain.includes("|") || plain === "x+");
}

function endOf(source: string, mark: string, from: number): number {
  const at = source.indexOf(mark, from);
  return at === -1 ? source.length : at + mark.length;
}

function endOfQuoted(source: string, start: number): number {
  const quote = source.charAt(start);
  let at = start + 1;
  while (at < source.length && source.charAt(at) !== quote) {
    at += source.charAt(at) === "\\" ? 2 : 1;
  }
  return at + 1;
}

function endOfRegularExpression(source: string, start: number): number {
  let inClass = false;
  let at = start + 1;
  for (; at < source.length; at++) {
    const char = source.charAt(at);
    if (char === "\\") at++;
    else if (char === "[") inClass = true;
    else if (char === "]") inClass = false;
    else if (char === "/" && !inClass) break;
  }
  return at + 1;
}
