/**
 * Many servers that are one chat: real processes on a real NATS.
 *
 * @module
 */
import { filesFolder } from "../files/content_path.ts";
import { delay } from "../lib/std.ts";
import { assert } from "./assert.ts";
import { Hubbub } from "./hubbub.ts";
import { TestNats } from "./nats.ts";
import { checkLog } from "./torture.ts";
import { messageOf } from "../lib/errors.ts";

/** Events that a server may log because NATS was away, as it may have been when a request began. */
const OUTAGE_EVENTS = [
  "NATS lost",
  "NATS back",
  "messages can't be stored",
  "messages can be stored again",
  "people not stored",
  "no claim link",
];
/**
 * The time between two tries to start a server while NATS is away, in ms, as a service manager does
 * it.
 */
const START_AGAIN_MS = 200;

/** Options of {@linkcode Servers}. */
export interface ServersOptions {
  /** The number of NATS servers, and of copies of everything; 1 by default. */
  readonly copies?: number;
  /** More flags of each server. */
  readonly flags?: readonly string[];
  /** Events that they may log in addition. */
  readonly events?: readonly string[];
}

/** The servers, each at its place, and their NATS. Disposing of them kills what runs. */
export class Servers implements AsyncDisposable {
  /** The servers of their NATS. */
  readonly nats: readonly [TestNats, ...TestNats[]];
  /** The ports of those that run, or ran last, at each place. */
  readonly ports: number[] = [];
  readonly #running: (Hubbub | undefined)[] = [];
  readonly #own: readonly string[];
  readonly #events: readonly string[];
  /** Has the copy of each place. */
  readonly #folder = Deno.makeTempDirSync({ prefix: "hubbub_copies_" });

  private constructor(
    nats: readonly [TestNats, ...TestNats[]],
    { flags = [], events = [] }: ServersOptions,
  ) {
    this.nats = nats;
    this.#own = flags;
    this.#events = events;
  }

  static async start(count: number, options: ServersOptions = {}): Promise<Servers> {
    const { copies = 1 } = options;
    const [one, ...others] = copies === 1
      ? [await TestNats.start()]
      : await TestNats.startCluster(copies);
    assert(one !== undefined);
    const servers = new Servers([one, ...others], options);
    for (let place = 0; place < count; place++) await servers.start(place);
    return servers;
  }

  /** Those that run. */
  get running(): Hubbub[] {
    return this.#running.filter((hubbub) => hubbub !== undefined);
  }

  /** The flag that leads to their data. */
  get flags(): [string, string] {
    return ["--nats", this.nats.map(({ url }) => url).join()];
  }

  /** Whether one runs at a place. */
  runs(place: number): boolean {
    return this.#running[place] !== undefined;
  }

  /** Starts one at a place, with the copy of the one before it, and tries again while NATS can't be used. */
  async start(place: number): Promise<void> {
    while (true) {
      try {
        const hubbub = await Hubbub.start([
          ...this.flags,
          ...["--nats-replicas", `${this.nats.length}`],
          ...["--data", this.#copy(place)],
          ...this.#own,
        ]);
        this.#running[place] = hubbub;
        this.ports[place] = hubbub.port;
        return;
      } catch (error) {
        const said = messageOf(error);
        // Log lines, and then one line with the error.
        if (!/^Cannot start Hubbub: (\{.*\}\n)*Cannot use NATS.*\n$/.test(said)) throw error;
        await delay(START_AGAIN_MS);
      }
    }
  }

  #copy(place: number): string {
    return `${this.#folder}/copy${place}.db`;
  }

  /** The contents of files that the server of a place has on its disk. */
  contents(place: number): string[] {
    const folder = filesFolder(this.#copy(place));
    return [...Deno.readDirSync(folder)].filter(({ name }) => /^[0-9a-f]{2}$/.test(name))
      .flatMap(({ name }) => [...Deno.readDirSync(`${folder}/${name}`)].map(({ name }) => name));
  }

  /** Deletes the copy of a place where none runs. */
  deleteCopy(place: number): void {
    assert(!this.runs(place), `a server runs at ${place}`);
    for (const { name } of Deno.readDirSync(this.#folder)) {
      const path = `${this.#folder}/${name}`;
      if (path.startsWith(this.#copy(place))) Deno.removeSync(path, { recursive: true });
    }
  }

  /** Ends one that runs, and looks into its log. */
  async end(place: number, signal: Deno.Signal): Promise<void> {
    const hubbub = this.#running[place];
    assert(hubbub !== undefined, `no server runs at ${place}`);
    this.#running[place] = undefined;
    hubbub.signal(signal);
    const status = await hubbub.status;
    assert(signal === "SIGKILL" ? status.signal === signal : status.success, await hubbub.stderr);
    checkLog(await hubbub.stderr, [...OUTAGE_EVENTS, ...this.#events]);
  }

  async endAll(signal: Deno.Signal): Promise<void> {
    await Promise.all(
      this.#running.keys().filter((place) => this.runs(place)).map((place) =>
        this.end(place, signal)
      ),
    );
  }

  /** Resolves when `/healthz` of every one answers with this status. */
  async until(status: number): Promise<void> {
    await Promise.all(this.running.map(async (hubbub) => {
      while (await hubbub.health() !== status) await delay(20);
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.running.map((hubbub) => hubbub[Symbol.asyncDispose]()));
    await Promise.all(this.nats.map((nats) => nats[Symbol.asyncDispose]()));
    Deno.removeSync(this.#folder, { recursive: true });
  }
}
