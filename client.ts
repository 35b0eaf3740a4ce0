import { Allowance } from "./client/rate_limits.ts";
import { Channel, type ChannelOptions } from "./lib/channel.ts";
import { type Format, type Frame, frameOfLine } from "./hub/frames.ts";
import type { Hub, HubCommand } from "./hub.ts";
import { CLOSE, DROPS, endingOf, GOING_AWAY, type Leaving } from "./client/close_reasons.ts";
import { Outbox, type OutboxOwner } from "./client/outbox.ts";
import {
  type ErrorLine,
  FRAME_BYTES,
  frameLines,
  type HelloLine,
  HISTORY_LIMIT,
  type Limits,
  type NameCommand,
  parseCommand,
  parsePlain,
  PROTOCOL,
  type SendCommand,
  type ServerLine,
  type User,
} from "./protocol/mod.ts";
import type { Subscriber } from "./hub/room.ts";
import { delay, ulid } from "./lib/std.ts";
import { exceedsUtf8 } from "./protocol/utf8.ts";

/** What may wait to be read while a reply is awaited, in characters. */
const INCOMING_LENGTH = 1024 * 1024;

/** What a plain client's address says. */
export interface PlainOptions {
  room: string;
  /** How many of the newest messages it gets first. */
  history: number;
}

/** Whose connection a client is. */
export interface Owner {
  /** Who it is, under the name of this moment. */
  readonly user: User;
  /** There for a client that speaks plain lines. */
  readonly plain?: PlainOptions | undefined;
  /** Gives its person another name; the error when that can't be. */
  rename(command: NameCommand): Promise<ErrorLine | undefined>;
  /** Called once, when it is out of the hub. */
  onLeave(leaving: Leaving): void;
  /** Called when the socket is closed, which a stuck peer may delay for ever; twice may happen. */
  onGone(): void;
}

/** What every client may do. */
export interface ClientOptions {
  /** The program's version, for `hello`. */
  version: string;
  /** Bytes of one message's text. */
  maxMessage: number;
  /** Messages a second; 0: no limit. */
  rate: number;
  /** What may wait for it, the runtime's buffer included, in bytes. */
  sendBuffer: number;
  /** How long it may drain nothing while something waits, in ms. */
  writeWait: number;
}

const NORMAL: Leaving = { code: CLOSE.normal, reason: "" };

const INCOMING: ChannelOptions<string> = {
  capacity: INCOMING_LENGTH,
  weigh: (frame) => frame.length,
};

/**
 * One connection: its read pump carries commands from the socket to the hub, its outbox carries
 * frames to the socket. The hub knows it as a {@linkcode Subscriber}. Most clients only listen most
 * of the time: they have no pump that waits, and nothing that only those who talk need.
 *
 * The runtime never waits for a peer and may never report the end of one that has stopped
 * reading, so every ending leaves the hub first, closes the socket second and waits for nothing;
 * each may come twice, the first one counts.
 */
export class Client implements Subscriber, OutboxOwner {
  readonly format: Format;
  readonly #socket: WebSocket;
  readonly #hub: Hub;
  readonly #owner: Owner;
  readonly #options: ClientOptions;
  readonly #incoming = new Channel<string>(INCOMING);
  readonly #outbox: Outbox;
  readonly #allowance: Allowance;
  #reading = false;
  /** Lets the reading go on that waits for an answer. */
  #answered: (() => void) | undefined;
  #ending = NORMAL;
  #left = false;

