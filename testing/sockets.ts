/**
 * The two ends of real connections that tests hold: a WebSocket that collects lines, and bare TCP
 * for what no WebSocket client would send.
 *
 * @module
 */
import { deadline } from "../lib/std.ts";

/** The longest that a test waits for anything, in ms: long, since it is only waited for in vain. */
const PATIENCE_MS = 20_000;

/** Resolves once `condition` holds after one of the calls of the returned `check`. */
export class Watch {
  #waiting: { condition: () => boolean; resolve: () => void }[] = [];

  /** Looks at everything that is waited for. */
  check(): void {
    this.#waiting = this.#waiting.filter(({ condition, resolve }) => {
      if (!condition()) return true;
      resolve();
      return false;
    });
  }

  /** Resolves when `condition` holds; rejects with `TimeoutError` when that takes too long. */
  async until(condition: () => boolean, patience: number = PATIENCE_MS): Promise<void> {
    if (condition()) return;
    await deadline(
      new Promise<void>((resolve) => this.#waiting.push({ condition, resolve })),
      patience,
    );
  }
}

/** A WebSocket that keeps all lines it received. Disposing closes it. */
export class TestSocket implements AsyncDisposable {
  readonly lines: string[] = [];
  /** How many frames they came in. */
  frames = 0;
  readonly socket: WebSocket;
  /** The close event's code and reason. */
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #watch = new Watch();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.onmessage = ({ data }) => {
      this.frames++;
      for (const line of String(data).split("\n")) this.lines.push(line);
      this.#watch.check();
    };
    this.closed = new Promise((resolve) => {
      socket.onclose = ({ code, reason }) => resolve({ code, reason });
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
    await this.#watch.until(() => this.lines.length >= count);
    return this.lines;
  }

  /** Resolves when `condition` holds, which is looked at with every frame. */
  until(condition: () => boolean): Promise<void> {
    return this.#watch.until(condition);
  }

  /** Resolves when a line has come that `matches`. */
  async find(matches: (line: string) => boolean): Promise<string> {
    await this.#watch.until(() => this.lines.some(matches));
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
export class Wire implements Disposable {
  readonly #conn: Deno.TcpConn;

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  static async connect(port: number): Promise<Wire> {
    return new Wire(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Connects and upgrades. */
  static async upgrade(port: number, path = "/ws"): Promise<Wire> {
    const wire = await Wire.connect(port);
    await wire.write(handshake({}, path));
    const answer = await wire.readHead();
    if (!answer.startsWith("HTTP/1.1 101")) throw new Error(`Cannot upgrade: received ${answer}`);
    return wire;
  }

  async write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
  }

  /** Reads an answer's status line and headers. */
  async readHead(): Promise<string> {
    let head = "";
    const chunk = new Uint8Array(1);
    while (!head.endsWith("\r\n\r\n")) {
      const count = await deadline(this.#conn.read(chunk), PATIENCE_MS);
      if (count === null) break;
      head += String.fromCharCode(...chunk.subarray(0, count));
    }
    return head;
  }

  /** Reads until the other side ends the connection, however it does that. */
  async readToEnd(): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    const chunk = new Uint8Array(65_536);
    try {
      for (;;) {
        const count = await deadline(this.#conn.read(chunk), PATIENCE_MS);
        if (count === null) break;
        parts.push(chunk.slice(0, count));
      }
    } catch (error) {
      if (error instanceof DOMException) throw error;
    }
    return new Uint8Array(await new Blob(parts.map((part) => part.slice())).arrayBuffer());
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
