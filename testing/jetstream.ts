/**
 * Servers on a JetStream log, for its tests.
 *
 * @module
 */
import { JetStreamLog, type JetStreamLogOptions } from "../nats/message_log.ts";
import type { Draft, Entry } from "../hub/message_log.ts";
import { Nats } from "../nats/connection.ts";
import type { TestNats } from "./nats.ts";

/** A log with a connection of its own, as a server has it, and all that came out of it. */
export class LogServer implements AsyncDisposable {
  readonly told: Entry<number>[] = [];
  #wake = () => {};

  private constructor(readonly nats: Nats, readonly log: JetStreamLog<number>) {
    void this.#listen();
  }

  static async open(
    { url }: Pick<TestNats, "url">,
    options: JetStreamLogOptions = {},
  ): Promise<LogServer> {
    const nats = await Nats.connect({ url });
    try {
      return new LogServer(nats, await JetStreamLog.open<number>(nats, options));
    } catch (error) {
      await nats[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #listen(): Promise<void> {
    for await (const batch of this.log.entries) {
      this.told.push(...batch);
      this.#wake();
    }
  }

  /** Waits until something has come out. */
  async until(happened: (told: Entry<number>[]) => boolean): Promise<Entry<number>[]> {
    while (!happened(this.told)) await new Promise<void>((resolve) => this.#wake = resolve);
    return this.told;
  }

  /** Appends, and waits for as many outcomes. */
  async append(...drafts: Draft<number>[]): Promise<Entry<number>[]> {
    const before = this.told.length;
    this.log.append(drafts);
    await this.until((told) => told.length >= before + drafts.length);
    return this.told.slice(before);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.log[Symbol.asyncDispose]();
    await this.nats[Symbol.asyncDispose]();
  }
}
