/**
 * Reads a message's text as Markdown. The library only takes the text apart; what it finds becomes a small
 * tree of plain values, of which the view makes elements. There is never any HTML, so there is none to
 * clean.
 *
 * @module
 */
import { Lexer, type MarkedToken, type Token, Tokenizer } from "marked";
import { replaceShortcodes } from "./emoji.ts";

/** A part of a line. */
export type Inline =
  | { readonly kind: "text" | "code"; readonly text: string }
  | { readonly kind: "strong" | "em" | "del"; readonly children: readonly Inline[] }
  | { readonly kind: "link"; readonly href: string; readonly children: readonly Inline[] }
  | { readonly kind: "break" };

/** A part of a message. */
export type Block =
  | { readonly kind: "paragraph"; readonly children: readonly Inline[] }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "quote"; readonly children: readonly Block[] }
  | {
    readonly kind: "list";
    /** The first number of a numbered list. */
    readonly start: number | undefined;
    readonly items: readonly (readonly Block[])[];
  };

/** A line that begins with more marks of quotes and lists than this is no Markdown of a person's. */
const DEEP = /^(?:[ \t]*(?:>|[-*+]|\d{1,9}[.)])){9}/m;
/** Taking apart this many marks takes a few ms; the time grows with the square. */
const MARKS = 400;
const MARK = /[*_~[\]`]/g;

/** What a chat has no use for is left to be text. */
class ChatTokenizer extends Tokenizer {
  override heading(): undefined {}
  override lheading(): undefined {}
  override hr(): undefined {}
  override html(): undefined {}
  override tag(): undefined {}
  override table(): undefined {}
  override def(): undefined {}
  override reflink(): undefined {}
  override code(): undefined {}
}

const options = { gfm: true, breaks: true, tokenizer: new ChatTokenizer() };

/** Takes a text apart. It never throws; what would take too long to read is one paragraph of text. */
export function parseText(text: string): Block[] {
  if (DEEP.test(text) || (text.match(MARK)?.length ?? 0) > MARKS) return plain(text);
  try {
    return blocks(new Lexer(options).lex(text));
  } catch {
    return plain(text);
  }
}

/**
 * The address of a link if it may be followed, else `undefined`.
 *
 * Only what leads to a page or a mail is taken, so neither `javascript:` nor `data:` is.
 */
export function safeHref(href: string): string | undefined {
  const url = URL.parse(href);
  return url && ["https:", "http:", "mailto:"].includes(url.protocol) ? url.href : undefined;
}

function plain(text: string): Block[] {
  const lines = text.split("\n").flatMap((line): Inline[] => [
    { kind: "break" },
    { kind: "text", text: line },
  ]);
  return [{ kind: "paragraph", children: lines.slice(1) }];
}

function blocks(tokens: readonly Token[]): Block[] {
  return tokens.filter(isKnown).flatMap((token): Block[] => {
    switch (token.type) {
      case "space":
        return [];
      case "code":
        return [{ kind: "code", text: token.text }];
      case "blockquote":
        return [{ kind: "quote", children: blocks(token.tokens) }];
      case "list":
        return [{
          kind: "list",
          start: token.ordered ? Number(token.start) : undefined,
          items: token.items.map((item) => {
            const content = blocks(item.tokens.filter(({ type }) => type !== "checkbox"));
            return item.task ? withBox(content, item.checked ?? false) : content;
          }),
        }];
      case "paragraph":
        return [paragraph(inlines(token.tokens))];
      case "text":
        return [paragraph(token.tokens ? inlines(token.tokens) : words(token.text))];
      default:
        return [paragraph(words(token.raw))];
    }
  });
}

/** An item of a list of tasks, with its box in its first line. */
function withBox(content: readonly Block[], checked: boolean): Block[] {
  const [first, ...rest] = content;
  const box: Inline = { kind: "text", text: checked ? "☑ " : "☐ " };
  return first?.kind === "paragraph"
    ? [paragraph([box, ...first.children]), ...rest]
    : [paragraph([box]), ...content];
}

function inlines(tokens: readonly Token[]): Inline[] {
  return tokens.filter(isKnown).flatMap((token): Inline[] => {
    switch (token.type) {
      case "strong":
      case "em":
      case "del":
        return [{ kind: token.type, children: inlines(token.tokens) }];
      case "codespan":
        return [{ kind: "code", text: token.text }];
      case "br":
        return [{ kind: "break" }];
      case "link":
      case "image": {
        const href = safeHref(token.href);
        if (href === undefined) return words(token.raw);
        const children = token.tokens.length > 0
          ? inlines(token.tokens)
          : [{ kind: "text", text: token.href } as const];
        // A link's own text may hold another link: only the outer one is one.
        return [{ kind: "link", href, children: children.flatMap(unlinked) }];
      }
      case "text":
        return token.tokens ? inlines(token.tokens) : words(token.text);
      case "escape":
        return words(token.text);
      default:
        return words(token.raw);
    }
  });
}

function unlinked(inline: Inline): readonly Inline[] {
  return inline.kind === "link" ? inline.children.flatMap(unlinked) : [inline];
}

function paragraph(children: readonly Inline[]): Block {
  return { kind: "paragraph", children };
}

function words(text: string): Inline[] {
  return text === "" ? [] : [{ kind: "text", text: replaceShortcodes(text) }];
}

/** Tokens of other types come from extensions, and there are none. */
function isKnown(token: Token): token is MarkedToken {
  return token.type !== "generic";
}
