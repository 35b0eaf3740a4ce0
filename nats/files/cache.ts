/**
 * The files that a server has on its disk because somebody uploaded or opened them there. NATS has all of them.
 *
 * @module
 */
import type { Whole } from "./abouts.ts";
import { hashing } from "../../state/content_hash.ts";
import { oneLine } from "../../lib/errors.ts";
import { FairTurns, type TurnTaker } from "../../lib/fair_turns.ts";
import { NetworkMemory } from "../../lib/network_memory.ts";
import {
  type Content,
  type Contents,
  ContentsError,
  type FileCacheFigures,
} from "../../state/contents.ts";

/** A content on the disk. */
export interface CachedContent {
  readonly content: string;
  /** In bytes. */
  readonly size: number;
  /** When it was stored, in ms since 1970. */
  readonly at: number;
}

/** The files on a server's disk. */
export interface LocalContents extends Contents {
  /** Lists the contents that are there, in no order. */
  contents(): AsyncIterable<CachedContent>;
}

/** The needs of a {@linkcode FileCache}. */
export interface FileCacheOptions {
  readonly local: LocalContents;
  /** The most bytes of files that stay. */
  readonly maxBytes: number;
  /** Whether the chat has a file with these bytes; by default it has. */
  readonly isNeeded?: (content: string) => boolean;
  /** Receives why a file could not be kept; it is served all the same. */
  readonly onTrouble?: (line: string) => void;
}

/** What a {@linkcode FileCache} fetches a file from. */
export interface FileSource {
  /** The one who is the first to want it. */
  readonly taker: TurnTaker;
  /** Aborts when the one who wants it does not wait any more. */
  readonly signal?: AbortSignal;
  readonly read: () => AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** Returns whether the file still exists; asked when reading fails. */
  readonly stays: () => Promise<boolean>;
}

/** Files up to this size, in bytes, are fetched before their first byte is served. */
export const SMALL_BYTES: number = 4 * 1024 * 1024;
/** Files that are fetched at the same time: so many small ones, for which somebody waits, and so many others. */
const FETCHES = 2;
/** The most bytes of all files that are fetched, or wait for that. */
const FETCHED_BYTES = 1024 * 1024 * 1024;
/** The bytes that a larger file counts as: however large it is, it finds room, as do some more of the same network. */
const MOST_COUNTED = FETCHED_BYTES / 32;

/** A file that is fetched, or waits for that. */
interface Fetch {
  /** Resolves to whether the file is here then. */
  readonly done: Promise<boolean>;
  readonly readers: Readers;
}

/** Those for whom a file is fetched. */
class Readers {
  readonly #left = new AbortController();
  #count = 0;

  /** Aborts when none is left. */
  get signal(): AbortSignal {
    return this.#left.signal;
  }

  /** Adds one who leaves when `signal` aborts. */
  add(signal: AbortSignal | undefined): void {
    this.#count++;
    const leave = () => {
      if (--this.#count === 0) this.#left.abort();
    };
    signal?.addEventListener("abort", leave, { once: true });
  }
}

/** Keeps the files that were used last. Disposing closes what is on the disk. */
export class FileCache implements AsyncDisposable, FileCacheFigures {
  readonly local: LocalContents;
  readonly maxBytes: number;
  readonly reads = { hit: 0, miss: 0 };
  readonly #isNeeded: (content: string) => boolean;
  readonly #onTrouble: (line: string) => void;
  /** Sizes in bytes; what was used last is last. */
  readonly #sizes = new Map<string, number>();
  #bytes = 0;
  readonly #fetches = new Map<string, Fetch>();
  readonly #turns = { small: new FairTurns(FETCHES), large: new FairTurns(FETCHES) };
  readonly #fetched = new NetworkMemory(FETCHED_BYTES, SMALL_BYTES);
  #closed = false;

