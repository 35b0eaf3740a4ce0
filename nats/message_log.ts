/**
 * The message log in NATS JetStream, which any number of servers share.
 *
 * @module
 */
import type { Msg } from "@nats-io/transport-node";
import { Channel, nextTurn } from "../lib/channel.ts";
import { Publisher } from "./publisher.ts";
import type { Draft, Entry, MessageLog, Page, PageQuery, RoomSummary } from "../hub/message_log.ts";
import { MessageCache } from "./message_cache.ts";
import type { Nats } from "./connection.ts";
import { readPage } from "./history_reader.ts";
import type { Message } from "../protocol/mod.ts";
import { RoomCursor } from "./room_cursor.ts";
import { RoomPruner } from "./room_pruner.ts";
import { type RoomState, RoomStreams, type RoomStreamsOptions } from "./room_streams.ts";

/** How a {@linkcode JetStreamLog} keeps its history. */
export interface JetStreamLogOptions extends RoomStreamsOptions {
  /** Writes something, to see whether JetStream can; by default it is only asked how it is. */
  readonly probe?: () => Promise<unknown>;
  /** Is told how many messages of a room JetStream has lost, when it comes back with fewer. */
  readonly onLoss?: (room: string, messages: number) => void;
}

/** Between two tries to compare all rooms with their streams when NATS is back. */
const CATCH_UP_RETRY_MS = 1000;
/** Between two comparisons of all rooms with their streams, at least; and at most this part of the time. */
const SWEEP_INTERVAL_MS = 5000;
const SWEEP_SHARE = 1 / 50;
/** How long a reader waits for messages that another server has already seen. */
const READ_WAIT_MS = 2000;
const CACHE_BYTES = 64 * 1024 * 1024;

interface Room {
  readonly name: string;
  readonly cursor: RoomCursor;
  first: number;
  /** When the newest message was sent, if that is known. */
  at?: number;
  /** When it was stored, if it was before this server heard of the room. */
  storedAt: number;
}

/**
 * The log on JetStream; {@linkcode RoomStreams} says how it lies there. What was stored comes back as a
 * plain message, on every server in the same order, and only then out of {@linkcode entries}: so a
 * server hears of its own messages as it hears of others'. Plain messages can get lost, with the
 * connection or between servers of NATS; since `seq` has no gaps, a {@linkcode RoomCursor} sees what is
 * missing and fetches it.
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
  readonly #publisher: Publisher<Origin>;
  readonly #released = new DisposableStack();
  #sweepTimer: ReturnType<typeof setTimeout> | undefined;
  #syncing = true;
  /** How often NATS was lost. */
  #losses = 0;
  #synced = Promise.withResolvers<void>();
  #closed = false;

  private constructor(nats: Nats, options: JetStreamLogOptions) {
    this.#nats = nats;
    this.#options = options;
    this.#streams = new RoomStreams(nats, options);
    this.#publisher = this.#released.use(
      new Publisher<Origin>(nats, {
        streams: this.#streams,
        probe: options.probe ?? (() => nats.manager.getAccountInfo()),
        tell: (entry) => this.#entries.trySend(entry),
        expect: (room, seq) => this.#expect(room, seq),
      }),
    );
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
    const live = connection.subscribe(this.#streams.live, {
      callback: (error, message) => error ? undefined : this.#hear(message),
    });
    this.#released.defer(() => live.unsubscribe());
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
    this.#sweepIn(SWEEP_INTERVAL_MS);
    const { keepDays } = this.#options;
    if (keepDays) this.#released.use(new RoomPruner(this.#streams, keepDays));
  }

  get entries(): AsyncIterable<Entry<Origin>[]> {
    return this.#entries.batches();
  }

  get healthy(): boolean {
    return this.#nats.connected && !this.#syncing && !this.#publisher.broken;
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
    this.#publisher.append(drafts);
  }

  /** What was stored, by this server or another. */
  #hear(told: Msg): void {
    const heard = this.#streams.hear(told);
    if (!heard) return;
    this.#publisher.made(heard.room);
    this.#room(heard.room).cursor.deliver(heard.seq, heard.message);
  }

  #emit(room: Room, message: Message): void {
    this.#cache.add(message);
    room.at = message.at;
    this.#lively.delete(room.name);
    this.#lively.set(room.name, room);
    this.#entries.trySend(this.#publisher.arrived(message));
  }

  #expect(name: string, seq: number): boolean {
    const { cursor } = this.#room(name);
    if (seq <= cursor.last) return false;
    cursor.expect(seq);
    return true;
  }

  #lost(): void {
    this.#losses++;
    this.#syncing = true;
    this.#synced = Promise.withResolvers();
    for (const { cursor } of this.#rooms.values()) cursor.pause();
    this.#publisher.failAll(new Error("Cannot store messages: NATS was lost"));
  }

  /** Compares every room with its stream, again and again until it succeeds or NATS is lost again. */
  async #catchUp(): Promise<void> {
    const losses = this.#losses;
    const current = () => this.#losses === losses && !this.#closed;
    while (current()) {
      try {
        for await (const state of this.#streams.list()) {
          // What was true before another loss is not true now.
          if (!current()) return;
          const lost = this.#meet(state).cursor.resume(state.last);
          if (lost === 0) continue;
          this.#cache.clear();
          this.#options.onLoss?.(state.room, lost);
        }
        if (current()) this.#resumeAll();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, CATCH_UP_RETRY_MS));
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
    this.#publisher.made(name);
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
    };
    if (this.#syncing) room.cursor.pause();
    this.#rooms.set(name, room);
    return room;
  }

  async #fetch(room: Room, seq: number): Promise<Message | number | undefined> {
    const message = await this.#streams.get(room.name, seq);
    if (message) return message;
    const state = await this.#streams.state(room.name);
    return state && Math.max(state.first, seq + 1);
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
    await this.#publisher.finish();
    this.#end();
  }

  #end(): void {
    this.#closed = true;
    this.#released.dispose();
    clearTimeout(this.#sweepTimer);
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
