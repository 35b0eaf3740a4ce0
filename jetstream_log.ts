/**
 * The message log in NATS JetStream, which any number of servers share.
 *
 * @module
 */
import { createInbox } from "@nats-io/transport-node";
import type { Msg, Subscription } from "@nats-io/transport-node";
import { Channel, nextTurn } from "./channel.ts";
import { type Flight, Flights } from "./flights.ts";
import type { Draft, Entry, MessageLog, Page, PageQuery, RoomSummary } from "./log.ts";
import { MessageCache } from "./message_cache.ts";
import type { Nats } from "./nats_connection.ts";
import { readPage } from "./page_reader.ts";
import type { Message } from "./protocol.ts";
import { RoomCursor } from "./room_cursor.ts";
import { type RoomState, RoomStreams, type RoomStreamsOptions } from "./room_streams.ts";

/** How a {@linkcode JetStreamLog} keeps its history. */
export interface JetStreamLogOptions extends RoomStreamsOptions {
  /** Writes something, to see whether JetStream can; by default it is only asked how it is. */
  readonly probe?: () => Promise<unknown>;
  /** Is told how many messages of a room JetStream has lost, when it comes back with fewer. */
  readonly onLoss?: (room: string, messages: number) => void;
}

/** A draft that was published has this long to come back; and at the end of the log, this long. */
const PUBLISH_TIMEOUT_MS = 5000;
const CLOSE_TIMEOUT_MS = 1000;
/** Between two looks at what has waited for too long. */
const TIMEOUT_CHECK_MS = 250;
/** Between two looks at whether a JetStream that failed can be written again. */
const PROBE_INTERVAL_MS = 1000;
/** Between two comparisons of all rooms with their streams, at least; and at most this part of the time. */
const SWEEP_INTERVAL_MS = 5000;
const SWEEP_SHARE = 1 / 50;
/** How long a reader waits for messages that another server has already seen. */
const READ_WAIT_MS = 2000;
const CACHE_BYTES = 64 * 1024 * 1024;

/** JetStream's way to say that the subject, and so the id, has its message. */
const REFUSED = "maximum messages per subject exceeded";

type Timer = ReturnType<typeof setTimeout>;

interface Room {
  readonly name: string;
  readonly cursor: RoomCursor;
  first: number;
  /** When the newest message was sent, if that is known. */
  at?: number;
  /** When it was stored, if it was before this server heard of the room. */
  storedAt: number;
  /** Whether it has a stream. */
  made: boolean;
  /** The tokens of what is to be published once it has one, while it is being made. */
  waiting?: number[];
}

/**
 * The log on JetStream; {@linkcode RoomStreams} says how it lies there. What was stored comes back as a
 * plain message, on every server in the same order, and only then out of {@linkcode entries}: so a
 * server hears of its own messages as it hears of others'. Plain messages can get lost, with the
 * connection or between servers of NATS; since `seq` has no gaps, a {@linkcode RoomCursor} sees what is
 * missing and fetches it.
 *
 * Nothing is published twice: a draft whose publishing failed is the sender's to repeat, because by
 * then later ones of the same sender may be stored.
 *
 * Outcomes of one room come in the order of the room; "duplicate" and "failed" come when they are known.
 */
export class JetStreamLog<Origin = unknown> implements MessageLog<Origin> {
  readonly #nats: Nats;
  readonly #streams: RoomStreams;
  readonly #options: JetStreamLogOptions;
  readonly #entries = new Channel<Entry<Origin>>({ capacity: Infinity, resume: nextTurn });
  readonly #rooms = new Map<string, Room>();
  /** The rooms that hold a message, in the order in which they were last written to. */
  readonly #lively = new Map<string, Room>();
  readonly #cache = new MessageCache(CACHE_BYTES);
  readonly #flights = new Flights<Origin>();
  readonly #inbox = createInbox();
  readonly #subscriptions: Subscription[] = [];
  readonly #released = new DisposableStack();
  #probeTimer: Timer | undefined;
  #sweepTimer: Timer | undefined;
  #broken = false;
  #syncing = true;
  #synced = Promise.withResolvers<void>();
  #closed = false;

  private constructor(nats: Nats, options: JetStreamLogOptions) {
    this.#nats = nats;
    this.#options = options;
    this.#streams = new RoomStreams(nats, options);
  }

