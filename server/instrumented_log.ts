import type {
  Draft,
  LogEntry,
  LoggedRoom,
  MessageLog,
  Page,
  PageQuery,
} from "../hub/message_log.ts";
import type { Logger } from "../lib/logger.ts";
import { Histogram } from "../lib/histogram.ts";

/** The code of a message that is refused. */
type MessageRefusal = Extract<LogEntry, { readonly type: "refused" }>["code"];

/** All of them: a metric is there before the first one is counted. */
const REFUSALS: readonly MessageRefusal[] = [
  ...["archived", "bad_id", "bad_value", "forbidden", "muted"] as const,
  ...["no_room", "rate_limited"] as const,
];

/** Commits that take longer are logged, in ms: people begin to notice the delay. */
const SLOW_MS = 250;

/** A message log that counts messages and commits, and logs failures and slow commits. */
export class InstrumentedLog<Origin> implements MessageLog<Origin> {
  readonly #inner: MessageLog<Origin>;
  readonly #log: Logger;
  #failing = false;
  /** Messages stored and delivered to rooms. */
  messages = 0;
  /** Messages that could not be stored. */
  failures = 0;
  /** The numbers of messages that were refused, by code. */
  readonly refusals = new Map(REFUSALS.map((code): [MessageRefusal, number] => [code, 0]));
  /** Messages in each stored batch. */
  readonly batches = new Histogram([1, 3, 10, 30, 100, 300, 1000, 3000]);
  /** Time to store a batch, in seconds. */
  readonly commits = new Histogram([0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3]);

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

  get entries(): AsyncIterable<LogEntry<Origin>[]> {
    return this.#count();
  }

  async *#count(): AsyncGenerator<LogEntry<Origin>[]> {
    for await (const entries of this.#inner.entries) {
      for (const entry of entries) {
        if (entry.type === "message") this.#succeed();
        else if (entry.type === "failed") this.#fail(entry.error);
        else if (entry.type === "refused") this.#refuse(entry.code);
      }
      yield entries;
    }
  }

  #succeed(): void {
    this.messages++;
    if (this.#failing) this.#log("messages can be stored again");
    this.#failing = false;
  }

  #refuse(code: MessageRefusal): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }

  /** Logs only the first of consecutive failures, since all fail while a disk is full. */
  #fail({ message }: Error): void {
    this.failures++;
    if (!this.#failing) this.#log("messages can't be stored", { error: message });
    this.#failing = true;
  }

  read(query: PageQuery): Promise<Page> {
    return this.#inner.read(query);
  }

  rooms(limit: number): Promise<LoggedRoom[]> {
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
