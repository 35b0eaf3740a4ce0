/**
 * Snapshots of the state in JetStream: from one, and the entries of the log behind it, a server has
 * the whole state.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { DiscardPolicy, StorageType } from "@nats-io/jetstream";
import type { StoredMsg } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";
import type { Msg } from "@nats-io/transport-node";
import type { Nats } from "./connection.ts";
import { deleteMessage } from "./delete_message.ts";
import {
  FullError,
  NO_MESSAGE,
  NO_ROOM,
  NO_STREAM,
  orUndefined,
  type StoreAnswer,
} from "./errors.ts";
import { findStream } from "./find_stream.ts";
import { type LogStream, nameOf } from "./log_stream.ts";
import { adoptStream, makeStream, type StreamCopies } from "./make_stream.ts";
import { type Usage, usageOf } from "./usage.ts";
import { remove, sizeOf } from "../state/files.ts";
import { isNumber, isText } from "../state/kind.ts";
import { oneLine } from "../lib/errors.ts";
import { delay } from "../lib/std.ts";
import { HOUR_MS } from "../lib/time.ts";
import { UserError } from "../lib/user_error.ts";
import { parseFields } from "../protocol/fields.ts";

/** The description of a snapshot. */
export interface StateSnapshot {
  /** The position in the log up to which it has everything; 0 for one that the log continues from. */
  readonly position: number;
  /** The name of the entry at that position, which tells its log from others; see `Progress`. */
  readonly entry: string;
  /** The state's; see `InitEvent`. */
  readonly epoch: string;
  /** Of one at 0: the epoch of the state that it was made from. */
  readonly was?: string;
  /** And the position of that state in its own log; absent in older snapshots. */
  readonly wasPosition?: number;
  /** The messages of the stream that are its parts, in order. Between them may be those of another. */
  readonly parts: readonly number[];
  readonly sha256: string;
  /** Another number than before whenever texts were erased; absent while some are, and in older snapshots. */
  readonly edits?: number;
}

/** A snapshot as JetStream has it. */
export interface StoredSnapshot extends StateSnapshot {
  /** The message of the stream that describes it. */
  readonly seq: number;
  /** The time at which it was stored, in ms since 1970. */
  readonly at: number;
}

/** Of each part, in bytes: NATS takes 1 MB unless configured. */
const PART_BYTES = 512 * 1024;
/** The most parts in flight at once. */
const WINDOW = 8;

/** The number of attempts to publish a part when nothing receives it, and the pause between them, in ms. */
const TRIES = 50;
const AGAIN_MS = 100;

/** The name of the stream of snapshots, and how it is stored. */
export interface SnapshotsOptions extends StreamCopies {
  /** Prefix of the names of all streams and subjects; by default `hubbub`. */
  readonly prefix?: string;
}

/** A snapshot is stored in less, in ms. */
const UPLOAD_MS = HOUR_MS;
/** For how long JetStream counts as full if it stores no less and has the same limits, in ms: its disk may have more room. */
const FULL_MS = 12 * HOUR_MS;

/** The snapshots of a chat. */
export class Snapshots {
  readonly #nats: Nats;
  readonly #prefix: string;
  readonly #copies: StreamCopies;
  /** What JetStream stored, and might store, when it had no room for a part, and when that was, by `performance.now()`. */
  #full: (Usage & { readonly at: number }) | undefined;

  constructor(nats: Nats, { prefix = "hubbub", ...copies }: SnapshotsOptions) {
    this.#nats = nats;
    this.#prefix = prefix;
    this.#copies = copies;
  }

