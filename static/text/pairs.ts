import { BetweenDelimiters, type Delimiter, fit } from "./emphasis.ts";
import type { Inline } from "./tree.ts";

type Part = Inline | Delimiter;

/** Of more runs that nothing has ended yet the first ones are text: each run that may end one tries all of them. */
const MOST_OPEN = 50;

/** A run that may begin emphasis, and the index of its part. */
interface Opening {
  readonly run: Delimiter;
  readonly place: number;
}

/**
 * Finds the pairs among the delimiters of a text; one without another is text.
 *
 * @param from the index of the first part
 */
export function emphasize(parts: readonly Part[], text: string, from = 0): Inline[] {
  const done: Part[] = [];
  const open: Opening[] = [];
  const progress = new BetweenDelimiters(text, from);
  /** By mark and length, the index of the last run that may end something. */
  const closing = new Map<string, number>();
  parts.forEach((part, index) => {
    if (part.kind === "delimiter" && part.closes) closing.set(part.mark + part.length, index);
  });
  parts.forEach((part, index) => {
    if (part.kind !== "delimiter") {
      done.push(part);
      return;
    }
    const between = progress.advance(part);
    while (part.closes && part.length > 0) {
      const { mark, length } = part;
      // Of a run of three, one or two marks make a pair only where the others find one, too: outside or later.
      const isLast = length < 3 && (closing.get(mark + (3 - length)) ?? 0) <= index;
      const isOutside = (rest: number, at: number) =>
        open.some(({ run }, i) => i < at && run.mark === mark && run.length === rest);
      const at = open.findLastIndex(({ run }, at) =>
        (run.length === length || !isLast) && fit(run, part, between, text) &&
        (length < 3 || run.length === 3 || isOutside(3 - run.length, at))
      );
      const found = open[at];
      if (found === undefined) break;
      const { run, place } = found;
      const children = done.splice(place + 1).map(toText);
      done.push(...pair(run, part, children));
      if (run.length === 0) done.splice(place, 1);
      open.length = run.length === 0 ? at : at + 1;
    }
    if (part.length === 0) return;
    if (part.opens && open.push({ run: part, place: done.length }) > MOST_OPEN) open.shift();
    done.push(part);
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

function toText(part: Part): Inline {
  if (part.kind !== "delimiter") return part;
  return { kind: "text", text: (part.escaped ? `\\${part.mark}` : part.mark).repeat(part.length) };
}
