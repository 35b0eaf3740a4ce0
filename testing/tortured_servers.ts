/**
 * Servers that are one chat: they and NATS are killed, copies are deleted, servers are added and removed, and the log
 * is purged behind snapshots.
 *
 * @module
 */
import { Nats } from "../nats/connection.ts";
import { delay } from "../lib/std.ts";
import { pick, type Random } from "./random.ts";
import { Servers } from "./servers.ts";
import { exportAll, type Target } from "./torture.ts";

const SERVERS = 3;
/** The longest time until what was killed is started again, in ms. */
const AWAY_MS = 1000;
/** After so many entries of the log a snapshot is made: many times, with a purge each. */
const SNAPSHOT_EVERY = 50;

/** Events that a server may log when snapshots are frequent: one that falls behind takes the next. */
const EVENTS = [
  ...[
    'snapshot not made: [^"]*',
    "snapshot at \\d+ not used: a part of it is missing",
    "the log does not go on any more where this server's copy ends",
    'this server is more than 5 s behind the log[^"]*',
  ].map((problem) => `log on NATS","problem":"${problem}`),
  ...["data open again", "data not open"],
];

/** The faults: each once, in this order, and then random ones. */
const HARMS = [
  "kill a server",
  "kill NATS",
  "kill a server, and delete its copy",
  "add a server, and remove another",
] as const;

/** The servers, to which clients connect at random. */
export class TorturedServers implements Target {
  readonly #servers: Servers;
  /** The places of the servers that are part of it; one that was killed is so. */
  readonly #places = new Set<number>();
  #harms = 0;
  /** The starts that are under way. */
  readonly #starts = new Set<Promise<void>>();

  private constructor(servers: Servers) {
    this.#servers = servers;
    for (const place of servers.ports.keys()) this.#places.add(place);
  }

  static async start(copies = 1): Promise<TorturedServers> {
    const flags = ["--nats-snapshot-every", `${SNAPSHOT_EVERY}`];
    return new TorturedServers(await Servers.start(SERVERS, { copies, flags, events: EVENTS }));
  }

  port(random: Random): number {
    return this.#servers.ports[pick(random, [...this.#places])] ?? 0;
  }

  async kill(random: Random): Promise<void> {
    const harm = HARMS[this.#harms++] ?? pick(random, HARMS);
    const away = random() * AWAY_MS;
    const running = [...this.#places].filter((place) => this.#servers.runs(place));
    if (harm === "kill NATS" || running.length === 0) {
      const one = pick(random, this.#servers.nats);
      await one.stop();
      await delay(away);
      await one.start();
      return;
    }
    const place = pick(random, running);
    if (harm === "add a server, and remove another") {
      const added = this.#servers.ports.length;
      await this.#servers.start(added);
      this.#places.add(added);
      this.#places.delete(place);
      await this.#servers.end(place, "SIGTERM");
      return;
    }
    await this.#servers.end(place, "SIGKILL");
    if (harm === "kill a server, and delete its copy") this.#servers.deleteCopy(place);
    this.#start(place, away);
  }

  /** The others are killed meanwhile. */
  #start(place: number, ms: number): void {
    const start = delay(ms).then(() => this.#servers.start(place));
    this.#starts.add(start);
    // A failed start stays, and `recovered` reports it.
    start.then(() => this.#starts.delete(start), () => {});
  }

  async recovered(): Promise<void> {
    await Promise.all(this.#starts);
    await this.#servers.until(200);
    await this.#purged();
  }

  /** Resolves when a part of the log was purged: on a busy machine, batches are large and entries are few. */
  async #purged(): Promise<void> {
    await using nats = await Nats.connect({ url: this.#servers.flags[1] });
    const first = async () => (await nats.manager.streams.info("hubbub_log")).state.first_seq;
    // While the servers of NATS choose a leader, none answers.
    while (await first().catch(() => 0) <= SNAPSHOT_EVERY) await delay(100);
  }

  async end(): Promise<string> {
    await this.#servers.endAll("SIGTERM");
    return await exportAll(this.#servers.flags);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#starts);
    await this.#servers[Symbol.asyncDispose]();
  }
}