  constructor(
    { local, maxBytes, isNeeded = () => true, onTrouble = () => {} }: FileCacheOptions,
  ) {
    this.local = local;
    this.maxBytes = maxBytes;
    this.#isNeeded = isNeeded;
    this.#onTrouble = onTrouble;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Notes what an earlier run has left. Its uploads are fetched when they are whole: of what was not synced, a power loss
   * may have made something else. What the chat does not have any more goes: nobody else knows that it is here.
   *
   * @param keepsAll whether that stays
   */
  async load({ keepsAll = false } = {}): Promise<void> {
    for (const { id } of [...this.local.uploads()]) await this.local.cancel(id);
    const found = await Array.fromAsync(this.local.contents());
    for (const { content, size } of found.toSorted((a, b) => a.at - b.at)) {
      if (!keepsAll && await this.#removeUnneeded(content)) continue;
      await this.added(content, size);
    }
  }

  /** Removes a file that the chat does not have; returns whether it did. While files are copied, the next run tries again. */
  async #removeUnneeded(content: string): Promise<boolean> {
    if (this.#isNeeded(content)) return false;
    await this.remove(content).catch(() => {});
    return true;
  }

  /** Opens a file; undefined if it is not here. */
  async open(content: string): Promise<Content | undefined> {
    const found = await this.local.open(content);
    if (found) await this.added(content, found.size);
    return found;
  }

  /** Notes that a file is here and was used, and removes what was not used for the longest time. */
  async added(content: string, size: number): Promise<void> {
    this.#forget(content);
    this.#sizes.set(content, size);
    this.#bytes += size;
    for (const oldest of this.#sizes.keys()) {
      if (this.#bytes <= this.maxBytes) break;
      // The next run tries again to remove it.
      await this.remove(oldest).catch(() => {});
    }
  }

  /** Removes a file. */
  async remove(content: string): Promise<void> {
    this.#forget(content);
    await this.local.remove(content);
  }

  #forget(content: string): void {
    this.#bytes -= this.#sizes.get(content) ?? 0;
    this.#sizes.delete(content);
  }

  /**
   * Fetches a file, unless somebody is at it. One that waits for its turn is given up when all have left who want it; and
   * if too much waits, by all networks together or by one, it is not fetched.
   *
   * @returns whether it is here then
   */
  fill(content: string, whole: Whole, source: FileSource): Promise<boolean> {
    const { taker: { network }, signal } = source;
    if (whole.size > this.maxBytes || signal?.aborted) return Promise.resolve(false);
    const running = this.#fetches.get(content);
    if (running) {
      running.readers.add(signal);
      return running.done;
    }
    const counted = Math.min(whole.size, MOST_COUNTED);
    if (!this.#fetched.take(network, counted)) return Promise.resolve(false);
    const readers = new Readers();
    readers.add(signal);
    const done = this.#fetch(content, whole, source, readers.signal).catch(async (error) => {
      if (!this.#closed && await source.stays().catch(() => true)) {
        this.#onTrouble(`file ${content} not kept here: ${oneLine(error)}`);
      }
      return false;
    }).finally(() => {
      this.#fetches.delete(content);
      this.#fetched.give(network, counted);
    });
    this.#fetches.set(content, { done, readers });
    return done;
  }

  async #fetch(
    content: string,
    { size, facts: { sha256 } }: Whole,
    { taker, read }: FileSource,
    left: AbortSignal,
  ): Promise<boolean> {
    const turns = size <= SMALL_BYTES ? this.#turns.small : this.#turns.large;
    using turn = await turns.next(taker, left).catch(() => undefined);
    if (turn === undefined || this.#closed) return false;
    const { hashed, sha256: found } = hashing(read());
    await this.local.put(content, this.#whole(hashed, () => found() === sha256));
    await this.added(content, size);
    // Who deleted it meanwhile has found nothing here.
    return !await this.#removeUnneeded(content);
  }

  /** Passes bytes on, and fails in the end if they are not what they were. */
  async *#whole(
    bytes: AsyncIterable<Uint8Array<ArrayBuffer>>,
    isRight: () => boolean,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for await (const chunk of bytes) {
      if (this.#closed) throw new ContentsError("failed", "the server ends");
      yield chunk;
    }
    if (!isRight()) throw new ContentsError("failed", "it differs from the upload");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#fetches.values().map(({ done }) => done));
    await this.local[Symbol.asyncDispose]();
  }
}
