import type { Draft, Entry, MessageLog, Page, PageQuery, RoomSummary } from "../hub/message_log.ts";
import type { Logger } from "../lib/logger.ts";
import { Tally } from "../lib/histogram.ts";

/** A commit that takes longer is logged, in ms: people begin to notice. */
const SLOW_MS = 250;

/** A message log that counts what passes, and logs what an operator should know. */
export class MeasuredLog<Origin> implements MessageLog<Origin> {
  readonly #inner: MessageLog<Origin>;
  readonly #log: Logger;
  #failing = false;
  /** Messages stored and given to the rooms. */
  messages = 0;
  /** Messages that could not be stored. */
  failures = 0;
  /** How many messages were stored at once. */
  readonly batches = new Tally([1, 3, 10, 30, 100, 300, 1000, 3000]);
  /** How long storing a batch took, in seconds. */
  readonly commits = new Tally([0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3]);

  constructor(inner: MessageLog<Origin>, log: Logger) {
    this.#inner = inner;
    this.#log = log;
  }

  append(drafts: readonly Draft<Origin>[]): void {
    const start = performance.now();
    this.#inner.append(drafts);
    const ms = performance.now() - start;
    this.batches.record(drafts.length);
    this.commits.record(ms / 1000);
    if (ms > SLOW_MS) {
      this.#log("commit slow", { ms: Math.round(ms), messages: drafts.length });
    }
  }

  get entries(): AsyncIterable<Entry<Origin>[]> {
    return this.#count();
  }

  async *#count(): AsyncGenerator<Entry<Origin>[]> {
    for await (const entries of this.#inner.entries) {
      for (const entry of entries) {
        if (entry.type === "message") this.#succeed();
        else if (entry.type === "failed") this.#fail(entry.error);
      }
      yield entries;
    }
  }

  #succeed(): void {
    this.messages++;
    if (this.#failing) this.#log("log well again");
    this.#failing = false;
  }

  /** Logs only the first failure of a row, since while a disk is full all fail. */
  #fail({ message }: Error): void {
    this.failures++;
    if (!this.#failing) this.#log("log failed", { error: message });
    this.#failing = true;
  }

  read(query: PageQuery): Promise<Page> {
    return this.#inner.read(query);
  }

  rooms(limit: number): Promise<RoomSummary[]> {
    return this.#inner.rooms(limit);
  }

  get roomCount(): number {
    return this.#inner.roomCount;
  }

  get healthy(): boolean {
    return this.#inner.healthy;
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#inner[Symbol.asyncDispose]();
  }
}
