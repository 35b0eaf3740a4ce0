/**
 * Reads how a web page describes itself in its head.
 *
 * @module
 */
import { Tokenizer } from "htmlparser2";
import {
  PREVIEW_DESCRIPTION_CHARACTERS,
  PREVIEW_SITE_CHARACTERS,
  PREVIEW_TITLE_CHARACTERS,
} from "../../protocol/previews.ts";

/** A page's own description. */
export interface PageDescription {
  readonly title: string;
  readonly description?: string;
  readonly site?: string;
  /** The address of its picture, as the page says it. */
  readonly image?: string;
}

/** The bytes at the beginning of a page in which it may say what its charset is, as browsers look for it. */
const CHARSET_BYTES = 1024;

/** The characters of a title's pieces that are kept, and of an attribute: more than is shown. */
const KEPT_CHARACTERS = 4 * 1024;

/** The names of properties that are read, each with what it is; what stands first counts most. */
const PROPERTIES = {
  title: ["og:title", "twitter:title"],
  description: ["og:description", "twitter:description", "description"],
  site: ["og:site_name", "application-name"],
  image: ["og:image", "og:image:url", "og:image:secure_url", "twitter:image"],
} as const;

/** The attributes of `meta` that are read. */
const META_ATTRIBUTES: ReadonlySet<string> = new Set(["property", "name", "content"]);

/**
 * The bytes that are read at once: a page that arrives byte by byte must not cost more, and the text up to a block is
 * copied for it.
 */
const BLOCK_BYTES = 32 * 1024;

const NAMES: ReadonlySet<string> = new Set(Object.values(PROPERTIES).flat());

/**
 * Reads a page while it arrives, and ignores everything after its head. The work is in proportion to the size of the
 * page, whatever it says: no tree is built, and no element is remembered.
 */
export class PageReader {
  readonly #charset: string | undefined;
  readonly #head = new HeadReader();
  #decoder: TextDecoder | undefined;
  /** The bytes that wait until they are a block, of which there may be many. */
  #waiting: Uint8Array[] = [];
  #size = 0;

  /** @param contentType the header that came with the page */
  constructor(contentType: string) {
    this.#charset = /;\s*charset\s*=\s*"?([\w:.-]{1,40})/i.exec(contentType.slice(0, 500))?.[1];
  }

  /** Whether nothing that follows counts. */
  get isDone(): boolean {
    return this.#head.isDone;
  }

