// deno-lint-ignore-file no-console -- it prints its table
/**
 * Measures how well a quiet pair chats while other clients misbehave.
 *
 * ```sh
 * deno run -A bench/abuse.ts [--beside] [ATTACK…]
 * ```
 *
 * With `--beside`, each attack is made twice: the second time on another server of the same machine, which
 * shows what the pair notices only because the attacker and a server use the processor.
 *
 * @module
 */
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, type Runtime, SOURCE } from "../testing/hubbub.ts";
import { cpuSeconds, residentBytes } from "../testing/proc.ts";
import { wait } from "./attacks/attack.ts";
import { type AttackName, ATTACKS, isAttack, type Outcome } from "./attacks/mod.ts";
import { CommandPair } from "./command_pair.ts";
import type { PairLatency } from "./pair_meter.ts";
import { QuietPair } from "./quiet_pair.ts";
import { format } from "./report.ts";
import { scrape } from "./scrape.ts";
import { median } from "./statistics.ts";

/** The time for which the pair is measured before, at least under, and after an attack, in ms. */
const MEASURE_MS = 2000;
/** The time between two looks at the server during an attack, in ms. */
const LOOK_MS = 50;
/** The time that the server has to recover, in ms. */
const RECOVERY_MS = 60_000;
/** The number of times that the busy room is compared with itself. */
const ROUNDS = 5;
/** The longest time for an answer of `/healthz`, in ms. */
const HEALTH_MS = 20_000;

/** Hubbub from source, which collects its garbage when it is told to. */
const COLLECTING: Runtime = {
  name: "source, collecting",
  command: SOURCE.command.toSpliced(
    2,
    0,
    `--preload=${new URL("garbage.ts", import.meta.url).pathname}`,
  ),
};

/** The measurements of one attack. */
export interface Abuse {
  readonly outcome: Outcome;
  /** The pair before the attack, and under it. */
  readonly alone: PairLatency;
  readonly under: PairLatency;
  /** Messages of the pair that never arrived, or commands that were never answered. */
  readonly lost: number;
  /**
   * The number of times that `/healthz` was asked under attack, and of the answers that were 200.
   */
  readonly asked: number;
  readonly healthy: number;
  /** The server's resident memory before, at its most under attack, and after it, in bytes. */
  readonly memory: { before: number; most: number; after: number };
  /** The memory that JavaScript keeps, in its heap and outside, before and after, without garbage, in bytes. */
  readonly kept: { before: number; after: number };
  /**
   * From the attacker's end until the server is healthy, the pair's messages arrive, and the attacker's
   * sockets are closed, in ms; NaN if that takes longer than a minute.
   */
  readonly recovery: number;
  /** The shares of a core that the server and the attacker used during the attack. */
  readonly cpu: { server: number; attacker: number };
}

/** An attack in place of how the bench makes it. */
export interface AbuseOptions {
  size?: number;
  seconds?: number;
  flags?: readonly string[];
  /** In place of the bench's two seconds for the pair before, at least under, and after the attack. */
  measureMs?: number;
  /** Attacks another server than the pair's, which shows the cost of sharing a machine. */
  beside?: boolean;
}

/** Starts a server, and lets a pair chat in it while it is attacked. */
export async function abuse(attack: AttackName, options: AbuseOptions = {}): Promise<Abuse> {
  const { size, seconds = 0, flags, room = "quiet", measureMs = MEASURE_MS, beside = false } = {
    ...ATTACKS[attack],
    ...options,
  };
  await using folder = ATTACKS[attack].onDisk && await temporaryFolder();
  let servers = 0;
  const data = () => folder ? ["--data", `${folder.path}/${servers++}.db`] : [];
  const start = () => Hubbub.start([...flags, ...data(), "--log", "off"], COLLECTING);
  await using hubbub = await start();
  await using other = beside ? await start() : undefined;
  const { commands } = ATTACKS[attack];
  using pair = await (commands ? CommandPair : QuietPair).open(hubbub.port, room);
  const alone = await pair.measure(() => wait(measureMs));
  const before = residentBytes(hubbub.pid);
  const keptBefore = await keptBy(hubbub, 1);
  let most = before;
  let asked = 0;
  let healthy = 0;
  let outcome: Outcome = {};
  let under: PairLatency;
  const cpu = { server: NaN, attacker: NaN };
  {
    // Ended only after the measurement: the system takes a while to free what it held.
    await using attacker = startAttacker(attack, (other ?? hubbub).port, { size, seconds });
    const attackStart = performance.now();
    const serverBefore = cpuSeconds(hubbub.pid);
    under = await pair.measure(async () => {
      let over = false;
      attacker.outcome.then(() => over = true, () => over = true);
      const enough = wait(measureMs);
      while (!over) {
        asked++;
        if (await isHealthy(hubbub)) healthy++;
        most = Math.max(most, residentBytes(hubbub.pid));
        await wait(LOOK_MS);
      }
      outcome = await attacker.outcome;
      const passed = (performance.now() - attackStart) / 1000;
      cpu.server = (cpuSeconds(hubbub.pid) - serverBefore) / passed;
      cpu.attacker = cpuSeconds(attacker.pid) / passed;
      await enough;
    });
  }
  const recovery = await recoveryMs(hubbub, pair);
  await pair.measure(() => wait(measureMs));
  await pair.settled(RECOVERY_MS);
  const after = residentBytes(hubbub.pid);
  const kept = await keptBy(hubbub, 2);
  return {
    outcome,
    alone,
    under,
    lost: pair.lost,
    asked,
    healthy,
    memory: { before, most, after },
    kept: { before: keptBefore, after: kept },
    recovery,
    cpu,
  };
}

