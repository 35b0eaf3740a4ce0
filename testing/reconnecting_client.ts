/**
 * A client of `hubbub.v1` that does all that the protocol asks of one: it reconnects as the same
 * person, resumes, and sends unconfirmed messages again under the same id.
 *
 * @module
 */
import { RawSocket } from "./raw_socket.ts";
import {
  type Command,
  type ErrorCode,
  type ErrorLine,
  HISTORY_LIMIT,
  type JoinedLine,
  type Message,
  parseLine,
  printLine,
  PROTOCOL,
  type ServerLine,
} from "../protocol/mod.ts";
import { delay, ulid } from "../lib/std.ts";
import type { Random } from "./random.ts";
import type { DeliveryChecker } from "./delivery_checker.ts";
import { type AnsweredChange, PendingChanges } from "./pending_changes.ts";
import { type Resumed, RoomView } from "./room_view.ts";

/** The options of a {@linkcode ReconnectingClient}. */
export interface ReconnectingClientOptions {
  name: string;
  rooms: readonly string[];
  checker: DeliveryChecker;
  random: Random;
  /** Returns the port of a server; called before each connection. */
  port(): number;
  /**
   * The time in ms after which it sends again what was refused with `storage`; by default it waits
   * for {@linkcode ReconnectingClient.resend}.
   */
  retryMs?: number;
  /** Called after each read. */
  onLines(client: ReconnectingClient): void;
  /** Called with the reason when a line breaks a promise. */
  onFailure(error: unknown): void;
}

/** A message that a person sent. */
export interface SentMessage {
  readonly room: string;
  readonly text: string;
  /** The `seq` of the message that it replies to. */
  readonly re?: number;
}

/** The longest time before it reconnects, in ms: usually, and when it is late. */
const RECONNECT_MS = 60;
const RECONNECT_LATE_MS = 1500;
/**
 * The shares of reconnections that are late, of connections on which it sends before the answer to
 * `join`, and of messages that it sends twice.
 */
const LATE = 0.1;
const EARLY = 0.5;
const DUPLICATE = 0.03;

const decoder = new TextDecoder();