  /** Reads a piece. */
  write(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#size += bytes.length;
    if (this.#size >= BLOCK_BYTES) this.#flush();
  }

  /** Returns what the page says; undefined if it has no title. */
  end(): PageDescription | undefined {
    this.#flush();
    this.#head.end();
    const title = textOf(this.#first("title") ?? this.#head.title, PREVIEW_TITLE_CHARACTERS);
    if (title === "") return undefined;
    const description = textOf(this.#first("description"), PREVIEW_DESCRIPTION_CHARACTERS);
    const site = textOf(this.#first("site"), PREVIEW_SITE_CHARACTERS);
    const image = this.#first("image")?.trim();
    return {
      title,
      ...(description !== "" && description !== title && { description }),
      ...(site !== "" && site !== title && { site }),
      ...(image && { image }),
    };
  }

  #flush(): void {
    const block = new Uint8Array(this.#size);
    let end = 0;
    for (const piece of this.#waiting) {
      block.set(piece, end);
      end += piece.length;
    }
    this.#waiting = [];
    this.#size = 0;
    this.#decoder ??= decoderFor(block, this.#charset);
    this.#head.write(this.#decoder.decode(block, { stream: true }));
  }

  #first(part: keyof typeof PROPERTIES): string | undefined {
    for (const name of PROPERTIES[part]) {
      const found = this.#head.properties.get(name);
      if (found !== undefined) return found;
    }
  }
}

/** Reads the title of a page, and its properties, from the tokens of its head. */
class HeadReader {
  readonly properties = new Map<string, string>();
  title = "";
  isDone = false;
  readonly #tokenizer: Tokenizer;
  /** All that was read: a token may begin in one block and end in the next. */
  #text = "";
  #tag = "";
  #attribute = "";
  #value = "";
  /** The attributes of the present tag that count. */
  readonly #attributes = new Map<string, string>();
  #inTitle = false;

  constructor() {
    this.#tokenizer = new Tokenizer({ decodeEntities: true }, {
      onopentagname: (start, end) => this.#begin(this.#slice(start, end).toLowerCase()),
      onattribname: (start, end) => {
        this.#attribute = this.#tag === "meta" ? this.#slice(start, end).toLowerCase() : "";
        this.#value = "";
      },
      onattribdata: (start, end) => this.#add(start, end),
      onattribentity: (point) => this.#value += String.fromCodePoint(point),
      onattribend: () => {
        if (META_ATTRIBUTES.has(this.#attribute)) {
          this.#attributes.set(this.#attribute, this.#value.slice(0, KEPT_CHARACTERS));
        }
      },
      onopentagend: () => this.#open(),
      onselfclosingtag: () => this.#open(),
      onclosetag: (start, end) => this.#close(this.#slice(start, end).toLowerCase()),
      ontext: (start, end) => this.#addTitle(this.#slice(start, end)),
      ontextentity: (point) => this.#addTitle(String.fromCodePoint(point)),
      oncdata() {},
      oncomment() {},
      ondeclaration() {},
      onprocessinginstruction() {},
      onend() {},
    });
  }

  write(text: string): void {
    if (this.isDone) return;
    this.#text += text;
    this.#tokenizer.write(text);
  }

  end(): void {
    if (!this.isDone) this.#tokenizer.end();
  }

  #slice(start: number, end: number): string {
    return this.isDone ? "" : this.#text.slice(start, Math.min(end, start + KEPT_CHARACTERS));
  }

  #add(start: number, end: number): void {
    if (this.#attribute !== "" && this.#value.length < KEPT_CHARACTERS) {
      this.#value += this.#slice(start, end);
    }
  }

  #addTitle(text: string): void {
    if (this.#inTitle && this.title.length < KEPT_CHARACTERS) this.title += text;
  }

  #begin(name: string): void {
    this.#tag = name;
    this.#attributes.clear();
  }

  #open(): void {
    if (this.#tag === "body") this.isDone = true;
    if (this.isDone) return;
    if (this.#tag === "title") this.#inTitle = this.title === "";
    if (this.#tag !== "meta") return;
    const name = this.#attributes.get("property") ?? this.#attributes.get("name") ?? "";
    const property = name.toLowerCase();
    const content = this.#attributes.get("content") ?? "";
    if (!NAMES.has(property) || this.properties.has(property) || content.trim() === "") return;
    this.properties.set(property, content);
  }

  #close(name: string): void {
    if (name === "title") this.#inTitle = false;
    if (name === "head") this.isDone = true;
  }
}

/** Returns the decoder of a page: by its byte order mark, its header, or what it says itself; else of UTF-8. */
function decoderFor(start: Uint8Array, charset: string | undefined): TextDecoder {
  if (start[0] === 0xfe && start[1] === 0xff) return new TextDecoder("utf-16be");
  if (start[0] === 0xff && start[1] === 0xfe) return new TextDecoder("utf-16le");
  if (start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf) return new TextDecoder();
  const head = new TextDecoder("latin1").decode(start.subarray(0, CHARSET_BYTES));
  const said = charset ?? /<meta[^>]{0,200}?charset\s*=\s*["']?([\w:.-]{1,40})/i.exec(head)?.[1];
  try {
    return new TextDecoder(said ?? "utf-8");
  } catch {
    // Nobody knows this charset.
    return new TextDecoder();
  }
}

/**
 * Returns a text as one line of at most so many characters, without those that control or turn around what stands
 * beside it.
 */
function textOf(text: string | undefined, characters: number): string {
  const line = (text ?? "").toWellFormed().replace(/[\s\p{Cc}]+/gu, " ")
    .replace(/[\p{Cf}\p{Co}\p{Cs}]/gu, (character) => character === "\u200d" ? character : "")
    .trim();
  if (line.length <= characters) return line;
  // Half of a pair must not stay.
  return `${line.slice(0, characters - 1).replace(/[\ud800-\udbff]$/, "").trimEnd()}…`;
}