  /** Takes part in the hub as soon as the socket is open. */
  constructor(socket: WebSocket, hub: Hub, owner: Owner, options: ClientOptions) {
    this.format = owner.plain === undefined ? "json" : "plain";
    this.#socket = socket;
    this.#hub = hub;
    this.#owner = owner;
    this.#options = options;
    this.#outbox = new Outbox(socket, options.sendBuffer, this);
    this.#allowance = new Allowance(options.rate);
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = ({ code, reason }) => {
      this.#leave(endingOf(code, reason));
      owner.onGone();
    };
    if (socket.readyState === WebSocket.CONNECTING) {
      socket.addEventListener("open", () => this.#register(), { once: true });
    } else {
      this.#register();
    }
  }

  get user(): User {
    return this.#owner.user;
  }

  /** Whether it is out of the hub; its socket may be open for long after. */
  get left(): boolean {
    return this.#left;
  }

  /** Bytes that wait for it, the runtime's buffer included. */
  get waiting(): number {
    return this.#outbox.waiting;
  }

  offer(frames: readonly Frame[]): boolean {
    return this.#outbox.offer(frames);
  }

  reply(line: ServerLine): boolean {
    if (line.type === "error" && !this.#mayErr(line)) return true;
    const frame = frameOfLine(line, this.format);
    const fits = frame === undefined || this.#outbox.reply(frame);
    this.#answered?.();
    return fits;
  }

  release(): void {
    this.#outbox.close();
  }

  drain(): void {
    this.#ending = GOING_AWAY;
    this.#incoming.take();
    this.#incoming.close();
    this.#outbox.close();
  }

  drop(): void {
    this.#drop("slow", "Too slow: come back and resume");
  }

  /** Ends the connection when what waits is written, though the hub stays. */
  sendAway(): void {
    this.#ending = GOING_AWAY;
    this.#incoming.take();
    this.#incoming.close();
    this.#hub.unregister(this);
  }

  /** Ends the connection of somebody who has logged out. */
  logout(): void {
    this.#cut({ code: CLOSE.normal, reason: "Logged out" });
  }

  /** Drops a peer that drains nothing. To be called again and again; `now` in ms. */
  sweep(now: number): void {
    if (this.#outbox.stuckFor(now) >= this.#options.writeWait) this.drop();
  }

  #receive(data: unknown): void {
    if (this.#left) return;
    if (typeof data !== "string") {
      this.#drop("binary", "Binary frames are not understood: send text");
    } else if (exceedsUtf8(data, FRAME_BYTES)) {
      this.#drop("too_big", `A frame may have ${FRAME_BYTES} bytes`);
    } else if (!this.#incoming.trySend(data)) {
      this.#drop("unread", "Too much sent before the answers were read");
    } else if (!this.#reading) {
      void this.#read();
    }
  }

  #register(): void {
    if (this.#left) return;
    if (!this.#hub.register(this)) return this.drain();
    const { plain } = this.#owner;
    if (plain === undefined) this.reply(this.#hello());
    else void this.#read({ type: "join", room: plain.room, newest: plain.history });
  }

  /** Obeys `first` and what waits. Then nothing runs until more comes: most clients only listen. */
  async #read(first?: HubCommand): Promise<void> {
    this.#reading = true;
    try {
      if (first !== undefined) await this.#ask(first);
      await this.#readPump();
    } catch (error) {
      this.onFault(error);
    }
  }

  async #readPump(): Promise<void> {
    const { plain } = this.#owner;
    const linesOf = plain === undefined ? frameLines : (frame: string) => [frame];
    for (let frames; (frames = this.#incoming.take()).length > 0;) {
      for (const line of frames.flatMap(linesOf)) {
        const answered = plain === undefined
          ? this.#readLine(line)
          : this.#readPlain(line, plain.room);
        // To wait for nothing costs more than most lines do.
        if (answered !== undefined) await answered;
        if (this.#left) return;
      }
    }
    // In the step of the last look: a frame that came before the next one would find nobody to read it.
    this.#reading = false;
  }

  #readPlain(frame: string, room: string): undefined {
    const { maxMessage } = this.#options;
    const text = parsePlain(frame);
    if (text === "") return;
    if (exceedsUtf8(text, maxMessage)) {
      this.#drop("too_big", `A message may have ${maxMessage} bytes`);
    } else if (this.#allowance.takeMessage(performance.now()) > 0) {
      this.#drop("too_fast", `Too fast: ${this.#options.rate} messages a second`);
    } else {
      this.#command({ type: "send", room, id: ulid(), text });
    }
  }

  /** Obeys a line; a promise when the next one has to wait. */
  #readLine(line: string): Promise<void> | undefined {
    const command = parseCommand(line, { message: this.#options.maxMessage });
    switch (command.type) {
      case "error":
        this.reply(command);
        return;
      case "join":
      case "leave":
      case "history":
      case "rooms":
        return this.#ask(command);
    }
    if (this.#allowance.takeTry(performance.now()) > 0) {
      this.#drop("too_fast", "Far too fast, in spite of rate_limited");
      return;
    }
    switch (command.type) {
      case "send":
        return this.#send(command);
      case "name":
        return this.#rename(command);
      case "typing":
        return this.#command(command);
    }
  }

  #send(command: SendCommand): undefined {
    if (this.#mayGoOn(command.id)) this.#command(command);
  }

  async #rename(command: NameCommand): Promise<void> {
    // Like a message, it is told to everyone around.
    if (!this.#mayGoOn()) return;
    const error = await this.#owner.rename(command);
    if (error !== undefined) this.reply(error);
  }

  /**
   * Hands over what has a large answer, and reads on when that was mostly written. Whoever asks too fast
   * waits: somebody who comes back to a hundred rooms means no harm. Any reply is taken for the answer:
   * at worst the next question is read early, until a full buffer stops that.
   */
  async #ask(command: HubCommand): Promise<void> {
    for (let wait; (wait = this.#allowance.takeQuestion(performance.now())) > 0;) await delay(wait);
    if (this.#left) return;
    const answered = new Promise<void>((resolve) => this.#answered = resolve);
    this.#command(command);
    await answered;
    this.#answered = undefined;
    await this.#outbox.drained();
  }

  #command(command: HubCommand): undefined {
    if (this.#hub.command(this, command) || this.#hub.closed) return;
    this.#drop("busy", "Too busy: come back and send again");
  }

  /** Whether the rate allows one more of what others are told; else it is told so. */
  #mayGoOn(ref?: string): boolean {
    const retry = this.#allowance.takeMessage(performance.now());
    if (retry === 0) return true;
    this.reply({
      type: "error",
      code: "rate_limited",
      message: `Too fast: ${this.#options.rate} messages a second, try again in ${retry} ms`,
      ...(ref === undefined ? {} : { ref }),
      retry,
    });
    return false;
  }

  /** Ends the connection: all is written that ever will be. */
  onWritten(): void {
    this.#leave();
    this.#socket.close(this.#ending.code, this.#ending.reason);
  }

  /** A fault of ours that one client meets ends that connection, not the chat. */
  onFault(error: unknown): void {
    const fault = error instanceof Error ? error.stack ?? error.message : String(error);
    const reason = "Something went wrong here: come back and resume";
    this.#cut({ drop: "fault", code: DROPS.fault, reason, fault });
  }

  #hello(): HelloLine {
    const { version, maxMessage, rate } = this.#options;
    const limits: Limits = {
      message: maxMessage,
      frame: FRAME_BYTES,
      rate,
      burst: this.#allowance.burst,
      history: HISTORY_LIMIT,
    };
    return { type: "hello", protocol: PROTOCOL, version, user: this.user, limits };
  }

  /** Whether one more error is bearable; else the connection is over. */
  #mayErr({ code, message, ref }: ErrorLine): boolean {
    const { plain } = this.#owner;
    if (plain !== undefined && ref === plain.room) {
      // Without its room a plain client has nothing, and there is no line to tell it.
      this.#drop(code === "storage" ? "storage" : "refused", message);
      return false;
    }
    if (code === "rate_limited" || code === "storage") return true;
    if (this.#allowance.takeError(performance.now()) === 0) return true;
    this.#finish({
      drop: "errors",
      code: DROPS.errors,
      reason: `Too many errors, the last one ${code}`,
    });
    return false;
  }

  /** Takes the client out of the hub at once, and ends the connection when what waits is written. */
  #finish(ending: Leaving): void {
    this.#ending = ending;
    this.#leave();
  }

  /** Ends the connection at once; what waits is let go. */
  #cut(ending: Leaving): void {
    if (this.#left) return;
    this.#finish(ending);
    this.#outbox.discard();
    this.#socket.close(ending.code, ending.reason);
  }

  #drop(drop: keyof typeof DROPS, reason: string): void {
    this.#cut({ drop, code: DROPS[drop], reason });
  }

  #leave(ending = this.#ending): void {
    if (this.#left) return;
    this.#left = true;
    this.#hub.unregister(this);
    this.#incoming.take();
    this.#incoming.close();
    this.#outbox.close();
    this.#answered?.();
    this.#owner.onLeave(ending);
  }
}