  /**
   * The log as JetStream has it.
   *
   * @throws {ClusterError} if another program's streams are in its place
   */
  static async open<Origin = unknown>(
    nats: Nats,
    options: JetStreamLogOptions = {},
  ): Promise<JetStreamLog<Origin>> {
    const log = new JetStreamLog<Origin>(nats, options);
    await log.#open();
    return log;
  }

  async #open(): Promise<void> {
    const { connection } = this.#nats;
    this.#subscriptions.push(
      connection.subscribe(this.#streams.live, {
        callback: (error, message) => error ? undefined : this.#hear(message),
      }),
      connection.subscribe(`${this.#inbox}.*`, {
        callback: (error, message) => error ? undefined : this.#acknowledged(message),
      }),
    );
    try {
      await this.#streams.adapt();
      // Heard before it is listed, so that nothing is stored in between.
      await connection.flush();
      for await (const state of this.#streams.list()) {
        const room = this.#meet(state);
        room.cursor.begin(state.last);
      }
    } catch (error) {
      this.#end();
      throw error;
    }
    this.#resumeAll();
    this.#orderLively();
    this.#released.use(this.#nats.onOutage({
      lost: () => this.#lost(),
      back: () => void this.#catchUp(),
    }));
    const late = setInterval(() => this.#failLate(), TIMEOUT_CHECK_MS);
    this.#released.defer(() => clearInterval(late));
    this.#sweepIn(SWEEP_INTERVAL_MS);
  }

  get entries(): AsyncIterable<Entry<Origin>[]> {
    return this.#entries.batches();
  }

  get healthy(): boolean {
    return this.#nats.connected && !this.#syncing && !this.#broken;
  }

  get roomCount(): number {
    return this.#lively.size;
  }

  rooms(limit: number): Promise<RoomSummary[]> {
    const latest = [...this.#lively.values()].slice(-limit).reverse();
    return Promise.all(latest.map(async (room) => {
      const { name, cursor: { last } } = room;
      room.at ??= (await this.#get(name, last))?.at;
      return { room: name, last, at: room.at ?? room.storedAt };
    }));
  }

  append(drafts: readonly Draft<Origin>[]): void {
    if (!this.#nats.connected || this.#closed) {
      const error = new Error("Cannot store messages: NATS is lost");
      for (const draft of drafts) this.#entries.trySend({ type: "failed", draft, error });
      return;
    }
    const deadline = performance.now() + PUBLISH_TIMEOUT_MS;
    for (const draft of drafts) {
      try {
        const subject = this.#streams.subject(draft);
        const payload = this.#streams.payload(draft);
        this.#launch(this.#flights.add({ draft, subject, payload, deadline }));
      } catch (thrown) {
        this.#entries.trySend({ type: "failed", draft, error: toError(thrown) });
      }
    }
  }

  #launch(flight: Flight<Origin>): void {
    const room = this.#room(flight.draft.room);
    if (room.made) return this.#publish(flight);
    if (room.waiting) room.waiting.push(flight.token);
    else void this.#make(room, flight.token);
  }

  #publish({ subject, payload, token }: Flight<Origin>): void {
    this.#nats.connection.publish(subject, payload, { reply: `${this.#inbox}.${token}` });
  }

  async #make(room: Room, token: number): Promise<void> {
    const waiting = room.waiting = [token];
    let failure: unknown;
    try {
      await this.#nats.ask(() => this.#streams.make(room.name));
      room.made = true;
    } catch (error) {
      failure = error;
    }
    room.waiting = undefined;
    for (const token of waiting) {
      const flight = this.#flights.get(token);
      if (!flight) continue;
      if (room.made) this.#publish(flight);
      else this.#fail(flight, toError(failure));
    }
  }

  /** What was stored, by this server or another. */
  #hear(heard: Msg): void {
    const seq = Number(heard.headers?.get("Nats-Sequence"));
    const subject = heard.headers?.get("Nats-Subject") ?? "";
    const name = subject.split(".").at(-3);
    if (!name || !Number.isSafeInteger(seq) || seq < 1) return;
    const room = this.#room(name);
    room.made = true;
    room.cursor.deliver(seq, this.#streams.parse(subject, seq, heard.data));
  }

  #emit(room: Room, message: Message): void {
    this.#cache.add(message);
    room.at = message.at;
    this.#lively.delete(room.name);
    this.#lively.set(room.name, room);
    const { user, id } = message;
    const flight = this.#flights.firstTo(this.#streams.subject({ room: room.name, user, id }));
    if (!flight) return void this.#entries.trySend({ type: "message", message });
    this.#settle(flight, { type: "message", message, origin: flight.draft.origin });
    this.#broken = false;
  }

  /** JetStream's answer. That a message was stored is mostly known by then, since it was heard. */
  #acknowledged(answer: Msg): void {
    const flight = this.#flights.get(Number(answer.subject.slice(this.#inbox.length + 1)));
    if (!flight) return;
    const room = this.#room(flight.draft.room);
    const { seq, error } = parseAcknowledgement(answer);
    if (error === REFUSED) return void this.#tellOriginal(room, flight);
    if (seq === undefined) {
      // Whoever writes next finds out whether the stream is there, and makes it anew if not.
      if (answer.headers?.code === 503) room.made = false;
      this.#fail(flight, new Error(`Cannot store messages: JetStream says ${error}`));
      return this.#suspect();
    }
    if (seq > room.cursor.last) room.cursor.expect(seq);
    else void this.#tellOriginal(room, flight);
  }

  /** Tells the sender of an id that has its message which one that is. */
  async #tellOriginal(room: Room, flight: Flight<Origin>): Promise<void> {
    try {
      const message = await this.#streams.find(flight.draft);
      if (!this.#flights.get(flight.token)) return;
      if (!message) {
        throw new Error("Cannot store a message: its id's former message was just deleted");
      }
      // Not heard of yet: then it comes out as a message, with this sender's origin.
      if (message.seq > room.cursor.last) return room.cursor.expect(message.seq);
      this.#settle(flight, { type: "duplicate", message, origin: flight.draft.origin });
    } catch (thrown) {
      this.#fail(flight, toError(thrown));
    }
  }

  #fail(flight: Flight<Origin>, error: Error): void {
    this.#settle(flight, { type: "failed", draft: flight.draft, error });
  }

  #settle(flight: Flight<Origin>, entry: Entry<Origin>): void {
    if (this.#flights.end(flight)) this.#entries.trySend(entry);
  }

  #failLate(): void {
    for (const flight of this.#flights.late(performance.now())) {
      this.#fail(flight, new Error("Cannot store messages: JetStream did not answer in time"));
      this.#suspect();
    }
  }

  /** JetStream is taken for broken until it can be written. */
  #suspect(): void {
    if (!this.#broken) this.#probeLater();
    this.#broken = true;
  }

  #probeLater(): void {
    clearTimeout(this.#probeTimer);
    this.#probeTimer = setTimeout(async () => {
      try {
        if (this.#broken) await this.#probe();
        this.#broken = false;
      } catch {
        if (!this.#closed) this.#probeLater();
      }
    }, PROBE_INTERVAL_MS);
  }

  #probe(): Promise<unknown> {
    return this.#options.probe?.() ?? this.#nats.manager.getAccountInfo();
  }

  #lost(): void {
    this.#syncing = true;
    this.#synced = Promise.withResolvers();
    for (const { cursor } of this.#rooms.values()) cursor.pause();
    this.#failAll(new Error("Cannot store messages: NATS was lost"));
  }

  #failAll(error: Error): void {
    for (const flight of this.#flights.late(Infinity)) this.#fail(flight, error);
  }

  /** Compares every room with its stream, again and again until it succeeds. */
  async #catchUp(): Promise<void> {
    while (this.#nats.connected && !this.#closed) {
      try {
        for await (const state of this.#streams.list()) {
          const lost = this.#meet(state).cursor.resume(state.last);
          if (lost === 0) continue;
          this.#cache.clear();
          this.#options.onLoss?.(state.room, lost);
        }
        return this.#resumeAll();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, PROBE_INTERVAL_MS));
      }
    }
  }

  #resumeAll(): void {
    this.#syncing = false;
    // Rooms that were not in the list were made after it.
    for (const { cursor } of this.#rooms.values()) cursor.resume(cursor.last);
    this.#synced.resolve();
  }

  /** What plain messages that got lost were the last of their room shows only by comparing. */
  #sweepIn(ms: number): void {
    this.#sweepTimer = setTimeout(async () => {
      const start = performance.now();
      try {
        if (!this.#syncing) {
          for await (const state of this.#streams.list()) {
            this.#meet(state).cursor.expect(state.last);
          }
        }
      } catch {
        // The next one will do it.
      }
      if (this.#closed) return;
      this.#sweepIn(Math.max(SWEEP_INTERVAL_MS, (performance.now() - start) / SWEEP_SHARE));
    }, ms);
  }

  /** The room that a stream tells of. */
  #meet({ room: name, first, last, at }: RoomState): Room {
    const known = this.#rooms.get(name);
    const room = known ?? this.#room(name);
    room.made = true;
    room.first = first;
    if (first > last) this.#lively.delete(name);
    else if (!this.#lively.has(name)) {
      room.storedAt = at;
      this.#lively.set(name, room);
    }
    return room;
  }

  #orderLively(): void {
    const rooms = [...this.#lively.values()].toSorted((a, b) => a.storedAt - b.storedAt);
    this.#lively.clear();
    for (const room of rooms) this.#lively.set(room.name, room);
  }

  #room(name: string): Room {
    const known = this.#rooms.get(name);
    if (known) return known;
    const room: Room = {
      name,
      cursor: new RoomCursor({
        next: 1,
        emit: (message) => this.#emit(room, message),
        fetch: (seq) => this.#nats.ask(() => this.#fetch(room, seq)),
      }),
      first: 1,
      storedAt: 0,
      made: false,
    };
    if (this.#syncing) room.cursor.pause();
    this.#rooms.set(name, room);
    return room;
  }

  async #fetch(room: Room, seq: number): Promise<Message | number | undefined> {
    const message = await this.#streams.get(room.name, seq);
    if (message) return message;
    const state = await this.#streams.state(room.name);
    return state && seq <= state.last ? Math.max(state.first, seq + 1) : undefined;
  }

  read(query: PageQuery): Promise<Page> {
    return this.#nats.ask(() => this.#read(query));
  }

  async #read(query: PageQuery): Promise<Page> {
    if (this.#closed) throw new Error("Cannot read: the log is closed");
    await within(READ_WAIT_MS, this.#synced.promise);
    if (query.after !== undefined) await this.#reach(query.room, query.after);
    const room = this.#rooms.get(query.room);
    if (room === undefined) return { first: 1, last: 0, messages: [], more: false };
    if (this.#options.keepDays) await this.#seeFirst(room);
    const read = () => {
      const bounds = { first: room.first, last: room.cursor.last };
      return readPage(bounds, query, (seq) => this.#get(room.name, seq));
    };
    const { page, missing } = await read();
    // Deleted since: by age, or by an import that set where the room begins.
    return missing && await this.#seeFirst(room) ? (await read()).page : page;
  }

  /** Asks where a room begins now; false if that has not changed. */
  async #seeFirst(room: Room): Promise<boolean> {
    const before = room.first;
    room.first = (await this.#streams.state(room.name))?.first ?? before;
    return room.first !== before;
  }

  /** Waits for what a client that comes from another server has already got there. */
  async #reach(name: string, seq: number): Promise<void> {
    if (seq <= (this.#rooms.get(name)?.cursor.last ?? 0)) return;
    const state = await this.#streams.state(name);
    if (!state) return;
    const { cursor } = this.#room(name);
    cursor.expect(state.last);
    await within(READ_WAIT_MS, cursor.reached(Math.min(seq, state.last)));
  }

  async #get(room: string, seq: number): Promise<Message | undefined> {
    const cached = this.#cache.get(room, seq);
    if (cached) return cached;
    const message = await this.#streams.get(room, seq);
    if (message) this.#cache.add(message);
    return message;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await within(CLOSE_TIMEOUT_MS, this.#flights.ended()).catch(() => {});
    this.#failAll(new Error("Cannot store messages: the server ended meanwhile"));
    this.#end();
  }

  #end(): void {
    this.#closed = true;
    this.#released.dispose();
    clearTimeout(this.#probeTimer);
    clearTimeout(this.#sweepTimer);
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    for (const { cursor } of this.#rooms.values()) cursor.close();
    this.#entries.close();
  }
}

/** Resolves with the promise, or rejects when that takes too long. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("Cannot read: NATS does not keep up")), ms);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function parseAcknowledgement(answer: Msg): { seq?: number; error?: string } {
  if (answer.headers?.code === 503) return { error: "there is no such stream" };
  try {
    const { seq, error } = answer.json<{ seq?: unknown; error?: { description?: unknown } }>();
    if (error) return { error: String(error.description) };
    if (typeof seq === "number") return { seq };
  } catch {
    // It is no answer of JetStream's.
  }
  return { error: "something that is no answer" };
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
