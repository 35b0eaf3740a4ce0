import { DatabaseSync } from "node:sqlite";
import { copyFile } from "../state/copy_file.ts";
import { oneLine } from "../lib/errors.ts";
import { delay } from "../lib/std.ts";
import { HOUR_MS } from "../lib/time.ts";
import type { State } from "../state/state.ts";
import { removeData } from "../state/files.ts";
import { countErasures, ErasedTexts, isErasing } from "../state/erased_texts.ts";
import type { LogStream } from "./log_stream.ts";
import { isOf, type Snapshots, type StateSnapshot, type StoredSnapshot } from "./snapshots.ts";
import { integer, string } from "../state/rows.ts";

/** The needs of a {@linkcode SnapshotMaker}. */
export interface SnapshotMakerOptions {
  readonly state: State;
  readonly stream: LogStream;
  readonly snapshots: Snapshots;
  /** Asks for NATS's time, in ms since 1970; the server's own clock may be wrong. */
  readonly time: () => Promise<number>;
  /** The number of entries of the log between two snapshots. */
  readonly every?: number | undefined;
  /** The time between two parts in which the server serves its people, in ms; 5 by default. */
  readonly restMs?: number;
  /** The time in which other servers get what is then purged, in ms; 30 s by default. */
  readonly graceMs?: number;
  /** Receives why a snapshot could not be made; the next one is tried when it is due. */
  readonly onTrouble?: (line: string) => void;
}

/** The place of a snapshot in the log. */
type SnapshotPlace = Pick<StateSnapshot, "position" | "entry" | "epoch">;

const REST_MS = 5;
const GRACE_MS = 30_000;

/** The entries that are looked at before the server serves its people. */
const LOOKS = 20;

/** Of 50 events each, half a million events: what a server applies in five seconds. */
const EVERY = 10_000;

/** The time after which texts that were erased since a snapshot make the next one due. Promised is a day. */
const ERASURE_MS = 12 * HOUR_MS;

/**
 * Makes a snapshot from time to time, and purges the log that the one before it has covered: so two
 * snapshots, and the log from the older one on, are always there. Whatever is interrupted, the next
 * snapshot replaces what was left. Disposing ends one that is being made.
 *
 * If texts were erased since the one before, the entries of the log that have their former texts are erased:
 * JetStream leaves what is merely purged in its files. Then that snapshot goes, too, with all of the log that the new one
 * has covered.
 */
export class SnapshotMaker implements AsyncDisposable {
  readonly #options: SnapshotMakerOptions;
  readonly #end = new AbortController();
  readonly #timer: ReturnType<typeof setInterval>;
  #working: Promise<unknown> | undefined;

  constructor(options: SnapshotMakerOptions) {
    this.#options = options;
    // Several servers that look at the same time would all make one.
    this.#timer = setInterval(() => void this.checkErasures(), HOUR_MS * (1 + Math.random()));
  }

  /**
   * Notes that an entry of this server was applied. The server whose entry is at a place where a snapshot
   * is due makes it: so each is made once, without the servers having to agree.
   */
  see(position: number): void {
    const { every = EVERY } = this.#options;
    if (position % every === 0) this.#start();
  }

  /** Makes a snapshot if texts were erased since one that is older than half a day, by NATS's clock. */
  async checkErasures(): Promise<void> {
    const { state, snapshots, stream, time } = this.#options;
    try {
      const list = await snapshots.list();
      const { first_seq: first, first_ts: begun } = await stream.state();
      if (!isDue(countErasures(state.database.db), list, first)) return;
      const since = list[0]?.at ?? Date.parse(begun);
      if (await time() - since >= ERASURE_MS) this.#start();
    } catch {
      // The next look finds the same.
    }
  }

