/**
 * How well a quiet pair chats beside misbehaving clients.
 *
 * ```sh
 * deno run -A bench/abuse.ts [ATTACK…]
 * ```
 *
 * @module
 */
import { Hubbub } from "../testing/hubbub.ts";
import { type AttackName, ATTACKS, isAttack, type Outcome } from "./attackers.ts";
import { residentBytes } from "../testing/proc.ts";
import { scrape } from "./scrape.ts";
import { RawSocket } from "../testing/raw_socket.ts";
import { Histogram, median } from "./statistics.ts";

/** How often one of the pair writes, in ms: often enough for a percentile of some seconds. */
const PAIR_MS = 20;
/** How long the pair is measured alone first, and at least with the attack, in ms. */
const ALONE_MS = 2000;
/** How often the busy room is compared with itself. */
const ROUNDS = 5;
/** How many sockets the pair has. */
const PAIR = 2;

/** What was measured. */
export interface Abuse {
  outcome: Outcome;
  /** From one of the pair to the other, in ms, before the attack and under it. */
  alone: { p50: number; p99: number };
  under: { p50: number; p99: number; most: number };
  /** Messages of the pair that never arrived. */
  lost: number;
  /** How many times `/healthz` was asked under attack, and how many of these it answered 200. */
  asked: number;
  healthy: number;
  /** The server's resident memory before, at its most under attack, and after it, in bytes. */
  memory: { before: number; most: number; after: number };
  /** What JavaScript keeps of it, in the heap and outside, before and when the attacker's sockets are gone. */
  kept: { before: number; after: number };
  /** How many of the attacker's sockets were still open some time after it had gone. */
  left: number;
}

/** What an attack needs. */
export interface AbuseOptions {
  size: number;
  /** Make it the attack that is meant. */
  flags: string[];
  /** Where the pair chats; in a room of its own unless told. */
  room?: string;
}

const BUSY: AbuseOptions = {
  room: "busy",
  size: 200,
  flags: ["--rate", "0", "--write-wait", "2", "--max-message", "10000"],
};

/** Every attack as the bench makes it. */
export const FULL: Record<AttackName, AbuseOptions> = {
  deaf: BUSY,
  readers: BUSY,
  // More than the pair says.
  tiny: { size: 1_000_000, flags: ["--rate", "100"] },
  big: { size: 100, flags: [] },
  many: { size: 1000, flags: ["--max-clients", "500"] },
  logins: { size: 10_000, flags: [] },
  rooms: { size: 10_000, flags: [] },
  halves: { size: 500, flags: [] },
  history: { size: 10_000, flags: ["--rate", "0"] },
};

/** Starts a server, and lets a pair chat in it while it is attacked. */
export async function abuse(
  attack: AttackName,
  { size, flags, room = "quiet" }: AbuseOptions,
): Promise<Abuse> {
  await using hubbub = await Hubbub.start([...flags, "--log", "off"]);
  using pair = await Pair.open(hubbub.port, room);
  const alone = await pair.measure(() => wait(ALONE_MS));
  const before = residentBytes(hubbub.pid);
  const keptBefore = (await scrape(hubbub)).kept;
  let most = before;
  let asked = 0;
  let healthy = 0;
  let outcome: Outcome = {};
  let under: Abuse["under"];
  {
    // Ended only after the measurement: the system takes a while to free what it held.
    await using attacker = spawn(attack, hubbub.port, size);
    under = await pair.measure(async () => {
      let over = false;
      const outcomeKnown = attacker.outcome.finally(() => over = true);
      const enough = wait(ALONE_MS);
      while (!over) {
        asked++;
        if (await isHealthy(hubbub)) healthy++;
        most = Math.max(most, residentBytes(hubbub.pid));
        await wait(50);
      }
      outcome = await outcomeKnown;
      await enough;
    });
  }
  await pair.settled();
  let sockets = (await scrape(hubbub)).sockets;
  for (let i = 0; i < 100 && sockets > PAIR; i++) {
    await wait(100);
    ({ sockets } = await scrape(hubbub));
  }
  // What is garbage by then is collected while the pair chats on.
  await pair.measure(() => wait(ALONE_MS));
  await pair.settled();
  const after = residentBytes(hubbub.pid);
  const { kept } = await scrape(hubbub);
  return {
    outcome,
    alone,
    under,
    lost: pair.lost,
    asked,
    healthy,
    memory: { before, most, after },
    kept: { before: keptBefore, after: kept },
    left: sockets - PAIR,
  };
}

/** Two who chat quietly in a room of their own. */
class Pair implements Disposable {
  readonly #ann: RawSocket;
  readonly #bob: RawSocket;
  #sent = 0;
  #received = 0;
  #delays = new Histogram();
  #most = 0;

