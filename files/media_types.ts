/**
 * The media type of a file by its content, never by what somebody says it is.
 *
 * @module
 */
import type { FileTypeResult } from "file-type";

/** The first bytes of a file that its type and the size of a picture are read from: 1 MiB. */
export const HEAD_BYTES = 1024 * 1024;

/** The type of unrecognized contents. */
export const UNKNOWN_TYPE = "application/octet-stream";

/** The bytes that {@linkcode markupType} looks at: comments may come before what tells the type. */
const MARKUP_BYTES = 4096;

/** The names that this chat uses where the library has another or a finer one. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ["application/ogg", "audio/ogg"],
  ["audio/ogg; codecs=opus", "audio/ogg"],
  ["image/apng", "image/png"],
  ["video/ogg", "video/ogg"],
]);

/** Returns the name of what the library has found. */
export function typeName(found: FileTypeResult | undefined): string {
  const mime = found?.mime ?? UNKNOWN_TYPE;
  const named = NAMES.get(mime) ?? mime.split(";", 1)[0] ?? UNKNOWN_TYPE;
  return /^[a-z]+\/[a-z0-9.+-]{1,100}$/.test(named) ? named : UNKNOWN_TYPE;
}

/**
 * Chooses between the library's type and that of the whole as text. A text is never a picture or a sound,
 * whatever its first letters are.
 */
export function chooseType(found: string, text: string | undefined): string {
  if (text === undefined || /^(?:application\/(?:pdf|postscript|rtf)|text\/.*)$/.test(found)) {
    return found;
  }
  return text;
}

/** Finds out, piece by piece, whether something is text in UTF-8 that a person can read. */
export class TextTest {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #isText = true;
  #beginning = "";

  /** Looks at the next piece. */
  add(bytes: Uint8Array<ArrayBuffer>): void {
    if (!this.#isText) return;
    try {
      const text = this.#decoder.decode(bytes, { stream: true });
      // deno-lint-ignore no-control-regex -- no text has them; a terminal's colours do have ESC
      this.#isText = !/[\0-\x06\x0e-\x1a\x1c-\x1f]/.test(text);
      if (this.#beginning.length < MARKUP_BYTES) this.#beginning += text.slice(0, MARKUP_BYTES);
    } catch {
      this.#isText = false;
    }
  }

  /** Returns the type, if it is text: what may be markup is never plain text. */
  end(): string | undefined {
    if (!this.#isText) return undefined;
    try {
      this.#decoder.decode();
    } catch {
      return undefined;
    }
    return markupType(this.#beginning) ?? "text/plain";
  }
}

/** Returns the type of a text that looks like markup; a browser would look for the same. */
function markupType(text: string): string | undefined {
  const start = text.trimStart();
  if (!/^<[!?/a-z]/i.test(start)) return undefined;
  if (/<svg[\s>/:]/i.test(text)) return "image/svg+xml";
  return /^<\?xml/i.test(start) && !/<html[\s>]/i.test(text) ? "application/xml" : "text/html";
}
