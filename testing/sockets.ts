/**
 * Connections that tests hold: a WebSocket that collects lines, and bare TCP for what no WebSocket
 * client would send.
 *
 * @module
 */
import { deadline } from "../lib/std.ts";
import { PATIENCE_MS, Waiter } from "./waiter.ts";

/** A WebSocket that keeps all lines it received. Disposing closes it. */
export class TestSocket implements AsyncDisposable {
  readonly lines: string[] = [];
  /** The number of frames that the lines arrived in. */
  frames = 0;
  readonly socket: WebSocket;
  /** The close event's code and reason. */
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #waiter = new Waiter();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.onmessage = ({ data }) => {
      this.frames++;
      for (const line of String(data).split("\n")) this.lines.push(line);
      this.#waiter.check();
    };
    this.closed = new Promise((resolve) => {
      socket.onclose = ({ code, reason }) => {
        resolve({ code, reason });
        this.#waiter.end(new Error(`The connection was closed: ${code} ${reason}`));
      };
    });
  }

  /**
   * Connects to a server on this machine, or at a whole address in place of `path`; rejects when
   * the server refuses.
   */
  static async open(
    port: number,
    path = "/ws",
    protocol?: string | WebSocketOptions,
  ): Promise<TestSocket> {
    const url = /^wss?:/.test(path) ? path : `ws://127.0.0.1:${port}${path}`;
    const socket = new WebSocket(url, protocol);
    const test = new TestSocket(socket);
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = (event) =>
        reject(new Error(event instanceof ErrorEvent ? event.message : "refused"));
    });
    socket.onerror = null;
    return test;
  }

  send(text: string | Uint8Array<ArrayBuffer>): void {
    this.socket.send(text);
  }

  /** Resolves when at least `count` lines have come. */
  async received(count: number): Promise<string[]> {
    await this.#waiter.until(() => this.lines.length >= count);
    return this.lines;
  }

  /** Resolves when `condition` holds, which is looked at with every frame. */
  until(condition: () => boolean): Promise<void> {
    return this.#waiter.until(condition);
  }

  /** Resolves when a line has come that `matches`. */
  async find(matches: (line: string) => boolean): Promise<string> {
    await this.#waiter.until(() => this.lines.some(matches));
    // The wait ended because there is one.
    return this.lines.find(matches)!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}

/** A well-formed opening handshake of RFC 6455. */
export function handshake(headers: Record<string, string | null> = {}, path = "/ws"): string {
  const all: Record<string, string | null> = {
    "Host": "127.0.0.1",
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
  };
  const lines = Object.entries(all).filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${value}`);
  return [`GET ${path} HTTP/1.1`, ...lines, "", ""].join("\r\n");
}

/** A bare connection. Disposing cuts it. */
export class RawConnection implements Disposable {
  readonly #conn: Deno.TcpConn;
  /** Bytes received after the head of a response. */
  #rest = new Uint8Array();

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  static async connect(port: number): Promise<RawConnection> {
    return new RawConnection(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Connects and upgrades. */
  static async upgrade(port: number, path = "/ws"): Promise<RawConnection> {
    const connection = await RawConnection.connect(port);
    await connection.write(handshake({}, path));
    const answer = await connection.readHead();
    if (!answer.startsWith("HTTP/1.1 101")) throw new Error(`Cannot upgrade: received ${answer}`);
    return connection;
  }

  async write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
  }

  /** Reads an answer's status line and headers. */
  async readHead(): Promise<string> {
    // A character for each byte, so that an index in the text is one in the bytes.
    const decoder = new TextDecoder("latin1");
    let head = "";
    for (let part; (part = await this.#read()) !== undefined;) {
      const before = head.length;
      head += decoder.decode(part);
      const end = head.indexOf("\r\n\r\n") + 4;
      if (end < 4) continue;
      this.#rest = part.slice(end - before);
      return head.slice(0, end);
    }
    return head;
  }

  /** Reads until the other side ends the connection, however it does that. */
  async readToEnd(): Promise<Uint8Array> {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    try {
      for (let part; (part = await this.#read()) !== undefined;) parts.push(part);
    } catch (error) {
      if (error instanceof DOMException) throw error;
    }
    return new Uint8Array(await new Blob(parts).arrayBuffer());
  }

  /** Returns the next bytes; undefined at the end. */
  async #read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const rest = this.#rest;
    this.#rest = new Uint8Array();
    if (rest.length > 0) return rest;
    const chunk = new Uint8Array(65_536);
    const count = await deadline(this.#conn.read(chunk), PATIENCE_MS);
    return count === null ? undefined : chunk.slice(0, count);
  }

  [Symbol.dispose](): void {
    try {
      this.#conn.close();
    } catch {
      // Already closed.
    }
  }
}

/** A frame as a client sends it: masked, of the given first byte (0x81: a whole text). */
export function clientFrame(payload: string | Uint8Array, first = 0x81): Uint8Array {
  const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const length = bytes.length < 126
    ? [bytes.length]
    : bytes.length < 65_536
    ? [126, bytes.length >> 8, bytes.length & 255]
    : [127, 0, 0, 0, 0, ...new Uint8Array(new Uint32Array([bytes.length]).buffer).reverse()];
  const [short = 0, ...long] = length;
  // A mask of zeros leaves the payload as it is.
  return new Uint8Array([first, short | 0x80, ...long, 0, 0, 0, 0, ...bytes]);
}
