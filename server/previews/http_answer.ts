/**
 * Reading an answer of HTTP/1.1 from a connection that is closed after it. Only what a page needs is understood; all else
 * is refused.
 *
 * @module
 */

import { delay } from "../../lib/std.ts";

/** The most bytes of all status lines and headers, those of interim answers included, and the most headers of one. */
const HEAD_BYTES = 32 * 1024;
const HEADERS = 200;

/** The most bytes of an answer with all that is around its body: twice what is read of a body. */
const ANSWER_BYTES = 2 * 1024 * 1024;

/** The most bytes of the line that says how long a chunk is. */
const CHUNK_LINE_BYTES = 256;

/** The bytes that each one around the data of chunks counts as: it takes as long to read. */
const AROUND_BYTES = 16;

/** The bytes that are read at once. */
const READ_BYTES = 16 * 1024;

const LF = 10;

/** An answer, whose body is read or given up. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Reads bytes into an array; resolves to their number, or to null at the end. */
export interface ByteSource {
  read(into: Uint8Array): Promise<number | null>;
}

/**
 * Reads the head of an answer.
 *
 * @throws {Error} if it is none
 */
export async function readAnswer(source: ByteSource): Promise<HttpAnswer> {
  const bytes = new BufferedBytes(source);
  const head = new HeadLines(bytes);
  for (;;) {
    const [, status = ""] = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(await head.next()) ?? [];
    if (status === "") throw new Error("it is not a response of HTTP/1.1");
    const headers = await readHeaders(head);
    // An interim answer comes before the answer.
    if (status.startsWith("1")) continue;
    return { status: Number(status), headers, body: readBody(bytes, headers) };
  }
}

async function readHeaders(head: HeadLines): Promise<Headers> {
  const headers = new Headers();
  for (let count = 0; count <= HEADERS; count++) {
    const line = await head.next();
    if (line === "") return headers;
    const colon = line.indexOf(":");
    if (colon < 1) throw new Error("a header has no name");
    // Throws for what no header may be.
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  throw new Error("it has too many headers");
}

async function* readBody(bytes: BufferedBytes, headers: Headers): AsyncGenerator<Uint8Array> {
  const encoding = headers.get("transfer-encoding");
  const length = headers.get("content-length");
  if (encoding !== null) {
    if (encoding.toLowerCase() !== "chunked") throw new Error("its encoding is not known");
    yield* readChunks(bytes);
  } else if (length !== null) {
    if (!/^\d{1,15}$/.test(length)) throw new Error("its length is not a number");
    yield* bytes.exactly(Number(length));
  } else yield* bytes.rest();
}

async function* readChunks(bytes: BufferedBytes): AsyncGenerator<Uint8Array> {
  const chunks = new ChunkDecoder();
  for await (const piece of bytes.rest()) {
    const part = chunks.decode(piece);
    bytes.charge((piece.length - part.length) * (AROUND_BYTES - 1));
    if (part.length > 0) yield part;
    if (chunks.isDone) return;
  }
  throw new Error("it ends too early");
}

/** Takes the bytes of a body out of its chunks, as many as have arrived at once: a chunk may have a single byte. */
class ChunkDecoder {
  /** Whether the last chunk was read. The trailers after it are ignored. */
  isDone = false;
  /** What the next byte belongs to: the line with a chunk's length, the chunk, or the end of its line. */
  #part: "length" | "data" | "end" = "length";
  #line = "";
  #left = 0;

  /** Returns the bytes of the body in a piece. */
  decode(piece: Uint8Array): Uint8Array {
    const body = new Uint8Array(piece.length);
    let size = 0;
    for (let at = 0; at < piece.length && !this.isDone;) {
      if (this.#part === "data") {
        const data = piece.subarray(at, at + this.#left);
        body.set(data, size);
        [size, at, this.#left] = [size + data.length, at + data.length, this.#left - data.length];
        if (this.#left === 0) this.#part = "end";
      } else this.#add(piece[at++] ?? LF);
    }
    return body.subarray(0, size);
  }

  /** Adds a byte of a line. */
  #add(byte: number): void {
    if (byte !== LF) {
      this.#line += String.fromCharCode(byte);
      const most = this.#part === "end" ? 1 : CHUNK_LINE_BYTES;
      if (this.#line.length > most) throw new Error("the line of a chunk is too long");
      return;
    }
    const line = this.#line.replace(/\r$/, "");
    this.#line = "";
    if (this.#part === "end") {
      if (line !== "") throw new Error("a chunk is too long");
      this.#part = "length";
      return;
    }
    const [, size = ""] = /^([0-9a-f]{1,8})(?:;|$)/i.exec(line) ?? [];
    if (size === "") throw new Error("a chunk has no length");
    this.#left = Number.parseInt(size, 16);
    this.isDone = this.#left === 0;
    this.#part = "data";
  }
}

/** The lines of heads, which have a limit together. */
class HeadLines {
  readonly #bytes: BufferedBytes;
  #left = HEAD_BYTES;

  constructor(bytes: BufferedBytes) {
    this.#bytes = bytes;
  }

  /** Reads a line, without its end. */
  async next(): Promise<string> {
    const line = await this.#bytes.line(this.#left);
    this.#left -= line.length + 1;
    return line.replace(/\r$/, "");
  }
}

/** The bytes of a source, by lines or by number. */
class BufferedBytes {
  readonly #source: ByteSource;
  readonly #into = new Uint8Array(READ_BYTES);
  #buffer = new Uint8Array(0);
  #arrived = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Reads a line of at most so many bytes, without its LF. */
  async line(most: number): Promise<string> {
    let line = "";
    for (;;) {
      const end = this.#buffer.indexOf(LF);
      for (const byte of this.#take(end < 0 ? this.#buffer.length : end)) {
        line += String.fromCharCode(byte);
      }
      if (line.length > most) throw new Error("its head is too long");
      if (end >= 0) {
        this.#take(1);
        return line;
      }
      if (!await this.#fill()) throw new Error("it ends too early");
    }
  }

  /** Reads so many bytes, in pieces. */
  async *exactly(count: number): AsyncGenerator<Uint8Array> {
    for (let left = count; left > 0;) {
      if (this.#buffer.length === 0 && !await this.#fill()) throw new Error("it ends too early");
      const part = this.#take(Math.min(left, this.#buffer.length));
      left -= part.length;
      yield part;
    }
  }

  /** Reads all that is left, in pieces. */
  async *rest(): AsyncGenerator<Uint8Array> {
    while (this.#buffer.length > 0 || await this.#fill()) yield this.#take(this.#buffer.length);
  }

  /** Counts some bytes as more than they are. */
  charge(bytes: number): void {
    this.#arrived += bytes;
    if (this.#arrived > ANSWER_BYTES) throw new Error("it is too long");
  }

  #take(count: number): Uint8Array {
    const part = this.#buffer.subarray(0, count);
    this.#buffer = this.#buffer.subarray(count);
    return part;
  }

  async #fill(): Promise<boolean> {
    const count = await this.#source.read(this.#into);
    if (count === null) return false;
    this.charge(count);
    // More may be there already: a fast sender must not block others.
    if (count === READ_BYTES) await delay(0);
    // A copy: many small pieces that others keep must not each keep as much as was asked for.
    this.#buffer = this.#into.slice(0, count);
    return true;
  }
}
