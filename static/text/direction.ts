import { type Block, type Inline, insideOf } from "./tree.ts";

/** A letter of a script that is written from right to left, or the mark of that direction. */
const RIGHT_TO_LEFT =
  /^[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}\u200f]/u;
const STRONG = /[\p{L}\u200e\u200f]/u;

/** The direction of some blocks: that of their first letter outside of code. */
export function directionOf(blocks: readonly Block[]): "ltr" | "rtl" {
  const letter = STRONG.exec(blocks.map(textOf).join("\n"))?.[0] ?? "";
  return RIGHT_TO_LEFT.test(letter) ? "rtl" : "ltr";
}

function textOf(part: Block | Inline): string {
  switch (part.kind) {
    case "text":
      return part.text;
    case "code":
    case "break":
      return "\n";
    default:
      return insideOf(part).map(textOf).join(part.kind === "list" ? "\n" : "");
  }
}
