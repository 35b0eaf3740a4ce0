import type { FileCache } from "./cache.ts";
import type { NatsContents } from "./contents.ts";
import type { FileErasure } from "./erasure.ts";
import { oneLine } from "../../lib/errors.ts";
import { HOUR_MS } from "../../lib/time.ts";
import { ContentsError } from "../../state/contents.ts";
import { AttachmentTable } from "../../state/attachment_table.ts";
import type { State } from "../../state/state.ts";

/** The needs of a {@linkcode FileSweep}. */
export interface FileSweepOptions {
  readonly state: State;
  readonly contents: Pick<NatsContents, "erasure">;
  /** Whether the state is what the log says. */
  readonly isCurrent: () => boolean;
  /** Asks for NATS's time, in ms since 1970. */
  readonly time: () => Promise<number>;
  readonly onTrouble?: (line: string) => void;
}

/** By how much NATS's clock may be ahead of this server's, in ms: by more, one of them is wrong, and nothing is erased. */
const TOLERANCE_MS = 60_000;

/** Looks once an hour for what is in NATS and belongs to no file of the chat. Disposing ends it. */
export class FileSweep implements AsyncDisposable {
  readonly #erasure: FileErasure;
  readonly #isNeeded: (content: string) => boolean;
  readonly #time: () => Promise<number>;
  readonly #timer: ReturnType<typeof setInterval>;
  #working: Promise<void> | undefined;

  constructor(
    { state, contents: { erasure }, isCurrent, time, onTrouble = () => {} }: FileSweepOptions,
  ) {
    this.#erasure = erasure;
    const table = new AttachmentTable(state.database.db);
    this.#isNeeded = (content) => table.isNeeded(content);
    this.#time = time;
    // Several servers that look at the same time would find the same.
    this.#timer = setInterval(() => {
      if (!isCurrent()) return;
      this.#working ??= this.sweep()
        .catch((error) => {
          if (error instanceof ContentsError && error.problem === "held") return;
          onTrouble(`files in NATS not looked through: ${oneLine(error)}`);
        })
        .finally(() => this.#working = undefined);
    }, HOUR_MS * (1 + Math.random()));
  }

  /**
   * Looks now, by NATS's time.
   *
   * @param own this server's time, in ms since 1970
   */
  async sweep(own?: number): Promise<void> {
    const now = await this.#time();
    if (now - (own ?? Date.now()) > TOLERANCE_MS) return;
    await this.#erasure.sweep(this.#isNeeded, now);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#erasure[Symbol.asyncDispose]();
    await this.#working;
  }
}

/**
 * Stores the files that a server has on its disk in a NATS that has lost them. Another server may do the same at the
 * same time.
 *
 * @returns the number of files that are neither there nor here
 */
export async function restoreFiles(
  state: State,
  contents: NatsContents,
  cache: FileCache,
): Promise<number> {
  const stored = new Set(await Array.fromAsync(contents.stored()));
  let missing = 0;
  for (const { id } of new AttachmentTable(state.database.db).contents()) {
    // Perhaps it was uploaded since.
    if (stored.has(id) || await contents.has(id)) continue;
    const found = await cache.local.open(id);
    if (found) await contents.put(id, found.read(0, found.size)).catch(() => {});
    if (!await contents.has(id)) missing++;
  }
  return missing;
}
