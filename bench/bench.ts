/**
 * Compares Hubbub with its peers: every scenario in several rounds, in each
 * round all servers in turn, each in a fresh process under a load from
 * another one, and says which goals are met. `--help` lists the options.
 *
 * @module
 */
import {
  BASE,
  type Contestant,
  emptyServer,
  type Executables,
  executables,
  hubbub,
  NOW,
  otherCheckout,
  peers,
  type WireFormat,
} from "./contestants.ts";
import { compare, comparisonTable } from "./comparison.ts";
import { judge } from "./goals.ts";
import { measureChanges } from "./changes.ts";
import type { Growth } from "./growth.ts";
import { BEHIND_PROXY, measureIdle, measureNamed } from "./idle.ts";
import { measureLoad, runProgram } from "./measure.ts";
import { HELP, type Options, parseOptions, type Work } from "./options.ts";
import { machine, report } from "./report.ts";
import { type Figures, type Point, rate, type Run } from "./runs.ts";
import type { Scenario } from "./scenarios.ts";
import { endAll, ServerProcess } from "./server_process.ts";
import { measureStart } from "./start.ts";
import { findSustained } from "./sustained.ts";
import { messageOf } from "../lib/errors.ts";

const WARMUP_SECONDS = 2;
const STARTS = { full: 15, quick: 5 };
const IDLE = {
  full: { members: 5000, quietSeconds: 15, seconds: 60 },
  quick: { members: 5000, quietSeconds: 3, seconds: 5 },
};
const NAMED = {
  full: { members: 2000, quietSeconds: 15, seconds: 30 },
  // An older Hubbub, too, lets as many take names at once, whatever their addresses.
  quick: { members: 180, quietSeconds: 3, seconds: 5 },
};
const LONG_HISTORY = { full: 1_000_000, quick: 100_000 };
const GROWTH_ROUNDS = 40;
const GROWTH_CEILING_SECONDS = 600;

/** All that a bench measures, and with what. */
class Bench {
  readonly runs: Run[] = [];
  readonly points: Point[] = [];
  readonly #options: Options;
  readonly #contestants: readonly Contestant[];
  readonly #executables: Executables | undefined;

  constructor(options: Options, contestants: Contestant[], made: Executables | undefined) {
    this.#options = options;
    this.#contestants = contestants;
    this.#executables = made;
  }

  /** Measures all of one scenario. */
  async work({ scenario, servers, wires }: Work): Promise<void> {
    const contestants = this.#contestants.filter(({ name }) =>
      servers.includes(name.toLowerCase())
    );
    switch (scenario.kind) {
      case "load":
        return await this.#rounds(this.#options.rounds, wires, contestants, scenario);
      case "sustained":
        // Each is a dozen loads already.
        return await this.#rounds(1, wires, contestants, scenario);
      case "idle":
        return await this.#rounds(1, [undefined], contestants.filter(isHubbub), scenario);
      case "named":
        return await this.#rounds(
          ...[Math.min(this.#options.rounds, 3), [undefined]] as const,
          ...[contestants.filter((it) => isHubbub(it) || it.name === BASE), scenario] as const,
        );
      case "changes":
        return await this.#rounds(
          ...[this.#options.rounds, [undefined], contestants.filter(isHubbub), scenario] as const,
        );
      case "growth":
        return await this.#growth(scenario.name);
      case "start":
        return await this.#start(scenario.name);
    }
  }

