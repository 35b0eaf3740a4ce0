import { RateLimits } from "./client/rate_limits.ts";
import { exceedsFrame, frameOfLine } from "./hub/frames.ts";
import type { Format, Frame } from "./protocol/frame.ts";
import type { Hub } from "./hub.ts";
import { type DROPS, type Ending, endingOf, GOING_AWAY, NORMAL } from "./client/close_reasons.ts";
import { BACKLOG, dropFor, dropForFault, SLOW } from "./client/drops.ts";
import { closeSocket } from "./client/close_socket.ts";
import type { ClientDelegate, ClientOptions } from "./client/options.ts";
import { helloLine } from "./client/hello.ts";
import { plainText } from "./client/plain_text.ts";
import type { HubCommand, Request } from "./hub/requests.ts";
import { sendWork } from "./hub/event_work.ts";
import { PendingReply } from "./client/pending_reply.ts";
import { Outbox, type OutboxOwner } from "./client/outbox.ts";
import {
  type ActionCommand,
  countedMessages,
  countEmptyLines,
  type ErrorLine,
  frameBytes,
  frameLines,
  type NameCommand,
  parseCommand,
  type SendCommand,
  type ServerLine,
  type TypingCommand,
  type User,
} from "./protocol/mod.ts";
import { type Closing, LOGGED_OUT } from "./hub/effects.ts";
import type { Proof, SessionKey } from "./protocol/sessions.ts";
import type { Subscriber } from "./hub/room.ts";
import { delay, ulid } from "./lib/std.ts";
import { exceedsUtf8 } from "./protocol/utf8.ts";
import { UnreadFrames } from "./client/unread_frames.ts";
import { UntakenCommands, withoutFrame } from "./client/untaken_commands.ts";

/**
 * One connection. Its read pump carries commands from the socket to the hub, its outbox carries frames to
 * the socket. The hub knows it as a {@linkcode Subscriber}. Most clients only listen most of the time, so the
 * pump runs only while there is something to read.
 *
 * The runtime never waits for a peer, and may never report the end of one that has stopped reading. So every ending
 * leaves the hub first, closes the socket second and waits for nothing. Of two endings the first one counts.
 *
 * The client and the hub end each other in one direction at a time: a client that ends itself calls
 * `hub.unregister`, and a client that the hub ends (`release`, `drop`, `dismiss`, `fail`, `drain`) does not call the hub.
 */
export class Client implements Subscriber, OutboxOwner {
  readonly format: Format;
  readonly aliases: readonly string[];
  readonly session: SessionKey | undefined;
  readonly proof: Proof | undefined;
  readonly network: string;
  readonly isBehindProxy: boolean;
  readonly #socket: WebSocket;
  readonly #hub: Hub;
  readonly #owner: ClientDelegate;
  readonly #options: ClientOptions;
  readonly #unread: UnreadFrames;
  readonly #outbox: Outbox;
  readonly #rateLimits: RateLimits;
  #registered = false;
  /** Nothing is read before the hub has welcomed the client. */
  #reading = true;
  readonly #pending = new PendingReply();
  /** The length of the frame that is being read. */
  #frameLength = 0;
  /** Made for the first command, since most clients only listen. */
  #untaken: UntakenCommands | undefined;
  #ending = NORMAL;
  #left = false;

