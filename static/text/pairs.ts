import { BetweenDelimiters, type Delimiter, fit } from "./emphasis.ts";
import type { Inline } from "./tree.ts";

type Part = Inline | Delimiter;

/**
 * Finds the pairs among the delimiters of a text; one without another is text.
 *
 * @param from the index of the first part
 */
export function emphasize(parts: readonly Part[], text: string, from = 0): Inline[] {
  const done: Part[] = [];
  const progress = new BetweenDelimiters(text, from);
  parts.forEach((part, index) => {
    if (part.kind !== "delimiter") {
      done.push(part);
      return;
    }
    const between = progress.advance(part);
    while (part.closes && part.length > 0) {
      const place = done.findLastIndex((open, at) =>
        open.kind === "delimiter" && open.opens && fit(open, part, between, text) &&
        isWhole(open, part, done.slice(0, at), parts.slice(index + 1))
      );
      const open = done[place];
      if (open?.kind !== "delimiter") break;
      const children = done.splice(place + 1).map(toText);
      done.push(...pair(open, part, children));
      if (open.length === 0) done.splice(place, 1);
    }
    if (part.length > 0) done.push(part);
  });
  return done.map(toText);
}

/** Takes the marks of a pair, and returns the parts that stand in its place. */
function pair(open: Delimiter, close: Delimiter, children: readonly Inline[]): readonly Inline[] {
  const length = Math.min(open.length, close.length);
  const used = close.escaped || length < 3 ? length : 1;
  open.length -= used;
  close.length -= used;
  if (close.escaped) {
    const marks = { kind: "text", text: close.mark.repeat(used) } as const;
    return [marks, ...children, marks];
  }
  return [{ kind: close.mark === "~" ? "del" : used === 2 ? "strong" : "em", children }];
}

/** Whether all marks of a run of three find others, when a pair takes one or two of them. */
function isWhole(
  open: Delimiter,
  close: Delimiter,
  outside: readonly Part[],
  later: readonly Part[],
): boolean {
  if (open.length === close.length) return true;
  const rest = 3 - Math.min(open.length, close.length);
  function isRest(part: Part): part is Delimiter {
    return part.kind === "delimiter" && part.mark === close.mark && part.length === rest;
  }
  return close.length === 3
    ? outside.some((part) => isRest(part) && part.opens)
    : later.some((part) => isRest(part) && part.closes);
}

function toText(part: Part): Inline {
  if (part.kind !== "delimiter") return part;
  return { kind: "text", text: (part.escaped ? `\\${part.mark}` : part.mark).repeat(part.length) };
}
