import { AttachmentTable } from "./attachment_table.ts";
import { type Contents, ContentsError } from "./contents.ts";
import type { Database } from "./database.ts";
import { delay } from "../lib/std.ts";
import { oneLine } from "../lib/errors.ts";

/** Between two looks at the queue, in ms. */
const LOOK_MS = 2000;

/** The contents that are removed in one go, between which the chat continues. */
const REMOVED = 50;

/** Options of {@linkcode GoneContents}. */
export interface GoneContentsOptions {
  readonly database: Database;
  readonly contents: Pick<Contents, "has" | "open" | "put" | "remove">;
  /** Between two looks at the queue, in ms. */
  readonly everyMs?: number;
  /** Called when bytes can't be removed; they are tried again. */
  readonly onTrouble?: (problem: string) => void;
}

/**
 * Deletes the bytes that no file needs any more, and then the row that says so: after a crash between the two, they are deleted
 * again. Bytes that the content with equal ones has lost are given to that first.
 */
export class GoneContents implements AsyncDisposable {
  readonly #options: GoneContentsOptions;
  readonly #table: AttachmentTable;
  readonly #ended = new AbortController();
  readonly #end: Promise<void>;
  /** The last content that was looked at; empty at the beginning of the queue. */
  #after = "";
  /** Whether something could not be removed since the beginning of the queue. */
  #hasFailed = false;
  #problem = "";

  constructor(options: GoneContentsOptions) {
    this.#options = options;
    this.#table = new AttachmentTable(options.database.db);
    this.#end = this.#run(options.everyMs ?? LOOK_MS);
  }

  async #run(everyMs: number): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await delay(everyMs, { signal }).catch(() => {});
      if (signal.aborted) return;
      try {
        while (!signal.aborted && await this.step());
      } catch (error) {
        // Interrupted: the rest is deleted by the next server.
        if (signal.aborted) return;
        this.#report(error);
      }
    }
  }

  #report(error: unknown): void {
    const problem = oneLine(error);
    if (problem !== this.#problem) this.#options.onTrouble?.(problem);
    this.#problem = problem;
  }

  /**
   * Deletes some bytes; resolves to whether there may be more, and all could be deleted. The next step continues behind
   * them in any case, and begins again at the end.
   */
  async step(): Promise<boolean> {
    const { database, contents } = this.#options;
    const gone = database.guard(() => this.#table.gone(REMOVED, this.#after));
    const removed: string[] = [];
    const failures: unknown[] = [];
    for (const content of gone) {
      try {
        await this.#give(content);
        await contents.remove(content);
        removed.push(content);
      } catch (error) {
        // On a full disk, others make room; what can't be removed keeps none of them.
        failures.push(error);
      }
    }
    if (removed.length > 0) {
      database.transaction(() => {
        for (const content of removed) this.#table.removeGone(content);
      });
    }
    this.#follow(gone, failures.filter((error) => !isHeld(error)));
    return failures.length === 0 && gone.length === REMOVED;
  }

  #follow(gone: readonly string[], [failure]: readonly unknown[]): void {
    // The first one since the beginning of the queue speaks for those behind it.
    if (failure !== undefined && !this.#hasFailed) this.#report(failure);
    this.#hasFailed ||= failure !== undefined;
    this.#after = gone.length === REMOVED ? gone.at(-1) ?? "" : "";
    if (this.#after !== "") return;
    // Said again only if all could be removed meanwhile.
    if (!this.#hasFailed) this.#problem = "";
    this.#hasFailed = false;
  }

  /** Stores the bytes of a file as the content that it shares with others, if that is missing. */
  async #give(id: string): Promise<void> {
    const { database, contents } = this.#options;
    const shared = database.guard(() => this.#table.of(id))?.content ?? id;
    if (shared === id || await contents.has(shared)) return;
    const own = await contents.open(id);
    if (own) await contents.put(shared, own.read(0, own.size));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#end;
  }
}

/** Whether the bytes wait for a backup. */
function isHeld(error: unknown): boolean {
  return error instanceof ContentsError && error.problem === "held";
}
