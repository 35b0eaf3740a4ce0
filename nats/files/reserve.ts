import { FullError } from "../errors.ts";
import { SharedRead } from "../../lib/shared_read.ts";

/** The parts of the reserve, and the bytes of each: 32 MiB, which are some 100,000 messages of the chat. */
const PARTS = 64;
const RESERVE_PART_BYTES = 512 * 1024;

/** The messages of a whole reserve, and the bytes that they have at least. */
export const RESERVE_MESSAGES: number = PARTS + 1;
export const RESERVE_BYTES: number = PARTS * RESERVE_PART_BYTES;

/** The name of the message that is there if all parts are, and has their places in it. */
const WHOLE = "whole";

/**
 * The time after which a reserve that found no room is stored again, in ms, if JetStream does not seem to have more: trying
 * takes the room of the chat for a moment.
 */
const RETRY_MS = 5 * 60_000;
/** The least time between two tries, in ms: each server of NATS learns every 1.5 s what the others store. */
const PAUSE_MS = 2000;
/**
 * The time in which nobody looks again for parts without the message that lists them, in ms: none was found, and NATS goes
 * through all that the stream has.
 */
const REST_MS = 60_000;
/** What must be free besides the reserve, in bytes: two parts of a file. */
const ROOM_BYTES = 1024 * 1024;

/** The operations of a {@linkcode FileReserve} on the stream of the files. */
export interface FileReserveOptions {
  /**
   * Stores a message under a name of the reserve, unless it is there. Returns its place in the stream.
   *
   * @throws {FullError} if JetStream can't store more
   */
  readonly store: (name: string, data: Uint8Array | string) => Promise<number>;
  /** Returns the message with a name. */
  readonly find: (
    name: string,
  ) => Promise<{ readonly seq: number; readonly data: Uint8Array } | undefined>;
  /** Returns the names of all messages of the reserve. */
  readonly names: () => Promise<readonly string[]>;
  /** Removes a message by its place. One that is not there is fine. */
  readonly remove: (seq: number) => Promise<unknown>;
  /** Returns the bytes of each copy that JetStream stores, of everything that counts together with the files. */
  readonly used: () => Promise<number>;
}

/**
 * Room in JetStream that files can't take. The log and the files share what NATS may store, and JetStream does not say how
 * much that is. So there are messages without a meaning, which are removed when it is full: then files are
 * refused, and the log has their room. Whatever is uploaded, the chat continues. Files are taken again once as much has gone
 * as the reserve needs.
 */
export class FileReserve {
  readonly #options: FileReserveOptions;
  readonly #isThere: SharedRead<boolean>;
  #filling: Promise<boolean> | undefined;
  #releasing: Promise<void> | undefined;
  #failed = -Infinity;
  /** When it was known last that there is nothing of it, by `performance.now()`. */
  #empty = -Infinity;
  /** The bytes that JetStream stored when it was full. */
  #full = 0;

  constructor(options: FileReserveOptions) {
    this.#options = options;
    this.#isThere = new SharedRead(async () => await options.find(WHOLE) !== undefined);
  }

  /**
   * Checks that it is there, and stores it if it is not: before anything that an upload consists of.
   *
   * @throws {FullError} if there is no room for it
   */
  async require(): Promise<void> {
    if (await this.#isThere.get() || await this.#fill()) return;
    throw new FullError("JetStream has no room for files: what is left is for the chat");
  }

  /** Gives its room to the chat. */
  release(): Promise<void> {
    return this.#releasing ??= this.#release().finally(() => this.#releasing = undefined);
  }

  /** Notes that NATS is back: it may have been given more room. */
  reconsider(): void {
    this.#failed = this.#empty = -Infinity;
  }

  async #fail(): Promise<void> {
    this.#failed = performance.now();
    // If it does not answer, time alone counts.
    this.#full = await this.#options.used().catch(() => 0);
  }

  async #mayTry(): Promise<boolean> {
    const since = performance.now() - this.#failed;
    if (since >= RETRY_MS) return true;
    return since >= PAUSE_MS &&
      await this.#options.used() + RESERVE_BYTES + ROOM_BYTES <= this.#full;
  }

  async #release(): Promise<void> {
    const { find, remove } = this.#options;
    await this.#fail();
    const whole = await find(WHOLE);
    if (whole === undefined) return await this.#releaseRest();
    // First, so that nobody takes the room that the parts leave.
    await remove(whole.seq);
    for (const seq of placesIn(whole.data)) await remove(seq);
  }

  /** Removes the parts that a server has left which ended while it stored them. */
  async #releaseRest(): Promise<void> {
    if (performance.now() - this.#empty < REST_MS) return;
    const { find, names, remove } = this.#options;
    const left = await names();
    for (const name of left) {
      const found = await find(name);
      if (found !== undefined) await remove(found.seq);
    }
    if (left.length === 0) this.#empty = performance.now();
  }

  #fill(): Promise<boolean> {
    return this.#filling ??= this.#store().finally(() => this.#filling = undefined);
  }

  async #store(): Promise<boolean> {
    if (!await this.#mayTry()) return false;
    const { store, names } = this.#options;
    const data = new Uint8Array(RESERVE_PART_BYTES);
    const places: number[] = [];
    try {
      for (let part = 0; part < PARTS; part++) places.push(await store(`${part}`, data));
      await store(WHOLE, JSON.stringify(places));
      // Another server that did the same, and found no room, has taken parts back that it took for its own.
      if ((await names()).length >= RESERVE_MESSAGES) return true;
      throw new FullError("another server has found no room");
    } catch (error) {
      this.#empty = -Infinity;
      await this.#fail();
      await this.#takeBack(places);
      if (error instanceof FullError) return false;
      throw error;
    }
  }

  /** Removes parts, and the message that says that all are there, also one that another server stores meanwhile. */
  async #takeBack(places: readonly number[]): Promise<void> {
    const { find, remove } = this.#options;
    const removeWhole = async () => {
      const whole = await find(WHOLE);
      if (whole !== undefined) await remove(whole.seq);
    };
    await removeWhole();
    for (const seq of places) await remove(seq);
    await removeWhole();
  }
}

function placesIn(data: Uint8Array): number[] {
  const places: unknown = JSON.parse(new TextDecoder().decode(data));
  return Array.isArray(places) ? places.filter(Number.isSafeInteger) : [];
}
