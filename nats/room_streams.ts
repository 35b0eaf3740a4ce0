/**
 * How the history of rooms lies in JetStream: a stream for each room, a subject for each message.
 *
 * @module
 */
import { DiscardPolicy, StorageType } from "@nats-io/jetstream";
import type { StreamConfig, StreamInfo } from "@nats-io/jetstream";
import { type Msg, nanos } from "@nats-io/transport-node";
import { ClusterError } from "./cluster_error.ts";
import { NO_MESSAGE, NO_STREAM, orUndefined } from "./errors.ts";
import type { Draft } from "../hub/message_log.ts";
import { type Nats, oneLine } from "./connection.ts";
import type { Message } from "../protocol/mod.ts";
import { sequenceOf } from "./republished_sequence.ts";

/** How rooms are kept. */
export interface RoomStreamsOptions {
  /** Begins the names of all streams, buckets and subjects; `hubbub` unless told. */
  readonly prefix?: string;
  /** Messages older than this are deleted, in days; 0, which is the default, keeps them for ever. */
  readonly keepDays?: number;
  /** How many servers of NATS have a copy; 1 unless told. */
  readonly replicas?: number;
}

/** What a room's stream says of itself. */
export interface RoomState {
  readonly room: string;
  /** The oldest `seq` kept; `last` + 1 if none is. */
  readonly first: number;
  /** The newest `seq` ever given. */
  readonly last: number;
  /** Whether any between the two were deleted, which only an operator does. */
  readonly gaps: boolean;
  /** When the newest message was stored, in milliseconds since 1970, with a fraction. */
  readonly at: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const DUPLICATE_WINDOW_MS = 120_000;

/** What can be one part of a subject. */
const TOKEN = /^[A-Za-z0-9_-]+$/;

/**
 * The streams. A room's stream counts its `seq`. The subject of a message names its room, person and
 * id, and a stream keeps one message of a subject and refuses others: so an id is stored once for as
 * long as the message is kept, and the first one is found by its subject. What was stored, the stream
 * publishes again to a plain subject, where any number of servers hear it: that takes no consumer,
 * and gaps show in the numbers.
 */
export class RoomStreams {
  /** Where all that was stored is told. */
  readonly live: string;
  readonly #nats: Nats;
  readonly #prefix: string;
  readonly #config: Partial<StreamConfig>;

  constructor(nats: Nats, options: RoomStreamsOptions = {}) {
    const { prefix = "hubbub", keepDays = 0, replicas = 1 } = options;
    const age = keepDays * DAY_MS;
    this.#nats = nats;
    this.#prefix = prefix;
    this.live = `${prefix}.live.>`;
    this.#config = {
      storage: StorageType.File,
      num_replicas: replicas,
      max_age: nanos(age),
      // JetStream wants it no longer than the age, though nothing here uses it.
      duplicate_window: nanos(age > 0 ? Math.min(age, DUPLICATE_WINDOW_MS) : DUPLICATE_WINDOW_MS),
      max_msgs_per_subject: 1,
      discard: DiscardPolicy.New,
      discard_new_per_subject: true,
      allow_direct: true,
      republish: { src: `${prefix}.room.>`, dest: `${prefix}.live.>` },
    };
  }

  /**
   * Every room that has a stream, once.
   *
   * @throws {ClusterError} if a stream that is not a room's takes a room's subjects
   * @throws {Error} if a stream does not answer: none is left out
   */
  async *list(): AsyncGenerator<RoomState, void, void> {
    const name = this.#stream("");
    for await (const info of this.#infos()) {
      yield stateOf(info.config.name.slice(name.length), info);
    }
  }

  /** Brings the streams that were made with other options, of age or replicas, in line. */
  async adapt(): Promise<void> {
    const { num_replicas, max_age } = this.#config;
    for await (const { config } of this.#infos()) {
      if (config.num_replicas === num_replicas && config.max_age === max_age) continue;
      await this.#nats.manager.streams.update(config.name, this.#config);
    }
  }

  async *#infos(): AsyncGenerator<StreamInfo, void, void> {
    const { streams } = this.#nats.manager;
    const subjects = `${this.#prefix}.room.>`;
    const names = new Set<string>();
    for await (const name of streams.names(subjects)) {
      if (!name.startsWith(this.#stream(""))) {
        throw new ClusterError(
          `Cannot use this JetStream: its stream ${name} takes ${subjects}, and is not Hubbub's`,
        );
      }
      names.add(name);
    }
    for await (const info of streams.list(subjects)) {
      if (names.delete(info.config.name)) yield info;
    }
    // JetStream leaves out a stream that has no leader at the moment, and may list others twice.
    for (const name of names) {
      const info = await orUndefined(streams.info(name), NO_STREAM).catch((cause) => {
        throw new Error(`the stream ${name} does not answer: ${oneLine(cause)}`, { cause });
      });
      if (info) yield info;
    }
  }

