/**
 * Measures whether a message costs more the longer the history of its room is: batches are stored
 * in turn in a room with a short and in one with a long history, each in a file of its own. Run as
 * a program it prints one line of JSON.
 *
 * `deno run -A bench/growth.ts [LONG] [ROUNDS]`
 *
 * @module
 */
import process from "node:process";
import type { Draft } from "../hub/message_log.ts";
import { openLocalState } from "../state/local.ts";
import { median } from "./statistics.ts";

const SHORT = 1000;
/** In another room of the short one's file, so that its write-ahead log is as much in use. */
const BESIDE = 10_000;
/** The number of messages that 10 senders with 8 messages in flight each make. */
const BATCH = 80;
/** For each measurement; with a short history it does not become a long one by it. */
const BATCHES = 25;
const AUTHORS = 16;
const TEXT = "x".repeat(64);

/** Microseconds for each message: until it is out again, and of CPU. */
interface Cost {
  wall: number;
  cpu: number;
}

/** Medians over the rounds, and of their ratios. */
export type Growth = {
  shortWall: number;
  longWall: number;
  shortCpu: number;
  longCpu: number;
  /** Time until a message is stored, with a long history as a multiple of that with a short one. */
  growth: number;
  cpuGrowth: number;
};

class History implements AsyncDisposable {
  readonly #store;
  readonly #log;
  readonly #settled;
  #count = 0;

  constructor(path: string) {
    this.#store = openLocalState<number>({ path, sync: "full" });
    this.#log = this.#store.messages;
    this.#settled = this.#log.entries[Symbol.asyncIterator]();
  }

  /** Stores batches, each once the one before is out. */
  async write(room: string, batches: number): Promise<Cost> {
    const waits: number[] = [];
    const before = process.cpuUsage();
    for (let i = 0; i < batches; i++) {
      const drafts = Array.from({ length: BATCH }, () => this.#draft(room));
      const start = performance.now();
      this.#log.append(drafts);
      const { value } = await this.#settled.next();
      if (value?.length !== BATCH || value[0]?.type !== "message") {
        throw new Error("Cannot store messages: see whether the disk is full");
      }
      waits.push(performance.now() - start);
    }
    const { user, system } = process.cpuUsage(before);
    return { wall: median(waits) * 1000 / BATCH, cpu: (user + system) / batches / BATCH };
  }

  /** Ids begin with the time, as the page makes them. */
  #draft(room: string): Draft<number> {
    const count = ++this.#count;
    const id = `m3k9x2a${count.toString(36).padStart(5, "0")}`;
    const user = { id: `p01234567${count % AUTHORS}`, name: "person" };
    return { room, id, user, text: TEXT, origin: count };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#log[Symbol.asyncDispose]();
    this.#store[Symbol.dispose]();
  }
}

/** Measures with histories of 1000 and of `long` messages. */
export async function measureGrowth(long: number, rounds: number): Promise<Growth> {
  const folder = await Deno.makeTempDir({ prefix: "hubbub-growth-" });
  try {
    await using inLong = new History(`${folder}/long.db`);
    await using inShort = new History(`${folder}/short.db`);
    await inLong.write("lobby", Math.ceil(long / BATCH));
    await inShort.write("beside", Math.ceil(BESIDE / BATCH));
    const costs: { short: Cost; long: Cost }[] = [];
    for (let round = 0; round < rounds; round++) {
      await inShort.write(`lobby${round}`, Math.ceil(SHORT / BATCH));
      const short = await inShort.write(`lobby${round}`, BATCHES);
      costs.push({ short, long: await inLong.write("lobby", BATCHES) });
    }
    const middle = (figure: (cost: { short: Cost; long: Cost }) => number) =>
      median(costs.map(figure));
    return {
      shortWall: middle(({ short }) => short.wall),
      longWall: middle(({ long }) => long.wall),
      shortCpu: middle(({ short }) => short.cpu),
      longCpu: middle(({ long }) => long.cpu),
      growth: middle(({ short, long }) => long.wall / short.wall),
      cpuGrowth: middle(({ short, long }) => long.cpu / short.cpu),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const [long = "1000000", rounds = "20"] = Deno.args;
  const growth = await measureGrowth(Number(long), Number(rounds));
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(growth) + "\n"));
  Deno.exit(0);
}