  get #stream(): string {
    return `${this.#prefix}_snapshots`;
  }

  #subject(what: "part" | "whole"): string {
    return `${this.#prefix}.snapshot.${what}`;
  }

  /** All snapshots, the one that was stored last first. */
  async list(): Promise<StoredSnapshot[]> {
    const { streams } = this.#nats.manager;
    const found: StoredSnapshot[] = [];
    if (!await findStream(this.#nats, this.#stream)) return found;
    for (let seq = 1;;) {
      const query = { seq, next_by_subj: this.#subject("whole") };
      const stored = await this.#nats.ask(() =>
        orUndefined(streams.getMessage(this.#stream, query), NO_MESSAGE, NO_STREAM)
      );
      if (!stored) return found;
      const snapshot = parseSnapshot(stored.data);
      if (snapshot) found.unshift({ ...snapshot, seq: stored.seq, at: stored.time.getTime() });
      seq = stored.seq + 1;
    }
  }

  /**
   * Writes the file of the newest snapshot from which the log continues, or of the one before, if that was cut or
   * altered. Returns what it says of itself, if there is one.
   *
   * @throws {UserError} when the log can't be read without one
   */
  async download(
    stream: LogStream,
    path: string,
    { onTrouble = () => {} }: { readonly onTrouble?: (line: string) => void } = {},
  ): Promise<StateSnapshot | undefined> {
    // One that took long to store has less than the one before it, behind which the log may have been erased.
    const list = (await this.list()).sort((a, b) => b.position - a.position);
    for (const snapshot of list) {
      if (!await isOf(snapshot, stream)) continue;
      try {
        await this.#download(snapshot, path);
        return snapshot;
      } catch (error) {
        remove(path);
        if (!this.#nats.connected) throw error;
        onTrouble(`snapshot at ${snapshot.position} not used: ${oneLine(error)}`);
      }
    }
    if (!await stream.beginsWithSnapshot()) return undefined;
    throw new UserError("Cannot use NATS: it has no complete snapshot that its log continues from");
  }

  /** Returns whether there is a snapshot, from which the log continues, that has more than everything up to a position. */
  async reachBeyond(position: number, stream: LogStream): Promise<boolean> {
    for (const snapshot of await this.list()) {
      if (snapshot.position > position && await isOf(snapshot, stream)) return true;
    }
    return false;
  }

  async #download({ parts, sha256 }: StateSnapshot, path: string): Promise<void> {
    const hash = createHash("sha256");
    using file = Deno.openSync(path, { write: true, create: true, truncate: true, mode: 0o600 });
    for (let start = 0; start < parts.length; start += WINDOW) {
      const window = parts.slice(start, start + WINDOW).map((seq) => this.#part(seq));
      for (const stored of await Promise.all(window)) {
        if (!stored) throw new Error("a part of it is missing");
        hash.update(stored.data);
        for (let at = 0; at < stored.data.length;) at += file.writeSync(stored.data.subarray(at));
      }
    }
    if (hash.digest("hex") !== sha256) throw new Error("it has changed since it was written");
    file.syncSync();
  }

  /**
   * A part, as its bytes: asked for in the usual way it comes as base64 in JSON, which takes 30 ms to read. A
   * server of NATS that has not yet got it, which that asks, too, does not answer for all.
   */
  async #part(seq: number): Promise<StoredMsg | undefined> {
    const { direct, streams } = this.#nats.manager;
    const part = await this.#nats.ask(() => direct.getMessage(this.#stream, { seq }));
    return part ??
      await this.#nats.ask(() =>
        orUndefined(streams.getMessage(this.#stream, { seq }), NO_MESSAGE)
      ) ?? undefined;
  }

  /**
   * Stores a snapshot. The one before it stays; what is before that is erased. Another server may store one meanwhile.
   *
   * @param rest awaited after each part, so that a server has time for its people; ends the upload if it rejects
   * @returns the messages of the stream that it consists of
   * @throws {FullError} when there is no room for it
   */
  async upload(
    path: string,
    about: Pick<StateSnapshot, "position" | "entry" | "epoch" | "was" | "wasPosition" | "edits">,
    rest: () => Promise<void> = () => Promise.resolve(),
  ): Promise<Pick<StoredSnapshot, "seq" | "parts">> {
    await this.#make();
    await this.#requireRoom(sizeOf(path));
    const [before] = await this.list();
    const hash = createHash("sha256");
    using file = Deno.openSync(path, { read: true });
    const parts: number[] = [];
    while (true) {
      const part = new Uint8Array(PART_BYTES);
      let size = 0;
      while (size < PART_BYTES) {
        const read = file.readSync(part.subarray(size));
        if (read === null) break;
        size += read;
      }
      if (size === 0) break;
      hash.update(part.subarray(0, size));
      parts.push(await this.#publishOr("part", part.subarray(0, size), parts));
      await rest();
    }
    const snapshot: StateSnapshot = { ...about, parts, sha256: hash.digest("hex") };
    const description = new TextEncoder().encode(JSON.stringify(snapshot));
    const seq = await this.#publishOr("whole", description, parts);
    const [first = 0] = parts;
    const [kept = 0] = before?.parts ?? [];
    // If the stream was emptied meanwhile, the one before is none of it. Up to 1, JetStream would purge everything.
    if (kept > 1 && kept <= first && await this.#eraseBefore(kept, rest)) {
      await this.#nats.ask(() => this.#nats.manager.streams.purge(this.#stream, { seq: kept }));
    }
    return { seq, parts };
  }

  /** Checks that another attempt that finds no room does not take that of the chat for a moment. */
  async #requireRoom(bytes: number): Promise<void> {
    if (!this.#full || performance.now() - this.#full.at > FULL_MS) return;
    const { bytes: used, limits } = await this.#usage();
    if (limits !== this.#full.limits || used + bytes <= this.#full.bytes) return;
    throw new FullError(`JetStream has no room for its ${bytes} bytes`);
  }

  #usage(): Promise<Usage> {
    return usageOf(this.#nats, this.#stream);
  }

  /**
   * Erases all messages before one: whole snapshots, and what interrupted ones left. What is merely purged stays in
   * JetStream's files.
   *
   * @returns false if it stopped at a part of a snapshot that another server may still be storing
   */
  async #eraseBefore(end: number, rest: () => Promise<void>): Promise<boolean> {
    const { direct } = this.#nats.manager;
    const list = await this.list();
    const described = new Set(list.flatMap(({ seq, parts }) => [seq, ...parts]));
    const now = list[0]?.at ?? 0;
    for (let seq = 1; seq < end; seq++) {
      const query = { seq, next_by_subj: `${this.#prefix}.snapshot.*` };
      const stored = await this.#nats.ask(() => direct.getMessage(this.#stream, query));
      if (!stored || stored.seq >= end) return true;
      seq = stored.seq;
      if (!described.has(seq) && now - stored.time.getTime() < UPLOAD_MS) return false;
      await this.#eraseAll([seq], rest);
    }
    return true;
  }

  /**
   * Erases a snapshot: its bytes are overwritten.
   *
   * @param rest awaited after each part; ends it if it rejects
   */
  async erase(
    { seq, parts }: Pick<StoredSnapshot, "seq" | "parts">,
    rest: () => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    // Its description goes first, so that nobody finds a snapshot without its parts.
    await this.#eraseAll([seq, ...parts], rest);
  }

  async #eraseAll(messages: readonly number[], rest: () => Promise<void>): Promise<void> {
    for (const seq of messages) {
      await deleteMessage(this.#nats, { stream: this.#stream, seq, isErased: true });
      await rest();
    }
  }

  /**
   * Uses the stream, if it is there. Returns whether it is: the first snapshot makes it.
   *
   * @throws {UserError} when it loses snapshots
   */
  async adopt(): Promise<boolean> {
    const found = await findStream(this.#nats, this.#stream);
    if (found !== undefined) await adoptStream(this.#nats, found.config, this.#copies);
    return found !== undefined;
  }

  async #make(): Promise<void> {
    if (await this.adopt()) return;
    await makeStream(this.#nats, {
      name: this.#stream,
      subjects: [`${this.#prefix}.snapshot.*`],
      storage: StorageType.File,
      num_replicas: this.#copies.replicas ?? 1,
      discard: DiscardPolicy.New,
      allow_direct: true,
    });
  }

  /** Publishes a message of a snapshot; if that fails, erases its parts so far, which may have used up JetStream's room. */
  async #publishOr(
    what: "part" | "whole",
    data: Uint8Array,
    parts: readonly number[],
  ): Promise<number> {
    try {
      return await this.#publish(what, data);
    } catch (error) {
      const stored = await this.list().catch(() => undefined);
      // Of a NATS that is lost, the snapshot after the next one removes them.
      if (stored === undefined) throw error;
      // Without an answer, it may be stored nevertheless.
      const [whole] = what === "whole" ? stored.filter((each) => each.parts[0] === parts[0]) : [];
      if (whole) return whole.seq;
      if (error instanceof FullError) {
        const usage = await this.#usage().catch(() => undefined);
        this.#full = usage && { ...usage, at: performance.now() };
      }
      await this.#eraseAll(parts, () => Promise.resolve()).catch(() => {});
      throw error;
    }
  }

  async #publish(what: "part" | "whole", data: Uint8Array): Promise<number> {
    const answer = await this.#request(this.#subject(what), data);
    const { seq, error } = answer.json<StoreAnswer>();
    const said = `JetStream says ${error?.description}`;
    if (NO_ROOM.includes(error?.err_code)) throw new FullError(said);
    // A refusal has a place, too: 0.
    if (typeof seq !== "number" || error !== undefined) throw new Error(said);
    return seq;
  }

  /** Asks again while nobody is there to answer: a stream that another server has just made receives a little later. */
  async #request(subject: string, data: Uint8Array): Promise<Msg> {
    const { connection } = this.#nats;
    for (let tries = 1;; tries++) {
      try {
        return await this.#nats.ask(() => connection.request(subject, data, { timeout: 10_000 }));
      } catch (error) {
        const isNobodyThere = error instanceof errors.RequestError && error.isNoResponders();
        if (!isNobodyThere || tries === TRIES) throw error;
        await delay(AGAIN_MS);
      }
    }
  }
}

function parseSnapshot(data: Uint8Array): StateSnapshot | undefined {
  const fields = parseFields(new TextDecoder().decode(data)) ?? {};
  const { position, entry, epoch, was, wasPosition, parts, sha256, edits } = fields;
  return isNumber(position) && typeof entry === "string" && isText(epoch) &&
      Array.isArray(parts) && parts.every(isNumber) && isText(sha256)
    ? {
      ...{ position, entry, epoch, parts, sha256 },
      ...(isText(was) && { was }),
      ...(isNumber(wasPosition) && { wasPosition }),
      ...(isNumber(edits) && { edits }),
    }
    : undefined;
}

/** Returns whether a log continues from a snapshot. */
export async function isOf(
  { position, entry, epoch }: Pick<StateSnapshot, "position" | "entry" | "epoch">,
  stream: LogStream,
): Promise<boolean> {
  const { first_seq, last_seq } = await stream.state();
  if (position > last_seq || position + 1 < first_seq) return false;
  const stored = await stream.get(Math.max(position, 1));
  // Purged together with the snapshot before this one.
  if (stored === undefined) return position + 1 === first_seq;
  return position === 0 ? stored.batch?.events[0]?.epoch === epoch : nameOf(stored) === entry;
}