  /** Makes a room's stream, unless it is there. */
  async make(room: string): Promise<void> {
    await this.#nats.manager.streams.add({
      ...this.#config,
      name: this.#stream(room),
      subjects: [`${this.#prefix}.room.${room}.*.*`],
    });
  }

  /** Lets a room begin with this `seq`: what was before it is deleted, if it was there. */
  async begin(room: string, first: number): Promise<void> {
    await this.#nats.manager.streams.purge(this.#stream(room), { seq: first });
  }

  /** Removes a room and all that was said in it. */
  async remove(room: string): Promise<void> {
    await this.#nats.manager.streams.delete(this.#stream(room));
  }

  /** What a room's stream says of itself, if there is one. */
  async state(room: string): Promise<RoomState | undefined> {
    const asked = this.#nats.manager.streams.info(this.#stream(room));
    const info = await orUndefined(asked, NO_STREAM);
    return info && stateOf(room, info);
  }

  /**
   * A message by its place; undefined if it is not kept any more.
   *
   * @throws {Error} if the room has not come that far, as far as can be seen: what may be stored at this
   * moment must not be taken for gone.
   */
  async get(room: string, seq: number): Promise<Message | undefined> {
    const message = await this.#get(room, { seq });
    if (message) return message;
    const state = await this.state(room);
    if (!state || seq < state.first || (state.gaps && seq <= state.last)) return undefined;
    throw new Error(`Cannot read message ${seq} of ${room}: JetStream does not have it yet`);
  }

  /** A message by its sender and id; undefined if it is not kept. */
  find({ room, user, id }: Pick<Draft, "room" | "user" | "id">): Promise<Message | undefined> {
    return this.#get(room, { last_by_subj: this.subject({ room, user, id }) });
  }

  async #get(
    room: string,
    query: { seq: number } | { last_by_subj: string },
  ): Promise<Message | undefined> {
    const { direct, streams } = this.#nats.manager;
    const stream = this.#stream(room);
    // Any copy answers the first, which spares the leader; a copy that lags behind answers none.
    const stored = await direct.getMessage(stream, query).catch(() => null) ??
      await orUndefined(streams.getMessage(stream, query), NO_MESSAGE, NO_STREAM);
    return stored ? this.#parse(this.#parts(stored.subject), stored.seq, stored.data) : undefined;
  }

  /** Where a message is published. */
  subject({ room, user, id }: Pick<Draft, "room" | "user" | "id">): string {
    return `${this.#prefix}.room.${room}.${user.id}.${id}`;
  }

  /** What is published of a message; throws if it can't be stored. */
  payload({ room, user, id, text, at }: Draft): string {
    if (![room, user.id, id].every((part) => TOKEN.test(part)) || !Number.isSafeInteger(at)) {
      throw new TypeError("Cannot store a message: its room, person, id or time can't be kept");
    }
    // UTF-8 has no lone surrogates: what is told now is what will be read later.
    return JSON.stringify({ name: user.name, at, text: text.toWellFormed() });
  }

  /** What a message on {@linkcode live} tells: it is none if Hubbub did not write it. */
  hear(told: Msg): { room: string; seq: number; message: Message | undefined } | undefined {
    const parts = this.#parts(told.subject);
    const [room] = parts;
    const seq = sequenceOf(told);
    if (!room || !Number.isSafeInteger(seq) || seq < 1) return undefined;
    return { room, seq, message: this.#parse(parts, seq, told.data) };
  }

  #parse([room, person, id]: string[], seq: number, data: Uint8Array): Message | undefined {
    const stored = parsePayload(data);
    if (!room || !person || !id || !stored) return undefined;
    const { name, text, at } = stored;
    return { room, seq, id, user: { id: person, name }, text, at };
  }

  /** The room, the person and the id in a subject of either kind. */
  #parts(subject: string): string[] {
    return subject.slice(this.#prefix.length + ".room.".length).split(".");
  }

  #stream(room: string): string {
    return `${this.#prefix}_room_${room}`;
  }
}

function stateOf(room: string, { state }: StreamInfo): RoomState {
  const { first_seq, last_seq, last_ts, messages } = state;
  const first = messages === 0 ? last_seq + 1 : first_seq;
  const gaps = last_seq - first + 1 > messages;
  return { room, first, last: last_seq, gaps, at: milliseconds(String(last_ts)) };
}

/** A time such as 2030-01-01T00:00:00.123456789Z, of which `Date` would drop all after the milliseconds. */
function milliseconds(time: string): number {
  return Date.parse(time) + Number(`0.${/\.\d{3}(\d+)/.exec(time)?.[1] ?? 0}`);
}

function parsePayload(data: Uint8Array): { name: string; text: string; at: number } | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(data));
    if (typeof value !== "object" || value === null) return undefined;
    if (!("name" in value) || !("text" in value) || !("at" in value)) return undefined;
    const { name, text, at } = value;
    return typeof name === "string" && typeof text === "string" && typeof at === "number"
      ? { name, text, at }
      : undefined;
  } catch {
    return undefined;
  }
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
