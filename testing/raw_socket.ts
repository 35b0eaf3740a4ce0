/**
 * A WebSocket client over raw TCP, for a load generator that must cost less
 * than the servers it measures. It hands over what it received as bytes, a
 * read at a time, and never makes a string of them.
 *
 * @module
 */
import { messageOf } from "../lib/errors.ts";

const enum Opcode {
  Continuation = 0,
  Text = 1,
  Close = 8,
  Ping = 9,
  Pong = 10,
}

const NEWLINE = 10;
const FINAL = 0x80;
const RESERVED = 0x70;
const MASKED = 0x80;
/** The longest header a client writes: two bytes, eight of length, four of mask. */
const MAX_HEADER_BYTES = 14;
/** Ten thousand idle sockets fit in memory. */
const INITIAL_BUFFER_BYTES = 4 * 1024;
/** Several joined frames fit in one read. A longer frame gets a longer buffer. */
const USUAL_BUFFER_BYTES = 64 * 1024;
/** A few frames of a sender; more gets more. */
const INITIAL_PENDING_BYTES = 512;
const MAX_FRAME_BYTES = 64 * 1024 * 1024;
const ABNORMAL_CLOSURE = 1006;
const PROTOCOL_ERROR = 1002;

/**
 * RFC 6455 asks for unpredictable masks; on loopback, against servers of one's own, a fixed one
 * will do.
 */
const MASK = new Uint8Array([0x37, 0xfa, 0x21, 0x3d]);

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Receives what arrived in one read: `bytes` from `from` to before `to` are whole text messages, a
 * `\n` after each. The bytes are valid only during the call.
 */
export type LinesHandler = (bytes: Uint8Array<ArrayBuffer>, from: number, to: number) => void;

/** The end of a connection: the close frame's code and reason, or 1006 when there was none. */
export interface Closure {
  code: number;
  reason: string;
}

/** The options of {@linkcode RawSocket.connect}. */
export interface ConnectOptions {
  /** Of the server, on loopback. */
  port: number;
  /** Path and query of the upgrade request. */
  path: string;
  /** The subprotocol to ask for; none when absent. */
  protocol?: string | undefined;
  /** Further headers of the upgrade request. */
  headers?: Readonly<Record<string, string>>;
}

/** One client connection. */
export class RawSocket implements Disposable {
  /** Receives what arrives from now on; may be replaced at any time. */
  onLines: LinesHandler = () => {};
  /** Text frames received so far. */
  frames = 0;
  /**
   * If set, called with the length of each text message above this many bytes, its newline
   * included, in place of receiving it: looking at bytes costs more than counting them.
   */
  count: { above: number; add(bytes: number): void } | undefined;
  /** If set, awaited before each read: a socket that may be read late costs fewer reads. */
  pace: (() => Promise<void>) | undefined;

  readonly #conn: Deno.TcpConn;
  #buffer: Uint8Array<ArrayBuffer>;
  /** Bytes of `#buffer` that hold received data not yet handed over. */
  #filled: number;
  /** The start of a fragmented message whose end has not arrived. */
  #fragments: Uint8Array | undefined;
  #pending = new Uint8Array(INITIAL_PENDING_BYTES);
  #pendingBytes = 0;
  #spare = new Uint8Array(INITIAL_PENDING_BYTES);
  #flushing = false;
  #flushed: Promise<void> = Promise.resolve();

  private constructor(conn: Deno.TcpConn, received: Uint8Array) {
    this.#conn = conn;
    this.#buffer = new Uint8Array(Math.max(INITIAL_BUFFER_BYTES, received.length));
    this.#buffer.set(received);
    this.#filled = received.length;
  }