  async #rounds(
    rounds: number,
    wires: readonly (WireFormat | undefined)[],
    contestants: readonly Contestant[],
    scenario: Scenario,
  ): Promise<void> {
    for (const wire of wires) {
      for (let round = 1; round <= rounds; round++) {
        // The servers of a round take turns in going first.
        for (const contestant of round % 2 ? contestants : contestants.toReversed()) {
          const { launch } = contestant;
          const more = scenario.kind === "named" ? BEHIND_PROXY : {};
          await using server = await ServerProcess.start({
            ...launch,
            env: { ...launch.env, ...more },
          });
          const origin = { ...named(scenario.name, contestant.name, round), wire };
          const { runtime } = contestant;
          const version = `${server.version}${runtime === undefined ? "" : ` (${runtime})`}`;
          await this.#record({ ...origin, version }, async () => {
            return await this.#measure(scenario, contestant, server, wire);
          });
        }
      }
    }
  }

  async #measure(
    scenario: Scenario,
    contestant: Contestant,
    { port, pid }: ServerProcess,
    wire: WireFormat = "json",
  ): Promise<Measured> {
    const { seconds, size, quick } = this.#options;
    const format = contestant.formats[wire];
    const base = { port, pid, format, size, warmup: WARMUP_SECONDS, seconds };
    switch (scenario.kind) {
      case "load": {
        const result = await measureLoad({ ...base, ...scenario.crowding, rate: 0 });
        return { outcome: "load", result };
      }
      case "sustained": {
        const { points, ...figures } = await findSustained({ base, load: measureLoad });
        this.points.push(...points.map((point) => ({ server: contestant.name, wire, ...point })));
        return { outcome: "figures", figures };
      }
      case "changes":
        return { outcome: "figures", figures: await measureChanges({ port, pid, seconds }) };
      case "named": {
        const crowd = quick || this.#options.against !== undefined ? "quick" : "full";
        const figures = await measureNamed({ port, pid, ...NAMED[crowd] });
        return { outcome: "figures", figures };
      }
      default: {
        const idle = IDLE[quick ? "quick" : "full"];
        const figures = await measureIdle({ port, pid, format, ...idle });
        return { outcome: "figures", figures };
      }
    }
  }

  async #growth(name: string): Promise<void> {
    const long = LONG_HISTORY[this.#options.quick ? "quick" : "full"];
    await this.#record({ ...named(name, "Hubbub", 1), version: "" }, async () => {
      const args = [String(long), String(GROWTH_ROUNDS)];
      const output = await runProgram("growth.ts", args, GROWTH_CEILING_SECONDS);
      const figures: Growth = JSON.parse(output);
      return { outcome: "figures", figures };
    });
  }

  async #start(name: string): Promise<void> {
    const hubbub = this.#contestants.find(isHubbub);
    if (this.#executables === undefined || hubbub === undefined) {
      return say("start: there is no denort to compile with, see DENORT_BIN; left out");
    }
    const launches = {
      Hubbub: { ...hubbub.launch, command: this.#executables.hubbub, args: [] },
      empty: emptyServer(this.#executables.empty),
    };
    // The first of each fills the disk's cache and counts for nothing.
    for (const launch of Object.values(launches)) await measureStart(launch);
    const rounds = STARTS[this.#options.quick ? "quick" : "full"];
    for (let round = 1; round <= rounds; round++) {
      for (const [server, launch] of Object.entries(launches)) {
        await this.#record({ ...named(name, server, round), version: "" }, async () => {
          return { outcome: "figures", figures: await measureStart(launch) };
        });
      }
    }
  }

  async #record(
    { wire, ...origin }: Named & { version: string; wire?: WireFormat | undefined },
    measure: () => Promise<Measured>,
  ): Promise<void> {
    const measured = await measure().catch((error) => {
      return { outcome: "failed" as const, why: messageOf(error) };
    });
    const run: Run = { ...origin, ...(wire === undefined ? {} : { wire }), ...measured };
    this.runs.push(run);
    const { scenario, round, server } = run;
    say(`${scenario} ${wire ?? ""} round ${round}: ${server} ${summary(run)}`);
  }
}

type Named = Pick<Run, "scenario" | "server" | "round">;
type Measured =
  | { outcome: "figures"; figures: Figures }
  | Pick<Run & { outcome: "load" }, "outcome" | "result">;

function named(scenario: string, server: string, round: number): Named {
  return { scenario, server, round };
}

function isHubbub({ name }: Contestant): boolean {
  return name === NOW;
}

function summary(run: Run): string {
  if (run.outcome === "failed") return run.why;
  if (run.outcome === "load") {
    return `${Math.round(rate(run.result)).toLocaleString("en")} deliveries/s`;
  }
  return Object.entries(run.figures).map(([name, value]) => `${name} ${value.toPrecision(3)}`)
    .join(", ");
}

async function bench(options: Options): Promise<Bench> {
  const { plan, executable, source, against } = options;
  if (against !== undefined) {
    const contestants = [await hubbub(undefined), await otherCheckout(against, say)];
    return await work(new Bench(options, contestants, undefined), plan);
  }
  const wanted = new Set(plan.flatMap(({ servers }) => servers));
  const wantsExecutable = wanted.has("hubbub") && (!source && executable === undefined ||
    plan.some(({ scenario }) => scenario.kind === "start"));
  const made = wantsExecutable ? await executables(say) : undefined;
  const contestants = [
    ...wanted.has("hubbub") ? [await chooseHubbub(options, made)] : [],
    ...wanted.size > 1 || !wanted.has("hubbub") ? await peers(say) : [],
  ];
  return await work(new Bench(options, contestants, made), plan);
}

async function work(bench: Bench, plan: Options["plan"]): Promise<Bench> {
  for (const work of plan) await bench.work(work);
  return bench;
}

function chooseHubbub(
  { source, executable }: Options,
  made: Executables | undefined,
): Promise<Contestant> {
  if (source) return hubbub(undefined);
  return executable === undefined ? hubbub(made?.hubbub, made?.deno) : hubbub(executable);
}

/** Writes progress to stderr, so that the tables can be redirected alone. */
function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(line + "\n"));
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
}

async function main(): Promise<number> {
  let options: Options | undefined;
  try {
    options = parseOptions(Deno.args);
  } catch (error) {
    say(messageOf(error));
    return 2;
  }
  if (!options) {
    print(HELP);
    return 0;
  }
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(name, () => endAll().finally(() => Deno.exit(130)));
  }
  try {
    const { runs, points } = await bench(options);
    const comparisons = compare(runs, options.tolerance);
    print(report(runs, options));
    if (options.against !== undefined) print(`\n${comparisonTable(comparisons)}`);
    if (options.json) {
      const goals = judge(runs);
      const figures = { machine: machine(), options, goals, comparisons, points, runs };
      await Deno.writeTextFile(options.json, JSON.stringify(figures, null, 2) + "\n");
    }
    const failed = runs.some(({ outcome }) => outcome === "failed") ||
      comparisons.some(({ failed }) => failed);
    return failed ? 1 : 0;
  } catch (error) {
    say(messageOf(error));
    return 1;
  } finally {
    await endAll();
  }
}

if (import.meta.main) Deno.exit(await main());
