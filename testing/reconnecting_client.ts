/**
 * A client of `hubbub.v1` that does all that the protocol asks of one: it comes back as the same
 * person, resumes, and sends again under the same id what was not returned.
 *
 * @module
 */
import { RawSocket } from "./raw_socket.ts";
import {
  type Command,
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
import { type Ledger, RoomView } from "./delivery_checker.ts";

/** Who a {@linkcode Person} is and where it goes. */
export interface PersonOptions {
  name: string;
  rooms: readonly string[];
  ledger: Ledger;
  random: Random;
  /** Where a server is now; asked before each connection. */
  port(): number;
  /** After how many ms what was refused with `storage` is tried again; by default only when told to. */
  retryMs?: number;
  /** Called after all that was received at once. */
  onLines(person: Person): void;
  /** Told of each line that breaks a promise. */
  onFailure(error: unknown): void;
}

/** A message that a person sent. */
export interface Said {
  readonly room: string;
  readonly text: string;
}

/** How soon to come back, in ms, and how late at most when it takes its time. */
const BACK_MS = 60;
const BACK_LATE_MS = 1500;
/** How often somebody is late, sends before the answer to `join`, and sends a message twice. */
const LATE = 0.1;
const HASTY = 0.5;
const TWICE = 0.03;

const decoder = new TextDecoder();

/** Somebody in some rooms, connected again and again until {@linkcode Person.leave}. */
export class Person {
  readonly views: ReadonlyMap<string, RoomView>;
  /** All that it sent, by id. */
  readonly said = new Map<string, Said>();
  /** What it has not been sent back yet, by id. */
  readonly unreturned = new Map<string, Said>();
  /** How often it was connected. */
  connections = 0;
  /** Those among them that were refused with `storage` when they were last sent. */
  readonly refused = new Set<string>();
  /** The codes with which connections were closed, 1006 for a cut. */
  readonly endings: number[] = [];
  /** Its id; empty before it is known. */
  id = "";
  readonly #options: PersonOptions;
  #cookie = "";
  #socket: RawSocket | undefined;
  /** What went out on this connection, by id. */
  readonly #sent = new Set<string>();
  /** The `after` of the joins that were not answered yet. */
  readonly #joining = new Map<string, number>();
  /** The rooms that could not be read. */
  readonly #unread = new Set<string>();
  #retry: ReturnType<typeof setTimeout> | undefined;
  readonly #leaving = new AbortController();
  #run: Promise<void> = Promise.resolve();

  constructor(options: PersonOptions) {
    this.#options = options;
    this.views = new Map(options.rooms.map((room) => [room, new RoomView(options.ledger, room)]));
  }

  /** Takes its name and begins to connect. */
  async enter(): Promise<void> {
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
    this.#run = this.#comeAgain();
  }

  /** Sends a message, now or when it is in the room. */
  say(room: string, text: string): void {
    const id = ulid();
    this.said.set(id, { room, text });
    this.unreturned.set(id, { room, text });
    if (this.views.get(room)?.inside) this.#send(id, { room, text });
  }

  /** Sends again what is not known to be stored. */
  sayAgain(): void {
    for (const [id, said] of this.unreturned) this.#send(id, said);
  }

  /** Cuts its connection without a word. */
  cut(): void {
    this.#socket?.[Symbol.dispose]();
  }

  /** Ends its connection and does not come back. */
  async leave(): Promise<void> {
    this.#leaving.abort();
    this.cut();
    await this.#run;
  }

  async #comeAgain(): Promise<void> {
    const { random, port } = this.#options;
    const { signal } = this.#leaving;
    while (!signal.aborted) {
      try {
        const headers = { "Cookie": this.#cookie };
        this.#socket = await RawSocket.connect({
          port: port(),
          path: "/ws",
          protocol: PROTOCOL,
          headers,
        });
        if (signal.aborted) this.cut();
        const ending = await this.#stay(this.#socket);
        this.endings.push(ending);
      } catch {
        // The server is not there, or was killed during the handshake.
      }
      const late = random() < LATE ? BACK_LATE_MS : BACK_MS;
      await delay(random() * late, { signal }).catch(() => {});
    }
  }

  async #stay(socket: RawSocket): Promise<number> {
    this.connections++;
    this.#sent.clear();
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
    if (this.#options.random() < HASTY) this.sayAgain();
    const { code } = await ending;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    for (const view of this.views.values()) view.leave();
    return code;
  }

  #join(room: string): void {
    const after = this.#view(room).seen;
    this.#joining.set(room, after);
    this.#tell({ type: "join", room, after });
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
        this.#enter(line);
        for (const message of line.messages) this.#returned(message);
        return this.#goOn(line.room);
      case "history":
        this.#view(line.room).extend(line);
        for (const message of line.messages) this.#returned(message);
        return this.#goOn(line.room);
      case "message":
        return this.#receive(line);
      case "presence":
        return this.#view(line.room).notice(line);
      case "error":
        return this.#endure(line);
      default:
        return this.#refuse(line);
    }
  }

  #enter(line: JoinedLine): void {
    const after = this.#joining.get(line.room);
    if (after !== undefined && after > line.last) {
      throw new Error(
        `${this.id} saw ${after} of ${line.room}, which is said to end at ${line.last}`,
      );
    }
    this.#view(line.room).enter(line, after);
    this.#joining.delete(line.room);
  }

  #receive(message: Message): void {
    const live = this.#view(message.room).receive(message);
    if (!live && !(message.user.id === this.id && this.#sent.has(message.id))) {
      throw new Error(`${message.seq} of ${message.room} came to ${this.id} unasked`);
    }
    this.#returned(message);
  }

  #endure({ code, message, ref = "" }: ErrorLine): void {
    const room = this.said.get(ref)?.room;
    if (code === "storage" && this.views.has(ref)) {
      // Either a `join`, and then it is not in the room, or a `history`.
      if (this.#joining.delete(ref)) this.#view(ref).leave();
      this.#unread.add(ref);
    } else if (
      room !== undefined && this.#sent.has(ref) &&
      // It may have been sent before the answer to `join`, which failed.
      (code === "storage" || (code === "not_joined" && !this.#view(room).inside))
    ) {
      if (this.unreturned.has(ref)) this.refused.add(ref);
    } else throw new Error(`${code}: ${message} (${ref})`);
    this.#retryLater();
  }

  #retryLater(): void {
    const { retryMs } = this.#options;
    if (retryMs !== undefined) this.#retry ??= setTimeout(() => this.#tryAgain(), retryMs);
  }

  #tryAgain(): void {
    this.#retry = undefined;
    for (const room of this.#unread) {
      if (this.#view(room).inside) this.#goOn(room);
      else this.#join(room);
    }
    this.#unread.clear();
    for (const id of this.refused) {
      const said = this.unreturned.get(id);
      if (said && this.#view(said.room).inside) this.#send(id, said);
    }
    if (this.refused.size > 0) this.#retryLater();
  }

  #refuse(line: ServerLine): void {
    throw new Error(`${this.id} was sent ${printLine(line)}`);
  }

  /** Notes a message that is stored; it has the text that it was sent with. */
  #returned({ room, id, user, text }: Message): void {
    if (user.id !== this.id) return;
    const said = this.said.get(id);
    if (said?.room !== room || said.text !== text) throw new Error(`${id} came back as another`);
    this.unreturned.delete(id);
    this.refused.delete(id);
  }

  /** Asks on for what was missed; what is not known by then was not stored. */
  #goOn(room: string): void {
    const view = this.#view(room);
    if (!view.current) {
      return this.#tell({ type: "history", room, after: view.seen, limit: HISTORY_LIMIT });
    }
    for (const [id, said] of this.unreturned) {
      if (said.room === room && !this.#sent.has(id)) this.#send(id, said);
    }
  }

  #send(id: string, { room, text }: Said): void {
    this.#sent.add(id);
    this.refused.delete(id);
    const times = this.#options.random() < TWICE ? 2 : 1;
    for (let i = 0; i < times; i++) this.#tell({ type: "send", room, id, text });
  }

  #tell(command: Command): void {
    this.#socket?.send(printLine(command));
  }

  #view(room: string): RoomView {
    const view = this.views.get(room);
    if (view === undefined) throw new Error(`${this.id} never entered ${room}`);
    return view;
  }
}
