import { at, before, isSpace, isSpaced } from "../../protocol/characters.ts";
import type { Delimiter } from "./emphasis.ts";
import { emphasize } from "./pairs.ts";
import type { Inline } from "./tree.ts";

/** Two bars that may begin or end a spoiler. */
export interface Bars {
  readonly kind: "bars";
  /** The index behind them in the text. */
  readonly end: number;
  readonly opens: boolean;
  readonly closes: boolean;
}

/** Finds the two bars at an index. In `a || b`, `(x)||y` and `||v||^2` there are none. */
export function findBars(text: string, start: number): Bars | undefined {
  const end = start + 2;
  const [previous, next] = [before(text, start), at(text, end)];
  if (!text.startsWith("||", start) || previous === "|" || next === "|") return undefined;
  if (isSpace(previous) && isSpace(next)) return undefined;
  const opens = !isSpace(next) && !isSpaced(previous) && !/^[)\]}&=\\/]/.test(previous) &&
    !/^[)\]}&=]/.test(next);
  const closes = !isSpace(previous) && !isSpaced(next) && !/^[([{&=\\]/.test(previous) &&
    !/^[=^_]/.test(next);
  return { kind: "bars", end, opens, closes };
}

/** Puts spoilers in the place of bars that fit and what is between them, and text in that of the other bars. */
export function hideSpoilers(
  parts: readonly (Inline | Delimiter | Bars)[],
  text: string,
): (Inline | Delimiter)[] {
  const done: (Inline | Delimiter)[] = [];
  let open: { readonly place: number; readonly end: number } | undefined;
  for (const part of parts) {
    if (part.kind !== "bars") {
      done.push(part);
    } else if (open !== undefined && part.closes && done.length > open.place + 1) {
      const children = emphasize(done.slice(open.place + 1), text, open.end);
      done.length = open.place;
      done.push({ kind: "spoiler", children });
      open = undefined;
    } else {
      open = part.opens ? { place: done.length, end: part.end } : undefined;
      done.push({ kind: "text", text: "||" });
    }
  }
  return done;
}
