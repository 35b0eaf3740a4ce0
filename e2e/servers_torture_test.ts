/** What is promised when servers and NATS are killed and clients move between them, under load. */
import { delay } from "../lib/std.ts";
import { withoutNats } from "../testing/nats.ts";
import { pick, type Random } from "../testing/random.ts";
import { Servers } from "../testing/servers.ts";
import { exportAll, tortureTest, type Victim } from "../testing/torture.ts";

/** How often it is NATS. */
const NATS = 1 / 3;
/** The longest time until what was killed is started again, in ms. */
const AWAY_MS = 1000;

const ignore = withoutNats();

tortureTest({
  ...{ what: "servers and NATS", kills: 6, ignore },
  start: async () => new ThreeServers(await Servers.start(3)),
});

// While its servers choose a new leader, which takes seconds, nothing is stored.
tortureTest({
  ...{ what: "servers and those of a NATS of three", kills: 4, ignore },
  start: async () => new ThreeServers(await Servers.start(3, 3)),
});

class ThreeServers implements Victim {
  readonly #servers: Servers;
  #kills = 0;
  /** The starts that are under way. */
  readonly #starts = new Set<Promise<void>>();

  constructor(servers: Servers) {
    this.#servers = servers;
  }

  port(random: Random): number {
    return pick(random, this.#servers.ports);
  }

  async kill(random: Random): Promise<void> {
    const away = random() * AWAY_MS;
    const { nats, ports } = this.#servers;
    const running = [...ports.keys()].filter((place) => this.#servers.runs(place));
    // The first two kills are one of each.
    const isNats = this.#kills++ < 2 ? this.#kills === 2 : random() < NATS;
    if (isNats || running.length === 0) {
      const one = pick(random, nats);
      await one.stop();
      await delay(away);
      await one.start();
    } else {
      const place = pick(random, running);
      await this.#servers.end(place, "SIGKILL");
      this.#start(place, away);
    }
  }

  /** The others are killed meanwhile. */
  #start(place: number, ms: number): void {
    const start = delay(ms).then(() => this.#servers.start(place));
    this.#starts.add(start);
    // What fails stays, for `healed` to tell.
    start.then(() => this.#starts.delete(start), () => {});
  }

  async healed(): Promise<void> {
    await Promise.all(this.#starts);
    await this.#servers.until(200);
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
