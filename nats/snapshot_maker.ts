import { DatabaseSync } from "node:sqlite";
import { copyFile } from "../state/copy_file.ts";
import { oneLine } from "../lib/errors.ts";
import { delay } from "../lib/std.ts";
import type { State } from "../state/state.ts";
import type { LogStream } from "./log_stream.ts";
import type { Snapshots, StateSnapshot } from "./snapshots.ts";
import { integer, string } from "../state/rows.ts";

/** The needs of a {@linkcode SnapshotMaker}. */
export interface SnapshotMakerOptions {
  readonly state: State;
  readonly stream: LogStream;
  readonly snapshots: Snapshots;
  /** The number of entries of the log between two snapshots. */
  readonly every?: number | undefined;
  /** The time between two parts in which the server serves its people, in ms; 5 by default. */
  readonly restMs?: number;
  /** Receives why a snapshot could not be made; the next one is tried when it is due. */
  readonly onTrouble?: (line: string) => void;
}

const REST_MS = 5;

/** Of 50 events each, half a million events: what a server applies in five seconds. */
const EVERY = 10_000;

/**
 * Makes a snapshot from time to time, and purges the log that the one before it has covered: so two
 * snapshots, and the log from the older one on, are always there. Whatever is interrupted, the next
 * snapshot replaces what was left. Disposing ends one that is being made.
 */
export class SnapshotMaker implements AsyncDisposable {
  readonly #options: SnapshotMakerOptions;
  readonly #end = new AbortController();
  #working: Promise<unknown> | undefined;

  constructor(options: SnapshotMakerOptions) {
    this.#options = options;
  }

  /**
   * Notes that an entry of this server was applied. The server whose entry is at a place where a snapshot
   * is due makes it: so each is made once, without the servers having to agree.
   */
  see(position: number): void {
    const { every = EVERY, onTrouble = () => {} } = this.#options;
    const { signal } = this.#end;
    if (position % every !== 0 || this.#working || signal.aborted) return;
    this.#working = this.#make()
      .catch((error) => signal.aborted || onTrouble(`snapshot not made: ${oneLine(error)}`))
      .finally(() => this.#working = undefined);
  }

  /** Resolves when no snapshot is being made. */
  async settled(): Promise<void> {
    await this.#working;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#working;
  }

  async #make(): Promise<void> {
    const { state, stream, snapshots, restMs = REST_MS } = this.#options;
    const { path } = state.database;
    const epoch = state.store?.epoch;
    // One in memory has no file to copy. Another server makes the next one.
    if (path === ":memory:" || epoch === undefined) return;
    const file = `${path}.snapshot`;
    try {
      await copyFile(path, file);
      const [before] = await snapshots.list();
      await snapshots.upload(file, describe(file), () => delay(restMs, this.#end));
      if (before && before.epoch === epoch) await stream.purge(before.position);
    } finally {
      Deno.removeSync(file);
    }
  }
}

/** What a copy of a data file has. */
function describe(file: string): Pick<StateSnapshot, "position" | "entry" | "epoch"> {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const { position, entry, epoch } = db.prepare(
      "select position, entry, epoch from log, store",
    ).get() ?? {};
    return { position: integer(position), entry: string(entry), epoch: string(epoch) };
  } finally {
    db.close();
  }
}