  /** Connects to 127.0.0.1 and performs the handshake; throws an `Error` if the server refuses. */
  static async connect(options: ConnectOptions): Promise<RawSocket> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: options.port });
    try {
      conn.setNoDelay(true);
      return new RawSocket(conn, await shakeHands(conn, options));
    } catch (error) {
      conn.close();
      throw error;
    }
  }

  /**
   * Reads, answering pings, until the connection has ended, however it ended;
   * never rejects. To be called once.
   */
  async receive(onLines: LinesHandler): Promise<Closure> {
    this.onLines = onLines;
    try {
      for (;;) {
        const ending = this.#consume();
        if (ending) {
          await this.#flushed;
          return ending;
        }
        const count = await this.#conn.read(this.#buffer.subarray(this.#filled));
        if (count === null) return { code: ABNORMAL_CLOSURE, reason: "cut by the server" };
        const drained = this.#filled + count < this.#buffer.length;
        this.#filled += count;
        if (!drained && this.#filled < USUAL_BUFFER_BYTES) this.#grow(this.#filled * 4);
        if (this.pace && drained) await this.pace();
      }
    } catch (error) {
      return { code: ABNORMAL_CLOSURE, reason: messageOf(error) };
    } finally {
      this[Symbol.dispose]();
    }
  }

  /**
   * Sends one text message. Those sent in one turn of the event loop, or while
   * an earlier write is under way, go out in one write, a frame each.
   */
  send(text: string): void {
    this.#queue(Opcode.Text, encoder.encode(text));
  }

  /** Sends a close frame; the connection ends when the server answers it. */
  close(code = 1000): void {
    this.#queue(Opcode.Close, new Uint8Array([code >> 8, code & 0xff]));
  }

  /** Cuts the connection without a close frame. */
  [Symbol.dispose](): void {
    try {
      this.#conn.close();
    } catch {
      // Already closed by the end of reading.
    }
  }

  /**
   * Takes every whole frame out of the buffer. The payloads of text messages
   * are moved together, a newline after each: every payload has a header of
   * two bytes or more before it, so its newline never overtakes what is unread.
   */
  #consume(): Closure | undefined {
    const buffer = this.#buffer;
    const { count } = this;
    const filled = this.#filled;
    let at = 0;
    let moved = 0;
    let ending: Closure | undefined;
    let missing = 2;

    while (filled - at >= 2) {
      const first = at8(buffer, at);
      let length = at8(buffer, at + 1);
      let start = at + 2;
      if (length >= MASKED) {
        ending = { code: PROTOCOL_ERROR, reason: "the server masked a frame" };
        break;
      }
      if (length >= 126) {
        const size = length === 126 ? 2 : 8;
        missing = 2 + size;
        if (filled - at < missing) break;
        length = 0;
        for (const end = start + size; start < end; start++) {
          length = length * 256 + at8(buffer, start);
        }
        if (length > MAX_FRAME_BYTES) {
          ending = { code: PROTOCOL_ERROR, reason: `a frame of ${length} bytes` };
          break;
        }
      }
      const end = start + length;
      missing = end - at;
      if (end > filled) break;
      at = end;
      missing = 2;

      if (first === (FINAL | Opcode.Text) && count !== undefined && length > count.above) {
        count.add(length + 1);
        this.frames++;
      } else if (first === (FINAL | Opcode.Text)) {
        buffer.copyWithin(moved, start, end);
        moved += length;
        buffer[moved++] = NEWLINE;
        this.frames++;
      } else if (first & RESERVED) {
        ending = { code: PROTOCOL_ERROR, reason: "a frame with reserved bits" };
        break;
      } else if ((first & 0x0f) === Opcode.Ping) {
        this.#queue(Opcode.Pong, buffer.slice(start, end));
      } else if ((first & 0x0f) === Opcode.Close) {
        ending = parseClose(buffer.subarray(start, end));
        this.#queue(Opcode.Close, buffer.slice(start, Math.min(end, start + 2)));
        break;
      } else if ((first & 0x0f) <= Opcode.Text) {
        const message = join(this.#fragments, buffer.subarray(start, end));
        this.#fragments = first & FINAL ? undefined : message;
        if (first & FINAL) {
          if (moved > 0) this.onLines(buffer, 0, moved);
          moved = 0;
          this.frames++;
          this.onLines(join(message, new Uint8Array([NEWLINE])), 0, message.length + 1);
        }
      } else if ((first & 0x0f) !== Opcode.Pong) {
        ending = { code: PROTOCOL_ERROR, reason: `a frame that begins with byte ${first}` };
        break;
      }
    }

    if (moved > 0) this.onLines(buffer, 0, moved);
    this.#keepFrom(at, missing);
    return ending;
  }

  /** Moves what is unread to the front, where `missing` bytes in all must fit. */
  #keepFrom(at: number, missing: number): void {
    const rest = this.#buffer.subarray(at, this.#filled);
    if (at > 0) this.#buffer.set(rest);
    this.#filled = rest.length;
    if (missing > this.#buffer.length) this.#grow(missing * 2);
  }

  #grow(bytes: number): void {
    const larger = new Uint8Array(bytes);
    larger.set(this.#buffer.subarray(0, this.#filled));
    this.#buffer = larger;
  }

  #queue(opcode: Opcode, payload: Uint8Array): void {
    const needed = this.#pendingBytes + MAX_HEADER_BYTES + payload.length;
    if (needed > this.#pending.length) {
      const larger = new Uint8Array(needed * 2);
      larger.set(this.#pending.subarray(0, this.#pendingBytes));
      this.#pending = larger;
    }
    this.#pendingBytes = writeFrame(this.#pending, this.#pendingBytes, opcode, payload);
    if (!this.#flushing) {
      this.#flushing = true;
      this.#flushed = Promise.resolve().then(() => this.#flush());
    }
  }

  async #flush(): Promise<void> {
    try {
      while (this.#pendingBytes > 0) {
        const writing = this.#pending.subarray(0, this.#pendingBytes);
        [this.#pending, this.#spare] = [this.#spare, this.#pending];
        this.#pendingBytes = 0;
        for (let written = 0; written < writing.length;) {
          written += await this.#conn.write(writing.subarray(written));
        }
      }
    } catch {
      // The reading side sees the end too, and reports it.
    } finally {
      this.#flushing = false;
    }
  }
}