  #start(): void {
    const { onTrouble = () => {} } = this.#options;
    const { signal } = this.#end;
    if (this.#working || signal.aborted) return;
    this.#working = this.#make()
      .catch((error) => signal.aborted || onTrouble(`snapshot not made: ${oneLine(error)}`))
      .finally(() => this.#working = undefined);
  }

  /** Resolves when no snapshot is being made. */
  async settled(): Promise<void> {
    await this.#working;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#end.abort();
    await this.#working;
  }

  async #make(): Promise<void> {
    const { state, stream, snapshots } = this.#options;
    const { path } = state.database;
    const epoch = state.store?.epoch;
    // One in memory has no file to copy. Another server makes the next one.
    if (path === ":memory:" || epoch === undefined) return;
    const file = `${path}.snapshot`;
    try {
      await copyFile(path, file);
      const about = describe(file);
      const list = await snapshots.list();
      const [before] = list;
      // One without the number is followed by another one.
      const erases = about.edits === undefined ||
        isDue(about.edits, list, (await stream.state()).first_seq);
      await snapshots.upload(file, about, () => this.#rest());
      if (erases) await this.#erase(file, about);
      // Meanwhile it may have become another log, or another server have purged more.
      else if (before && before.epoch === epoch && await isOf(about, stream)) {
        await stream.purge(before.position);
      }
    } finally {
      removeData(file);
    }
  }

  /** Erases the entries with texts that a new snapshot does not have any more, and the snapshots before it. */
  async #erase(file: string, about: SnapshotPlace): Promise<void> {
    const { stream, snapshots, graceMs = GRACE_MS } = this.#options;
    const { position } = about;
    await delay(graceMs, this.#end);
    const { first_seq: first } = await stream.state();
    // Another server was quicker with a newer one.
    if (first > position + 1) return;
    await this.#refuseOtherLog(about);
    const db = new DatabaseSync(file, { readOnly: true });
    try {
      const texts = new ErasedTexts(db);
      const erase = async (at: number) => {
        const entry = await stream.get(at);
        if (entry && texts.isIn(entry)) await stream.erase(at);
      };
      for (let at = first; at < position; at++) {
        await erase(at);
        if (at % LOOKS === 0) await this.#rest();
      }
      if (!await snapshots.reachBeyond(position - 1, stream)) {
        throw new Error("NATS does not have it any more");
      }
      for (const snapshot of await snapshots.list()) {
        if (snapshot.position < position) await snapshots.erase(snapshot, () => this.#rest());
      }
      await stream.purge(position - 1);
      // By its last entry, a snapshot is known to be of the log, unless all up to there is gone.
      await erase(position);
    } finally {
      db.close();
    }
    await stream.purge(position);
  }

  /**
   * Checks that the log continues from a snapshot. NATS may have been lost meanwhile, and set back or emptied: then what
   * is in the log is not in the snapshot.
   */
  async #refuseOtherLog(about: SnapshotPlace): Promise<void> {
    if (!await isOf(about, this.#options.stream)) {
      throw new Error("the log in NATS is another one than when it was begun");
    }
  }

  #rest(): Promise<void> {
    return delay(this.#options.restMs ?? REST_MS, this.#end);
  }
}

/**
 * Returns whether snapshots, or the log from `first` on, may have texts that were erased; also if erasing them was
 * interrupted.
 *
 * @param edits Another number whenever texts were erased; 0 if none ever was.
 */
function isDue(edits: number, list: readonly StoredSnapshot[], first: number): boolean {
  const [newest] = list;
  if (newest === undefined) return edits > 0;
  if (list.some((snapshot) => snapshot.edits !== edits)) return true;
  return list.length === 1 && edits > 0 && first <= newest.position;
}

/** Describes a copy of a data file. */
function describe(file: string): SnapshotPlace & Pick<StateSnapshot, "edits"> {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const { position, entry, epoch } = db.prepare(
      "select position, entry, epoch from log, store",
    ).get() ?? {};
    return {
      position: integer(position),
      entry: string(entry),
      epoch: string(epoch),
      ...(!isErasing(db) && { edits: countErasures(db) }),
    };
  } finally {
    db.close();
  }
}
