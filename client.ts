import { Channel } from "./channel.ts";
import type { Frame, Hub, Subscriber } from "./hub.ts";
import type { Logger } from "./logger.ts";

/** Close codes of RFC 6455, section 7.4.1, that this server sends. */
const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  unsupportedData: 1003,
  policyViolation: 1008,
  tooBig: 1009,
  tryAgainLater: 1013,
} as const;

/** The largest frame a client may send, in bytes. */
const FRAME_BYTES = 64 * 1024;

/** What may wait in the runtime, in bytes; the rest waits in the outbox, where it can be let go. */
const RUNTIME_BYTES = 64 * 1024;

/** Frames that may wait to be read; the pump reads at once, so only a flood fills it. */
const INCOMING_FRAMES = 4096;

/** How often a full runtime buffer is looked at, in ms: it has no event for being drained. */
const POLL_MIN = 4;
const POLL_MAX = 100;

const encoder = new TextEncoder();

/** The limits of one client. */
export interface ClientOptions {
  /** The name shown before its messages; "" for none. */
  name: string;
  /** The longest message, in UTF-8 bytes. */
  maxMessage: number;
  /** What may wait for it, the runtime's buffer included, in bytes. */
  sendBuffer: number;
  /** How long it may drain nothing while something waits, in ms. */
  writeWait: number;
  /** Called once, when it is out of the hub. */
  onLeave(): void;
  log: Logger;
}

/**
 * One connection: its read pump carries messages from the socket to the hub, its write pump
 * carries frames from the outbox to the socket. The hub knows it as a {@linkcode Subscriber}.
 *
 * The runtime never waits for a peer and may never report the end of one that has stopped
 * reading, so every ending leaves the hub first, closes the socket second and waits for nothing;
 * each may come twice, the first one counts.
 */
export class Client implements Subscriber {
  readonly #socket: WebSocket;
  readonly #hub: Hub;
  readonly #options: ClientOptions;
  readonly #incoming = new Channel<string>({ capacity: INCOMING_FRAMES });
  readonly #outbox: Channel<Frame>;
  readonly #gone = Promise.withResolvers<void>();
  #ending: { code: number; reason: string } = { code: CLOSE.normal, reason: "" };
  #left = false;
  /** Bytes handed to the runtime so far. */
  #sent = 0;
  /** Bytes the peer had taken at `#progressAt`, in ms of {@linkcode sweep}'s clock. */
  #written = 0;
  #progressAt: number | undefined;

  constructor(socket: WebSocket, hub: Hub, options: ClientOptions) {
    this.#socket = socket;
    this.#hub = hub;
    this.#options = options;
    this.#outbox = new Channel({ capacity: Infinity, weigh: (frame) => frame.bytes });
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onerror = (event) => {
      if (!this.#left) this.#log("error", event instanceof ErrorEvent ? event.message : "");
    };
    socket.onclose = (event) => {
      this.#leave();
      this.#gone.resolve();
      if (event.code === 0) this.#log("cut", event.reason);
    };
  }

  /** Runs both pumps. Resolves when the socket is closed, which a stuck peer may delay for ever. */
  async run(): Promise<void> {
    if (this.#socket.readyState === WebSocket.CONNECTING) {
      await Promise.race([
        new Promise((resolve) => this.#socket.onopen = resolve),
        this.#gone.promise,
      ]);
    }
    if (this.#hub.register(this)) void this.#readPump();
    else this.drain();
    void this.#writePump();
    await this.#gone.promise;
  }

  offer(frame: Frame): boolean {
    if (
      this.#outbox.weight + this.#socket.bufferedAmount + frame.bytes > this.#options.sendBuffer
    ) {
      return false;
    }
    return this.#outbox.trySend(frame);
  }

  release(): void {
    this.#outbox.close();
  }

  drain(): void {
    this.#ending = { code: CLOSE.goingAway, reason: "Going away: come back and resume" };
    this.#outbox.close();
    this.#incoming.close();
  }

  drop(): void {
    this.#end(CLOSE.tryAgainLater, "Too slow: come back and resume");
  }

  /** Drops a peer that drains nothing. To be called again and again; `now` in ms. */
  sweep(now: number): void {
    const buffered = this.#socket.bufferedAmount;
    const written = this.#sent - buffered;
    if (buffered === 0 || written > this.#written || this.#progressAt === undefined) {
      this.#written = written;
      this.#progressAt = now;
    } else if (now - this.#progressAt >= this.#options.writeWait) {
      this.drop();
    }
  }

  #receive(data: unknown): void {
    if (this.#left) return;
    if (typeof data !== "string") {
      this.#end(CLOSE.unsupportedData, "Binary frames are not understood: send text");
    } else if (encodedLength(data, FRAME_BYTES) > FRAME_BYTES) {
      this.#end(CLOSE.tooBig, `A frame may have ${FRAME_BYTES} bytes`);
    } else if (!this.#incoming.trySend(data)) {
      this.#end(CLOSE.policyViolation, "Too many frames at once");
    }
  }

  async #readPump(): Promise<void> {
    const { name, maxMessage } = this.#options;
    for await (const frame of this.#incoming) {
      const text = frame.replace(/\r\n|[\r\n]/g, " ").trim();
      if (text === "") continue;
      if (encodedLength(text, maxMessage) > maxMessage) {
        return this.#end(CLOSE.tooBig, `A message may have ${maxMessage} bytes`);
      }
      if (this.#hub.broadcast(name === "" ? text : `${name}: ${text}`)) continue;
      if (this.#hub.closed) return;
      return this.#end(CLOSE.tryAgainLater, "Too busy: come back and send again");
    }
  }

  async #writePump(): Promise<void> {
    while (await this.#outbox.wait()) {
      await this.#drained();
      const frames = this.#outbox.take(RUNTIME_BYTES);
      if (frames.length > 0) this.#write(frames);
    }
    this.#leave();
    this.#socket.close(this.#ending.code, this.#ending.reason);
  }

  #write(frames: Frame[]): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const [first, ...rest] = frames;
    // The hub builds one frame a turn, so that most of the time there is nothing to join.
    if (first !== undefined && rest.length === 0) this.#socket.send(first.text);
    else this.#socket.send(frames.map((frame) => frame.text).join("\n"));
    this.#sent += frames.reduce((sum, frame) => sum + frame.bytes + 1, -1);
  }

  /** Resolves when the runtime has room again, or the connection is over. */
  async #drained(): Promise<void> {
    let poll = POLL_MIN;
    while (this.#socket.bufferedAmount > RUNTIME_BYTES && !this.#left) {
      await new Promise((resolve) => setTimeout(resolve, poll));
      poll = Math.min(poll * 2, POLL_MAX);
    }
  }

  /** Ends the connection at once; what waits is let go. */
  #end(code: number, reason: string): void {
    if (this.#left) return;
    this.#ending = { code, reason };
    this.#log("dropped", reason);
    this.#leave();
    this.#outbox.take();
    this.#socket.close(code, reason);
  }

  #leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#hub.unregister(this);
    this.#incoming.close();
    this.#outbox.close();
    this.#options.onLeave();
  }

  #log(event: string, reason: string): void {
    this.#options.log(`client ${event}`, { reason });
  }
}

/** The length of `text` in UTF-8 bytes, counted only where it could pass `limit`. */
function encodedLength(text: string, limit: number): number {
  return text.length * 3 <= limit || text.length > limit
    ? text.length
    : encoder.encode(text).length;
}
