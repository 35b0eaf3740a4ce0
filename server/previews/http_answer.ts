/**
 * Reading an answer of HTTP/1.1 from a connection that is closed after it. Only what a page needs is understood; all else
 * is refused.
 *
 * @module
 */

/** The most bytes of a status line and headers. */
const HEAD_BYTES = 32 * 1024;

/** The most bytes of the line that says how long a chunk is. */
const CHUNK_LINE_BYTES = 256;

/** The bytes that are read at once. */
const READ_BYTES = 16 * 1024;

const CR = 13;
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
  for (;;) {
    const [, status = ""] = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(await bytes.line(HEAD_BYTES)) ??
      [];
    if (status === "") throw new Error("it is no answer of HTTP/1.1");
    const headers = await readHeaders(bytes);
    // An interim answer comes before the answer.
    if (status.startsWith("1")) continue;
    return { status: Number(status), headers, body: readBody(bytes, headers) };
  }
}

async function readHeaders(bytes: BufferedBytes): Promise<Headers> {
  const headers = new Headers();
  for (let left = HEAD_BYTES;;) {
    const line = await bytes.line(left);
    if (line === "") return headers;
    left -= line.length;
    const colon = line.indexOf(":");
    if (colon < 1) throw new Error("a header has no name");
    // Throws for what no header may be.
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
}

async function* readBody(bytes: BufferedBytes, headers: Headers): AsyncGenerator<Uint8Array> {
  const encoding = headers.get("transfer-encoding");
  const length = headers.get("content-length");
  if (encoding !== null) {
    if (encoding.toLowerCase() !== "chunked") throw new Error("its encoding is not known");
    yield* readChunks(bytes);
  } else if (length !== null) {
    if (!/^\d{1,15}$/.test(length)) throw new Error("its length is no number");
    yield* bytes.exactly(Number(length));
  } else yield* bytes.rest();
}

async function* readChunks(bytes: BufferedBytes): AsyncGenerator<Uint8Array> {
  for (;;) {
    const [, size = ""] = /^([0-9a-f]{1,8})(?:;|$)/i.exec(await bytes.line(CHUNK_LINE_BYTES)) ?? [];
    if (size === "") throw new Error("a chunk has no length");
    // Ignore the trailers after the last chunk.
    if (Number.parseInt(size, 16) === 0) return;
    yield* bytes.exactly(Number.parseInt(size, 16));
    if (await bytes.line(0) !== "") throw new Error("a chunk is too long");
  }
}

/** The bytes of a source, by lines or by number. */
class BufferedBytes {
  readonly #source: ByteSource;
  readonly #into = new Uint8Array(READ_BYTES);
  #buffer = new Uint8Array(0);

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Reads a line of at most so many bytes, without its end. */
  async line(most: number): Promise<string> {
    let line = "";
    for (;;) {
      const end = this.#buffer.indexOf(LF);
      const part = this.#take(end < 0 ? this.#buffer.length : end + 1);
      for (const byte of part) if (byte !== CR && byte !== LF) line += String.fromCharCode(byte);
      if (line.length > most) throw new Error("its head is too long");
      if (end >= 0) return line;
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

  #take(count: number): Uint8Array {
    const part = this.#buffer.subarray(0, count);
    this.#buffer = this.#buffer.subarray(count);
    return part;
  }

  async #fill(): Promise<boolean> {
    const count = await this.#source.read(this.#into);
    if (count === null) return false;
    // A copy: many small pieces that others keep must not each keep as much as was asked for.
    this.#buffer = this.#into.slice(0, count);
    return true;
  }
}