/** Reads a byte that is known to be there. */
function at8(bytes: Uint8Array, index: number): number {
  // The caller has compared `index` with what was read.
  return bytes[index]!;
}

function join(first: Uint8Array | undefined, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array((first?.length ?? 0) + second.length);
  if (first) joined.set(first);
  joined.set(second, first?.length ?? 0);
  return joined;
}

function parseClose(payload: Uint8Array): Closure {
  if (payload.length < 2) return { code: 1005, reason: "" };
  return {
    code: at8(payload, 0) * 256 + at8(payload, 1),
    reason: decoder.decode(payload.subarray(2)),
  };
}

/** Writes a masked frame at `at` and returns where it ends. */
function writeFrame(into: Uint8Array, at: number, opcode: Opcode, payload: Uint8Array): number {
  into[at++] = FINAL | opcode;
  if (payload.length < 126) {
    into[at++] = MASKED | payload.length;
  } else {
    const size = payload.length < 65536 ? 2 : 8;
    into[at++] = MASKED | (size === 2 ? 126 : 127);
    const view = new DataView(into.buffer, into.byteOffset);
    if (size === 2) view.setUint16(at, payload.length);
    else view.setBigUint64(at, BigInt(payload.length));
    at += size;
  }
  into.set(MASK, at);
  at += MASK.length;
  for (let i = 0; i < payload.length; i++) into[at + i] = at8(payload, i) ^ at8(MASK, i & 3);
  return at + payload.length;
}

/** Sends the upgrade request and returns what the server sent after its answer. */
async function shakeHands(conn: Deno.TcpConn, options: ConnectOptions): Promise<Uint8Array> {
  const key = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
  const request = [
    `GET ${options.path} HTTP/1.1`,
    `Host: localhost:${options.port}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${key}`,
    ...(options.protocol ? [`Sec-WebSocket-Protocol: ${options.protocol}`] : []),
    ...Object.entries(options.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
    "\r\n",
  ];
  await conn.write(encoder.encode(request.join("\r\n")));

  let received: Uint8Array = new Uint8Array();
  const chunk = new Uint8Array(4096);
  for (;;) {
    const count = await conn.read(chunk);
    if (count === null) throw new Error("Cannot connect: the server ended during the handshake");
    received = join(received, chunk.subarray(0, count));
    // Latin-1, so that an index in the text is one in the bytes.
    const text = new TextDecoder("latin1").decode(received);
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) continue;
    const head = text.slice(0, end);
    if (!/^HTTP\/1\.1 101 /.test(head)) {
      throw new Error(`Cannot connect: expected 101, received ${head.split("\r\n")[0]}`);
    }
    const accept = /^sec-websocket-accept: *(\S+)/im.exec(head)?.[1];
    if (accept !== await acceptKey(key)) {
      throw new Error(`Cannot connect: the accept key does not match, received ${accept}`);
    }
    return received.subarray(end + 4);
  }
}

async function acceptKey(key: string): Promise<string> {
  const input = encoder.encode(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
  return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest("SHA-1", input))));
}