/**
 * What JavaScript keeps in a server, in bytes, when all garbage has been collected.
 *
 * @param time 1 the first time for this server, then 2, and so on
 */
async function keptBy(hubbub: Hubbub, time: number): Promise<number> {
  hubbub.signal("SIGUSR2");
  await hubbub.logged(new RegExp(`^collected ${time}$`, "m"));
  return (await scrape(hubbub)).kept;
}

/** Waits until nothing is left of an attack; see {@linkcode Abuse.recovery}. */
async function recoveryMs(
  hubbub: Hubbub,
  pair: Pick<QuietPair, "settled">,
): Promise<number> {
  const start = performance.now();
  const since = () => performance.now() - start;
  while (since() < RECOVERY_MS) {
    const settled = await pair.settled(RECOVERY_MS) && await isHealthy(hubbub);
    if (settled && (await scrape(hubbub)).sockets === QuietPair.SOCKETS) return since();
    await wait(LOOK_MS);
  }
  return NaN;
}

function startAttacker(
  attack: AttackName,
  port: number,
  { size, seconds }: { size: number; seconds: number },
): AsyncDisposable & { pid: number; outcome: Promise<Outcome> } {
  const program = new URL("attacks/mod.ts", import.meta.url).pathname;
  const numbers = [port, size, seconds].map(String);
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "-A", program, attack, ...numbers],
    stdout: "piped",
  }).spawn();
  const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const outcome = reader.read().then(({ value }) => {
    if (value === undefined) throw new Error("Cannot attack: the attacker ended");
    return JSON.parse(value);
  });
  // If something else fails first, nobody awaits it, and that is what has to be told.
  outcome.catch(() => {});
  return {
    pid: process.pid,
    outcome,
    async [Symbol.asyncDispose]() {
      process.kill("SIGKILL");
      await process.status;
      await reader.cancel();
    },
  };
}

async function isHealthy(hubbub: Hubbub): Promise<boolean> {
  try {
    const answer = await fetch(hubbub.url("/healthz"), { signal: AbortSignal.timeout(HEALTH_MS) });
    await answer.body?.cancel();
    return answer.status === 200;
  } catch {
    return false;
  }
}

/** Prints how the pair fares in the busy room, alone and with others who read all or nothing. */
async function compareReaders(): Promise<void> {
  const { size } = ATTACKS["slow-readers"];
  const rooms = [
    { others: "nobody else", attack: "fast-readers", size: 0, p99s: Array<number>() },
    { others: `${size} fast readers`, attack: "fast-readers", size, p99s: Array<number>() },
    { others: `${size} slow readers`, attack: "slow-readers", size, p99s: Array<number>() },
  ] as const;
  for (let round = 0; round < ROUNDS; round++) {
    // In turns, since machines are shared.
    for (const { attack, size, p99s } of rooms) {
      p99s.push((await abuse(attack, { size })).under.p99);
    }
  }
  for (const { others, p99s } of rooms) {
    console.log(
      `pair in a busy room, ${others}: p99 ${median(p99s).toFixed(1)} ms, ` +
        `at worst ${Math.max(...p99s).toFixed(1)} (${ROUNDS} rounds)`,
    );
  }
}

const COLUMNS = [
  "attack",
  "outcome",
  "pair alone p50 / p99 ms",
  "under attack p50 / p99 / most ms",
  "server / attacker CPU, cores",
  "lost",
  "healthy",
  "memory before / most / after MB",
  "kept by JavaScript before / after MB",
  "recovery ms",
];

/** The figures of one attack as a row of the table. */
function row(name: AttackName, result: Abuse, where = ""): string[] {
  const { outcome, alone, under, lost, asked, healthy, memory, kept, recovery, cpu } = result;
  const ms = (...values: number[]) => values.map((value) => value.toFixed(1)).join(" / ");
  const mb = (...values: number[]) => values.map((bytes) => Math.round(bytes / 1e6)).join(" / ");
  const counts = Object.entries(outcome).map(([what, times]) => `${what}: ${times}`).join(", ");
  return [
    `${name} × ${ATTACKS[name].size}${where}`,
    counts,
    ms(alone.p50, alone.p99),
    ms(under.p50, under.p99, under.most),
    `${cpu.server.toFixed(2)} / ${cpu.attacker.toFixed(2)}`,
    String(lost),
    `${healthy} of ${asked}`,
    mb(memory.before, memory.most, memory.after),
    mb(kept.before, kept.after),
    recovery.toFixed(0),
  ];
}

if (import.meta.main) {
  const beside = Deno.args.includes("--beside");
  const given = Deno.args.filter((arg) => arg !== "--beside");
  const names = given.length > 0 ? given : Object.keys(ATTACKS);
  const unknown = names.find((name) => !isAttack(name));
  if (unknown !== undefined) {
    console.error(
      `Cannot attack: the attacks are ${Object.keys(ATTACKS).join(", ")}, received ${unknown}`,
    );
    Deno.exit(2);
  }
  if (names.includes("slow-readers")) await compareReaders();
  const rows: string[][] = [];
  for (const name of names.filter(isAttack)) {
    console.log(name);
    rows.push(row(name, await abuse(name)));
    if (beside) rows.push(row(name, await abuse(name, { beside }), ", on another server"));
  }
  console.log(format([COLUMNS, ...rows], 2));
  Deno.exit(0);
}
