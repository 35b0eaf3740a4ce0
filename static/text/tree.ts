/** A part of a line. */
export type Inline =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "code"; readonly text: string }
  | {
    readonly kind: "strong" | "em" | "del" | "spoiler";
    readonly children: readonly Inline[];
  }
  | { readonly kind: "link"; readonly href: string; readonly children: readonly Inline[] }
  | { readonly kind: "break" };

/** The side to which the cells of a column are aligned. */
export type Alignment = "start" | "center" | "end" | undefined;

/** A table; each row has as many cells as there are columns. */
export interface Table {
  readonly kind: "table";
  readonly columns: readonly Alignment[];
  /** The first row has the titles of the columns. */
  readonly rows: readonly (readonly (readonly Inline[])[])[];
}

/** A part of a message. */
export type Block =
  | { readonly kind: "paragraph"; readonly children: readonly Inline[] }
  | {
    readonly kind: "heading";
    /** From 1, the largest, to 6. */
    readonly level: number;
    readonly children: readonly Inline[];
  }
  | {
    readonly kind: "code";
    readonly text: string;
    /** The name behind the fence. */
    readonly language?: string;
  }
  | { readonly kind: "quote"; readonly children: readonly Block[] }
  | {
    readonly kind: "list";
    /** Whether each item begins with a number, which is text as it was typed. */
    readonly ordered: boolean;
    readonly items: readonly (readonly Block[])[];
  }
  | Table;

/** The lines of a text, with breaks between them. */
export function linesOf(text: string): Inline[] {
  return text.split("\n").flatMap((line): Inline[] => [
    { kind: "break" },
    ...line === "" ? [] : [{ kind: "text", text: line } as const],
  ]).slice(1);
}

/** The parts directly inside of another. */
export function insideOf(part: Block | Inline): readonly (Block | Inline)[] {
  switch (part.kind) {
    case "text":
    case "code":
    case "break":
      return [];
    case "list":
      return part.items.flat();
    case "table":
      return part.rows.flat(2);
    default:
      return part.children;
  }
}

/**
 * The text that readers see of some parts of a line, without markup.
 *
 * @param spoiler the text in the place of spoilers; they are shown without it
 */
export function plainText(parts: readonly Inline[], spoiler?: string): string {
  return parts.map((part) => {
    switch (part.kind) {
      case "text":
      case "code":
        return part.text;
      case "break":
        return "\n";
      case "spoiler":
        return spoiler ?? plainText(part.children);
      default:
        return plainText(part.children, spoiler);
    }
  }).join("");
}

/** The same of some blocks, each on a line of its own. */
export function plainBlocks(blocks: readonly Block[], spoiler?: string): string {
  return blocks.map((block): string => {
    switch (block.kind) {
      case "code":
        return block.text;
      case "quote":
        return plainBlocks(block.children, spoiler);
      case "list":
        return block.items.map((item) => plainBlocks(item, spoiler)).join("\n");
      case "table":
        return block.rows.map((row) => row.map((cell) => plainText(cell, spoiler)).join("\t"))
          .join("\n");
      default:
        return plainText(block.children, spoiler);
    }
  }).join("\n");
}
