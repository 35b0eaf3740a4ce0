/**
 * A bucket of JetStream's key-value store in which every change says what it has seen.
 *
 * @module
 */
import { JetStreamApiError } from "@nats-io/jetstream";
import { type KV, Kvm } from "@nats-io/kv";
import { NO_MESSAGE, NO_STREAM, nobodyListened, orUndefined } from "./errors.ts";
import type { Nats } from "./connection.ts";
import { delay } from "../lib/std.ts";

/** How a {@linkcode Bucket} is made. */
export interface BucketOptions {
  readonly name: string;
  /** How many servers of NATS have a copy. */
  readonly replicas: number;
  /** What was written longer ago is forgotten, in milliseconds; by default nothing is. */
  readonly ttlMs?: number;
}

/** A value with what is needed to change it. */
export interface Versioned {
  readonly value: unknown;
  /** Grows with every change in the bucket. */
  readonly revision: number;
  /** When it was written, in milliseconds since 1970, by the clock of NATS. */
  readonly at: number;
}

/** JetStream's codes for "somebody else was quicker" and "that message is gone". */
const WRONG_REVISION = 10071;
const DELETE_FAILED = 10057;
const NO_MESSAGE_TO_DELETE = 10043;

/** How long a stream that was made this moment may not listen yet, and how often it is tried, in ms. */
const LISTEN_MS = 2000;
const LISTEN_POLL_MS = 20;

/** JSON values by key. Keys are of `A-Za-z0-9_=.-`. */
export class Bucket {
  readonly #kv: KV;
  readonly #nats: Nats;
  readonly #name: string;
  readonly #stream: string;
  /** When the stream listens at the latest. */
  readonly #listensAt = performance.now() + LISTEN_MS;

  private constructor(nats: Nats, kv: KV, name: string) {
    this.#nats = nats;
    this.#kv = kv;
    this.#name = name;
    this.#stream = `KV_${name}`;
  }

  /** The bucket, made if it is not there. */
  static async open(nats: Nats, { name, replicas, ttlMs = 0 }: BucketOptions): Promise<Bucket> {
    const kv = await new Kvm(nats.connection).create(name, {
      history: 1,
      replicas,
      ttl: ttlMs,
      // Only the leader surely knows the newest value.
      allow_direct: false,
    });
    return new Bucket(nats, kv, name);
  }

  /** The bucket, undefined if it is not there. */
  static async find(nats: Nats, name: string): Promise<Bucket | undefined> {
    const asked = nats.manager.streams.info(`KV_${name}`);
    if (await orUndefined(asked, NO_STREAM) === undefined) return undefined;
    return new Bucket(nats, await new Kvm(nats.connection).open(name), name);
  }

  /** The keys that begin with `prefix`, in the order of their characters. */
  async keys(prefix = ""): Promise<string[]> {
    const subject = `$KV.${this.#name}.`;
    const { state } = await this.#nats.ask(() =>
      this.#nats.manager.streams.info(this.#stream, { subjects_filter: `${subject}>` })
    );
    return Object.keys(state.subjects ?? {}).map((key) => key.slice(subject.length))
      .filter((key) => key.startsWith(prefix)).toSorted();
  }

  async get(key: string): Promise<Versioned | undefined> {
    const entry = await this.#nats.ask(() => this.#kv.get(key));
    if (entry?.operation !== "PUT") return undefined;
    return { value: entry.json(), revision: entry.revision, at: entry.created.getTime() };
  }

  /** Writes a value, whatever was there. */
  async put(key: string, value: unknown): Promise<void> {
    await this.#put(key, value);
  }

  async #put(key: string, value: unknown, previousSeq?: number): Promise<void> {
    const options = previousSeq === undefined ? {} : { previousSeq };
    while (true) {
      try {
        await this.#nats.ask(() => this.#kv.put(key, JSON.stringify(value), options));
        return;
      } catch (error) {
        // Of two servers that start at once, one is told of the stream before it takes anything. That
        // nobody listened means that nothing was stored.
        if (!nobodyListened(error) || performance.now() > this.#listensAt) throw error;
        await delay(LISTEN_POLL_MS);
      }
    }
  }

  /** Puts a value in the place of `seen`, or of nothing; false, and nothing is changed, if there is another. */
  async replace(key: string, seen: Versioned | undefined, value: unknown): Promise<boolean> {
    try {
      await this.#put(key, value, seen?.revision ?? 0);
      return true;
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === WRONG_REVISION) return false;
      throw error;
    }
  }

  /** Removes the values of all keys, or of those that begin with `prefix`. */
  async clear(prefix: "" | `${string}.` = ""): Promise<void> {
    await this.#nats.ask(() =>
      this.#nats.manager.streams.purge(this.#stream, { filter: `$KV.${this.#name}.${prefix}>` })
    );
  }

  /**
   * Removes exactly the value that was seen; false if it is not there any more. Nothing stays behind,
   * unlike with the store's own deletion, which leaves a mark for every key that ever was.
   */
  async remove({ revision }: Versioned): Promise<boolean> {
    try {
      return await this.#nats.ask(() =>
        this.#nats.manager.streams.deleteMessage(this.#stream, revision, false)
      );
    } catch (error) {
      const gone = [DELETE_FAILED, NO_MESSAGE, NO_MESSAGE_TO_DELETE];
      if (error instanceof JetStreamApiError && gone.includes(error.code)) return false;
      throw error;
    }
  }
}
