/**
 * Servers on a log in NATS, for its tests.
 *
 * @module
 */
import type { Draft, LogEntry } from "../hub/message_log.ts";
import { type Cluster, type ClusterOptions, openCluster } from "../nats/cluster.ts";
import type { TestNats } from "./nats.ts";

/** A server's log with a copy of its own, and all that came out of it. */
export class LogServer implements AsyncDisposable {
  readonly told: LogEntry<number>[] = [];
  #wake = () => {};

  private constructor(readonly cluster: Cluster<number>, readonly folder: string) {
    void this.#listen();
  }

  static async open(
    { url }: Pick<TestNats, "url">,
    options: Partial<ClusterOptions> = {},
  ): Promise<LogServer> {
    const folder = Deno.makeTempDirSync({ prefix: "hubbub_copy_" });
    const copy = `${folder}/copy.db`;
    return new LogServer(await openCluster<number>({ url, copy, ...options }), folder);
  }

  get nats(): Cluster<number>["nats"] {
    return this.cluster.nats;
  }

  get log(): Cluster<number>["messages"] {
    return this.cluster.messages;
  }

  async #listen(): Promise<void> {
    for await (const batch of this.log.entries) {
      this.told.push(...batch);
      this.#wake();
    }
  }

  /** Waits until something has come out. */
  async until(happened: (told: LogEntry<number>[]) => boolean): Promise<LogEntry<number>[]> {
    while (!happened(this.told)) await new Promise<void>((resolve) => this.#wake = resolve);
    return this.told;
  }

  /** Appends, and waits for as many outcomes. What other servers stored may come out before and between these. */
  async append(...drafts: Draft<number>[]): Promise<LogEntry<number>[]> {
    const own = (told: LogEntry<number>[]) =>
      told.filter((entry) => "origin" in entry || "draft" in entry);
    const before = own(this.told).length;
    this.log.append(drafts);
    return own(await this.until((told) => own(told).length >= before + drafts.length))
      .slice(before);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.log[Symbol.asyncDispose]();
    await this.cluster[Symbol.asyncDispose]();
    Deno.removeSync(this.folder, { recursive: true });
  }
}