  /** Creates a client that registers in the hub as soon as the socket is open. */
  constructor(socket: WebSocket, hub: Hub, owner: ClientDelegate, options: ClientOptions) {
    this.format = owner.plain === undefined ? "json" : "plain";
    this.aliases = owner.aliases;
    this.session = owner.session;
    this.proof = owner.proof;
    this.network = owner.network;
    this.isBehindProxy = owner.isBehindProxy;
    this.#unread = new UnreadFrames(owner.network);
    this.#socket = socket;
    this.#hub = hub;
    this.#owner = owner;
    this.#options = options;
    this.#outbox = new Outbox(socket, options.sendBuffer, this);
    this.#rateLimits = new RateLimits(options.rate);
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = ({ code, reason }) => {
      this.#leave(endingOf(code, reason));
      owner.onGone();
    };
    if (socket.readyState !== WebSocket.CONNECTING) this.#register();
    else socket.addEventListener("open", () => this.#register(), { once: true });
  }

  get user(): User {
    return this.#owner.user;
  }

  /** True once the client has left the hub. Its socket may stay open long after. */
  get left(): boolean {
    return this.#left;
  }

  /** The bytes that wait for the peer, the runtime's buffer included. */
  get waiting(): number {
    return this.#outbox.waiting;
  }

  taken(): void {
    this.#untaken?.take();
  }

  offer(frames: readonly Frame[]): boolean {
    return this.#outbox.offer(frames);
  }

  reply(line: ServerLine, command?: HubCommand): boolean {
    if (line.type === "error" && !this.#checkErrors(line)) return true;
    const frame = frameOfLine(line, this.format);
    if (!this.#pending.is(line, command)) {
      return frame === undefined || this.#outbox.offer([frame]);
    }
    const fits = frame === undefined || this.#outbox.reply(frame);
    this.#rateLimits.chargeReply(frame?.bytes ?? 0);
    this.#pending.end();
    return fits;
  }

  release(): void {
    this.#registered = false;
    this.#outbox.close();
  }

  welcome(): void {
    if (this.#left) return;
    const { plain } = this.#owner;
    if (plain !== undefined) {
      return void this.#read({ type: "join", room: plain.room, newest: plain.history });
    }
    this.reply(helloLine(this, this.#rateLimits.burst, this.#options));
    void this.#read();
  }

  drop(): void {
    this.#registered = false;
    this.#cut(SLOW);
  }

  dismiss(closing: Closing): void {
    this.#registered = false;
    this.#cut(closing);
  }

  fail(error: unknown): void {
    this.#registered = false;
    this.onFault(error);
  }

  drain(): void {
    this.#registered = false;
    // It may have been sent away with another reason before.
    if (this.#ending === NORMAL) this.#ending = GOING_AWAY;
    this.#unread.close();
    this.#outbox.close();
  }

  /** Ends the connection, with 1001 by default, once the queued frames are written; the hub continues. */
  sendAway(ending: Ending = GOING_AWAY): void {
    this.#ending = ending;
    this.#unread.close();
    this.#unregister();
  }

  /** Ends the connection of a person who has logged out. */
  logout(): void {
    this.#cut(LOGGED_OUT);
  }

  /** Drops a peer that drains nothing. To be called regularly; `now` in ms. */
  sweep(now: number): void {
    if (this.#outbox.stuckFor(now) >= this.#options.writeWait) this.#cut(SLOW);
  }

  #receive(data: unknown): void {
    // Frames that were in flight when the client was sent away are no fault of its.
    if (this.#left || this.#unread.closed) return;
    if (typeof data !== "string") {
      this.#drop("binary", "Cannot read binary frames: send text");
    } else if (exceedsFrame(data, frameBytes(this.#options.maxMessage))) {
      const limit = frameBytes(this.#options.maxMessage);
      this.#drop("too_big", `Frame too large: the limit is ${limit} bytes`);
    } else if (!this.#unread.add(data)) {
      this.#drop("unread", "Too many commands sent without reading the replies");
    } else if (!this.#reading) {
      void this.#read();
    }
  }

  #register(): void {
    if (this.#left) return;
    if (!this.#hub.register(this)) return this.drain();
    this.#registered = true;
  }

  /** Runs `first` and then the read pump, which ends when nothing waits: most clients only listen. */
  async #read(first?: Request): Promise<void> {
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
    for (let frame; (frame = this.#unread.take()) !== undefined;) {
      // A peer that does not read its replies is not read from, either.
      if (this.#outbox.congested) await this.#outbox.drained();
      if (this.#unread.endsTurn()) await delay(0);
      if (this.#left) return;
      this.#frameLength = frame.length;
      if (plain !== undefined) {
        const done = this.#readPlain(frame, plain.room);
        if (done !== undefined) await done;
        continue;
      }
      for (const line of this.#linesOf(frame)) {
        const done = this.#readLine(line);
        // An `await` of undefined costs more than reading most lines.
        if (done !== undefined) await done;
        if (this.#left) return;
      }
    }
    // Without an `await` since the last look: otherwise a frame could arrive that no pump reads.
    this.#reading = false;
  }

  #readPlain(frame: string, room: string): Promise<void> | undefined {
    const { maxMessage } = this.#options;
    const text = plainText(frame, maxMessage);
    if (text === "") this.#checkEmptyLines(1, frame.length);
    else if (exceedsUtf8(text, maxMessage)) {
      this.#drop("too_big", `Message too large: the limit is ${maxMessage} bytes`);
    } else if (this.#rateLimits.takeMessage(performance.now(), countedMessages(text)) > 0) {
      this.#drop("too_fast", `Too fast: the limit is ${this.#options.rate} messages per second`);
    } else {
      return this.#hand({ type: "send", room, id: ulid(), text });
    }
  }

  /** Returns the lines of a frame; none if its empty lines exceed the limit. */
  #linesOf(frame: string): string[] {
    if (frame.trim() === "") {
      this.#checkEmptyLines(1, frame.length);
      return [];
    }
    const lines = frameLines(frame);
    const empty = countEmptyLines(frame, lines.length);
    return empty === 0 || this.#checkEmptyLines(empty, frame.length) ? lines : [];
  }

  /** Handles a line. Returns a promise if the next line has to wait. */
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
        return this.#ask(command, line.length);
    }
    if (this.#rateLimits.takeAttempt(performance.now(), line.length) > 0) {
      this.#drop("too_fast", "Too fast: rate_limited was ignored");
      return;
    }
    switch (command.type) {
      case "send":
        return this.#send(command);
      case "name":
        return this.#rename(command);
      case "typing":
        if (this.#rateLimits.takeTyping(performance.now()) > 0) return;
        return this.#hand(command);
      default:
        return this.#act(command);
    }
  }

  /** After a refusal the runtime looks at the sockets of others: thousands would else fill one turn of the loop. */
  #send(command: SendCommand): Promise<void> | undefined {
    const count = countedMessages(command.text, command.files?.length);
    const refusal = this.#rateLimits.refuseMessage(performance.now(), count, command.id);
    if (refusal === undefined) return this.#hand(command);
    this.reply(refusal);
    return delay(0);
  }

  /** Hands over a command that the state answers, and waits for the answer. */
  async #act(command: ActionCommand): Promise<void> {
    const count = command.type === "edit" ? countedMessages(command.text) : 1;
    const take = () => this.#rateLimits.takeAction(performance.now(), count);
    for (let wait; (wait = take()) > 0 && !this.#left;) await delay(wait);
    await this.#ask(command);
  }

  async #rename(command: NameCommand): Promise<void> {
    const error = this.#rateLimits.refuseName(performance.now()) ??
      await this.#owner.rename(command);
    if (error !== undefined) this.reply(error);
    // As after a message that is refused; a name costs as much.
    await delay(0);
  }

  /**
   * Hands over a request, which has a large reply, and waits until most of the reply is written. A client that
   * is too fast waits instead of being dropped, because one that returns to a hundred rooms means no harm.
   */
  async #ask(request: Request, length = 0): Promise<void> {
    const cost = { join: request.type === "join", length };
    const take = () => this.#rateLimits.takeRequest(performance.now(), cost);
    for (let wait; (wait = take()) > 0 && !this.#left;) await delay(wait);
    if (this.#left) return;
    const replied = this.#pending.to(request);
    this.#command(request);
    await replied;
    await this.#outbox.drained();
  }

  /** Hands over a command without a reply. Returns a promise if too many wait in the hub for the next one to be read. */
  #hand(command: SendCommand | TypingCommand): Promise<void> | undefined {
    this.#command(command.type === "send" ? withoutFrame(command, this.#frameLength) : command);
    this.#untaken ??= new UntakenCommands((each) => sendWork(each, this.#options.rate > 0));
    return this.#left ? undefined : this.#untaken.add(command);
  }

  #command(command: HubCommand): void {
    if (this.#hub.command(this, command) || this.#hub.closed) return;
    this.#drop("busy", "Server busy: reconnect and resend");
  }

  /** Returns true if the limits allow so many more empty lines; otherwise drops the client. */
  #checkEmptyLines(count: number, length: number): boolean {
    if (this.#rateLimits.takeEmptyLines(performance.now(), count, length) === 0) return true;
    this.#drop("too_fast", "Too many empty lines");
    return false;
  }

  /** Ends the connection, because the outbox is closed and empty. */
  onWritten(): void {
    this.#leave();
    closeSocket(this.#socket, this.#ending);
  }

  onOverfull(): void {
    this.#cut(BACKLOG);
  }

  /** Ends the connection of a client that meets a fault of the server. The chat continues. */
  onFault(error: unknown): void {
    this.#cut(dropForFault(error));
  }

  /** Returns true if the limits allow one more error; otherwise ends the connection. */
  #checkErrors({ code, message, ref }: ErrorLine): boolean {
    const { plain } = this.#owner;
    const silenced = code === "muted" || code === "forbidden";
    if (plain !== undefined && (ref === plain.room || silenced)) {
      // Without its room a plain client has nothing, and its format has no line for errors.
      this.#drop(code === "storage" ? "storage" : "refused", message);
      return false;
    }
    if (code === "rate_limited" || code === "storage") return true;
    if (this.#rateLimits.takeError(performance.now()) === 0) return true;
    this.#finish(dropFor("errors", `Too many errors; the last was ${code}`));
    return false;
  }

  #drop(drop: keyof typeof DROPS, reason: string): void {
    this.#cut(dropFor(drop, reason));
  }

  /** Ends the connection at once, and discards the queued frames. */
  #cut(ending: Ending): void {
    if (this.#left) return;
    this.#finish(ending);
    this.#outbox.discard();
    closeSocket(this.#socket, ending);
  }

  /** Leaves the hub at once, and ends the connection when the queued frames are written. */
  #finish(ending: Ending): void {
    this.#ending = ending;
    this.#leave();
  }

  #leave(ending = this.#ending): void {
    if (this.#left) return;
    this.#left = true;
    this.#unregister();
    this.#unread.close();
    this.#outbox.close();
    this.#pending.end();
    this.#untaken?.end();
    this.#owner.onLeave(ending);
  }

  #unregister(): void {
    if (!this.#registered) return;
    this.#registered = false;
    this.#hub.unregister(this);
  }
}
