/**
 * The files that a server has on its disk because somebody uploaded or opened them there. NATS has all of them.
 *
 * @module
 */
import type { Whole } from "./abouts.ts";
import { hashing } from "../../state/content_hash.ts";
import { oneLine } from "../../lib/errors.ts";
import { FairTurns, type TurnTaker } from "../../lib/fair_turns.ts";
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
  readonly read: () => AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** Returns whether the file still exists; asked when reading fails. */
  readonly stays: () => Promise<boolean>;
}

/** Files that are fetched at the same time. */
const FETCHES = 2;

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
  readonly #fetches = new Map<string, Promise<boolean>>();
  readonly #turns = new FairTurns(FETCHES);
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
   * Fetches a file, unless somebody is at it.
   *
   * @returns whether it is here then
   */
  fill(content: string, whole: Whole, source: FileSource): Promise<boolean> {
    if (whole.size > this.maxBytes) return Promise.resolve(false);
    const running = this.#fetches.get(content);
    if (running) return running;
    const fetch = this.#fetch(content, whole, source).catch(async (error) => {
      if (!this.#closed && await source.stays().catch(() => true)) {
        this.#onTrouble(`file ${content} not kept here: ${oneLine(error)}`);
      }
      return false;
    }).finally(() => this.#fetches.delete(content));
    this.#fetches.set(content, fetch);
    return fetch;
  }

  async #fetch(
    content: string,
    { size, facts: { sha256 } }: Whole,
    { taker, read }: FileSource,
  ): Promise<boolean> {
    using _turn = await this.#turns.next(taker);
    if (this.#closed) return false;
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
    await Promise.all(this.#fetches.values());
    await this.local[Symbol.asyncDispose]();
  }
}