/** A person in some rooms who reconnects until {@linkcode ReconnectingClient.stop}. */
export class ReconnectingClient {
  readonly views: ReadonlyMap<string, RoomView>;
  /** The messages it sent, by id. */
  readonly sent = new Map<string, SentMessage>();
  /** Its messages that the server has not sent back yet, by id. */
  readonly unconfirmed = new Map<string, SentMessage>();
  /** The number of its connections so far. */
  connections = 0;
  /** The unconfirmed messages that were refused with `storage` when last sent. */
  readonly refused = new Set<string>();
  /** The codes with which connections were closed, 1006 for a cut. */
  readonly closeCodes: number[] = [];
  /** Its id; empty before it is known. */
  id = "";
  /** The changes that it makes of messages. */
  readonly changes = new PendingChanges((command) => this.#write(command));
  /** The places of its messages that it knows to be stored. */
  readonly stored: { readonly room: string; readonly seq: number }[] = [];
  /** The rooms that it moderates. */
  readonly moderated = new Set<string>();
  readonly #options: ReconnectingClientOptions;
  #cookie = "";
  #socket: RawSocket | undefined;
  /** The messages that were sent on this connection, by id. */
  readonly #sentNow = new Set<string>();
  /** From where the joins that were not answered yet resume. */
  readonly #joining = new Map<string, Resumed>();
  /** The rooms that could not be read. */
  readonly #unread = new Set<string>();
  #retry: ReturnType<typeof setTimeout> | undefined;
  readonly #stopping = new AbortController();
  #run: Promise<void> = Promise.resolve();

  constructor(options: ReconnectingClientOptions) {
    this.#options = options;
    this.views = new Map(options.rooms.map((room) => [room, new RoomView(options.checker, room)]));
  }

  /** Takes its name and begins to connect. */
  async connect(): Promise<void> {
    const { name, port } = this.#options;
    const response = await fetch(`http://127.0.0.1:${port()}/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name }),
    });
    await response.body?.cancel();
    const cookie = response.headers.get("set-cookie")?.split(";")[0];
    if (!cookie) throw new Error(`Cannot log in as ${name}: received ${response.status}`);
    this.#cookie = cookie;
    this.#run = this.#connectRepeatedly();
  }

  /** Sends a message, now or when it has joined the room. */
  send(room: string, text: string, re?: number): void {
    const [id, sent] = [ulid(), { room, text, ...(re !== undefined && { re }) }];
    this.sent.set(id, sent);
    this.unconfirmed.set(id, sent);
    if (this.views.get(room)?.inside) this.#send(id, sent);
  }

  /** Changes a message, now or when it has joined the room. */
  change(command: AnsweredChange): void {
    this.changes.give(command, this.views.get(command.room)?.hasAll ?? false);
  }

  /** Sends again what is not known to be stored. */
  resend(): void {
    for (const [id, sent] of this.unconfirmed) this.#send(id, sent);
    for (const room of this.views.keys()) this.changes.sendAll(room);
  }

  /** Cuts its connection without a close frame. */
  disconnect(): void {
    this.#socket?.[Symbol.dispose]();
  }

  /** Ends its connection and does not come back. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.disconnect();
    await this.#run;
  }

  async #connectRepeatedly(): Promise<void> {
    const { random, port } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const headers = { "Cookie": this.#cookie };
        this.#socket = await RawSocket.connect({
          port: port(),
          path: "/ws",
          protocol: PROTOCOL,
          headers,
        });
        if (signal.aborted) this.disconnect();
        const ending = await this.#useConnection(this.#socket);
        this.closeCodes.push(ending);
      } catch {
        // The server is not there, or was killed during the handshake.
      }
      const late = random() < LATE ? RECONNECT_LATE_MS : RECONNECT_MS;
      await delay(random() * late, { signal }).catch(() => {});
    }
  }

  async #useConnection(socket: RawSocket): Promise<number> {
    this.connections++;
    this.#sentNow.clear();
    this.changes.disconnect();
    this.#joining.clear();
    this.#unread.clear();
    const ending = socket.receive((bytes, from, to) => {
      // Each line has its newline behind it.
      const lines = decoder.decode(bytes.subarray(from, to - 1)).split("\n");
      try {
        for (const line of lines) this.#read(line);
      } catch (error) {
        this.#options.onFailure(error);
      }
      this.#options.onLines(this);
    });
    for (const room of this.views.keys()) this.#join(room);
    if (this.#options.random() < EARLY) this.resend();
    const { code } = await ending;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    for (const view of this.views.values()) view.leave();
    return code;
  }

  #join(room: string): void {
    const { seen: after, rev } = this.#viewOf(room);
    this.#joining.set(room, { after, rev });
    this.#write({ type: "join", room, after, rev });
  }

  #read(text: string): void {
    const line = parseLine(text);
    if (line === undefined) throw new Error(`Cannot read what the server sent: ${text}`);
    switch (line.type) {
      case "hello":
        if (this.id === "") this.id = line.user.id;
        if (this.id !== line.user.id) throw new Error(`${this.id} came back as ${line.user.id}`);
        return;
      case "joined":
        this.#joined(line);
        for (const message of line.messages) this.#confirm(message);
        this.#catchUpChanges(line.room);
        return this.#catchUp(line.room);
      case "changed":
        this.#viewOf(line.room).change(line);
        if (line.by === this.id && line.id !== undefined) this.changes.finish(line.id, "changed");
        return;
      case "deleted":
        return this.#viewOf(line.room).delete(line);
      case "changes":
        this.#viewOf(line.room).extendChanges(line);
        return this.#catchUpChanges(line.room);
      case "ok":
        return this.changes.finish(line.id ?? "", "unchanged");
      case "history":
        this.#viewOf(line.room).extend(line);
        for (const message of line.messages) this.#confirm(message);
        return this.#catchUp(line.room);
      case "message":
        return this.#receive(line);
      case "presence":
        return this.#viewOf(line.room).notice(line);
      case "error":
        return this.#handleError(line);
      case "state":
      case "room":
        // It joins the rooms that it was given, whatever it is a member of.
        if (line.type === "room" && line.role === "moderator") this.moderated.add(line.room);
        return;
      default:
        return this.#rejectLine(line);
    }
  }

  #joined(line: JoinedLine): void {
    const resumed = this.#joining.get(line.room);
    const { after = 0 } = resumed ?? {};
    if (after > line.last) {
      throw new Error(
        `${this.id} saw ${after} of ${line.room}, which is said to end at ${line.last}`,
      );
    }
    this.#viewOf(line.room).enter(line, resumed);
    this.#joining.delete(line.room);
  }

  #receive(message: Message): void {
    const live = this.#viewOf(message.room).receive(message);
    if (!live && !(message.user.id === this.id && this.#sentNow.has(message.id))) {
      throw new Error(`${message.seq} of ${message.room} came to ${this.id} unasked`);
    }
    this.#confirm(message);
  }

  #handleError({ code, message, ref = "" }: ErrorLine): void {
    if (this.changes.has(ref)) return this.#handleChangeError(code, ref);
    const room = this.sent.get(ref)?.room;
    if (code === "storage" && this.views.has(ref)) {
      // Either a `join`, and then it is not in the room, or a `history` or a `changes`.
      if (this.#joining.delete(ref)) this.#viewOf(ref).leave();
      this.#unread.add(ref);
    } else if (
      room !== undefined && this.#sentNow.has(ref) &&
      // It may have been sent before the answer to `join`, which failed.
      (code === "storage" || (code === "not_joined" && !this.#viewOf(room).inside))
    ) {
      if (this.unconfirmed.has(ref)) this.refused.add(ref);
    } else throw new Error(`${code}: ${message} (${ref})`);
    this.#retryLater();
  }

  #handleChangeError(code: ErrorCode, id: string): void {
    if (code === "storage" || code === "not_joined") {
      this.changes.postpone(id);
      this.#retryLater();
      // The message was deleted, or too many are pinned.
    } else if (code === "bad_value" || code === "too_many") this.changes.finish(id, "refused");
    else throw new Error(`${this.id} may not change a message: ${code}`);
  }

  #retryLater(): void {
    const { retryMs } = this.#options;
    if (retryMs !== undefined) this.#retry ??= setTimeout(() => this.#retryRefused(), retryMs);
  }

  #retryRefused(): void {
    this.#retry = undefined;
    for (const room of this.#unread) {
      if (this.#viewOf(room).inside) {
        this.#catchUpChanges(room);
        this.#catchUp(room);
      } else this.#join(room);
    }
    this.#unread.clear();
    for (const [room, { hasAll }] of this.views) if (hasAll) this.changes.sendAll(room);
    for (const id of this.refused) {
      const sent = this.unconfirmed.get(id);
      if (sent && this.#viewOf(sent.room).inside) this.#send(id, sent);
    }
    if (this.refused.size > 0) this.#retryLater();
  }

  #rejectLine(line: ServerLine): void {
    throw new Error(`${this.id} was sent ${printLine(line)}`);
  }

  /** Notes that a message is stored; unless it was changed, it must have the text that it was sent with. */
  #confirm({ room, seq, id, user, text, re, edited, deleted }: Message): void {
    if (user.id !== this.id) return;
    const sent = this.sent.get(id);
    const isChanged = edited !== undefined || deleted !== undefined;
    const isOther = sent?.re !== re && deleted === undefined;
    if (sent?.room !== room || isOther || (sent.text !== text && !isChanged)) {
      throw new Error(`${id} came back as another`);
    }
    if (this.unconfirmed.delete(id)) this.stored.push({ room, seq });
    this.refused.delete(id);
  }

  /** Asks for the next missed messages; when there are none, sends again what was not stored. */
  #catchUp(room: string): void {
    const view = this.#viewOf(room);
    if (!view.hasAll) {
      return this.#write({ type: "history", room, after: view.seen, limit: HISTORY_LIMIT });
    }
    for (const [id, sent] of this.unconfirmed) {
      if (sent.room === room && !this.#sentNow.has(id)) this.#send(id, sent);
    }
    this.changes.sendAll(room);
  }

  /** Asks for the next missed changes. */
  #catchUpChanges(room: string): void {
    const { inside, hasAllChanges, rev } = this.#viewOf(room);
    // An error about it has the room as its `ref`, as one about a `history` has.
    if (inside && !hasAllChanges) this.#write({ type: "changes", id: room, room, rev });
  }

  #send(id: string, { room, text, re }: SentMessage): void {
    this.#sentNow.add(id);
    this.refused.delete(id);
    const times = this.#options.random() < DUPLICATE ? 2 : 1;
    for (let i = 0; i < times; i++) {
      this.#write({ type: "send", room, id, text, ...(re !== undefined && { re }) });
    }
  }

  #write(command: Command): void {
    this.#socket?.send(printLine(command));
  }

  #viewOf(room: string): RoomView {
    const view = this.views.get(room);
    if (view === undefined) throw new Error(`${this.id} never entered ${room}`);
    return view;
  }
}