  private constructor(ann: RawSocket, bob: RawSocket) {
    this.#ann = ann;
    this.#bob = bob;
    void ann.receive(() => {});
    const decoder = new TextDecoder();
    void bob.receive((bytes, from, to) => {
      const now = performance.now();
      for (const line of decoder.decode(bytes.subarray(from, to - 1)).split("\n")) {
        // What the pair writes are times; others may write there too.
        const delay = now - Number(line);
        if (Number.isNaN(delay)) continue;
        this.#received++;
        this.#delays.record(delay);
        this.#most = Math.max(this.#most, delay);
      }
    });
  }

  static async open(port: number, room: string): Promise<Pair> {
    const path = `/ws?room=${room}`;
    return new Pair(
      await RawSocket.connect({ port, path }),
      await RawSocket.connect({ port, path }),
    );
  }

  get lost(): number {
    return this.#sent - this.#received;
  }

  /** How long messages took while `run` ran, in ms. */
  async measure(run: () => Promise<void>): Promise<{ p50: number; p99: number; most: number }> {
    this.#delays = new Histogram();
    this.#most = 0;
    const timer = setInterval(() => {
      this.#sent++;
      this.#ann.send(String(performance.now()));
    }, PAIR_MS);
    try {
      await run();
    } finally {
      clearInterval(timer);
    }
    const delays = this.#delays;
    return { p50: delays.percentile(0.5), p99: delays.percentile(0.99), most: this.#most };
  }

  /** Resolves when all has arrived, or will not any more. */
  async settled(): Promise<void> {
    for (let i = 0; i < 100 && this.lost > 0; i++) await wait(50);
  }

  [Symbol.dispose](): void {
    this.#ann[Symbol.dispose]();
    this.#bob[Symbol.dispose]();
  }
}

function spawn(
  attack: AttackName,
  port: number,
  size: number,
): AsyncDisposable & { outcome: Promise<Outcome> } {
  const program = new URL("attackers.ts", import.meta.url).pathname;
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "-A", program, attack, String(port), String(size)],
    stdout: "piped",
  }).spawn();
  const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  return {
    outcome: reader.read().then(({ value }) => {
      if (value === undefined) throw new Error("Cannot attack: the attacker broke down");
      return JSON.parse(value);
    }),
    async [Symbol.asyncDispose]() {
      process.kill("SIGKILL");
      await process.status;
      await reader.cancel();
    },
  };
}

async function isHealthy(hubbub: Hubbub): Promise<boolean> {
  try {
    const answer = await fetch(hubbub.url("/healthz"), { signal: AbortSignal.timeout(5000) });
    await answer.body?.cancel();
    return answer.status === 200;
  } catch {
    return false;
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Prints how the pair fares in the busy room, with and without others who read or are deaf. */
async function compare(): Promise<void> {
  const { size } = FULL.deaf;
  const rooms = [
    { others: "nobody else", attack: "readers", size: 0, p99s: Array<number>() },
    { others: `${size} who read`, attack: "readers", size, p99s: Array<number>() },
    { others: `${size} who are deaf`, attack: "deaf", size, p99s: Array<number>() },
  ] as const;
  for (let round = 0; round < ROUNDS; round++) {
    // In turns, since machines are shared.
    for (const { attack, size, p99s } of rooms) {
      p99s.push((await abuse(attack, { ...FULL[attack], size })).under.p99);
    }
  }
  for (const { others, p99s } of rooms) {
    console.log(
      `pair in a busy room, ${others}: p99 ${median(p99s).toFixed(1)} ms, ` +
        `at worst ${Math.max(...p99s).toFixed(1)} (${ROUNDS} rounds)`,
    );
  }
}

if (import.meta.main) {
  const names = Deno.args.length > 0 ? Deno.args : Object.keys(ATTACKS);
  if (names.includes("deaf")) await compare();
  for (const name of names.filter(isAttack)) {
    const { outcome, alone, under, lost, asked, healthy, memory, kept, left } = await abuse(
      name,
      FULL[name],
    );
    const ms = ({ p50, p99 }: Abuse["alone"]) => `${p50.toFixed(1)}/${p99.toFixed(1)}`;
    const mb = (bytes: number) => `${Math.round(bytes / 1e6)}`;
    console.log(
      `${name} × ${FULL[name].size}: ${JSON.stringify(outcome)}\n` +
        `  pair p50/p99 ${ms(alone)} alone, ${ms(under)} ms under attack, most ${
          under.most.toFixed(0)
        }, lost ${lost}; healthy ${healthy} of ${asked}; ` +
        `memory ${mb(memory.before)}, ${mb(memory.most)}, ${mb(memory.after)} MB, ` +
        `of JavaScript ${mb(kept.before)}, then ${mb(kept.after)} MB; ${left} sockets left`,
    );
  }
  Deno.exit(0);
}
