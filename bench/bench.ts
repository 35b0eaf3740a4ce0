/**
 * Measures Hubbub beside its peers: every scenario in several rounds, in each
 * round all servers in turn, each in a fresh process under a closed loop of
 * load from another one. `--help` tells the options.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type Contestant, hubbub, peers, type Wire } from "./contestants.ts";
import { loadFlags, type LoadOptions, type LoadResult, parseLoadResult } from "./load.ts";
import { machine, rate, type Run, table } from "./report.ts";
import { endAll, Server, spawn } from "./servers.ts";

const HELP = `Measure Hubbub beside its peers.

  deno task bench [options]

  --rounds N         times that each scenario is measured for each server (3)
  --seconds N        measured time of each run (3)
  --scenario RxSxK   receivers, senders among them, messages each has in flight;
                     repeatable (100x10x8, 1000x10x8, 16x16x8, 100x1x1)
  --peer NAME        only these servers: hubbub, bun, ws, socket.io; repeatable (all)
  --format NAME      plain or json, the lines of hubbub.v1 (plain)
  --size BYTES       of a message's text (64)
  --executable FILE  a compiled Hubbub to measure, in place of main.ts
  --json FILE        write every run's figures there too
  --help             this text
`;

const SCENARIOS = ["100x10x8", "1000x10x8", "16x16x8", "100x1x1"];
const SERVERS = ["hubbub", "bun", "ws", "socket.io"];
const WARMUP_SECONDS = 1;
/** What a run may take beyond its load: entering, draining, a slow machine. */
const LOAD_CEILING_SECONDS = 60;

interface Options {
  rounds: number;
  seconds: number;
  scenarios: Scenario[];
  servers: string[];
  wire: Wire;
  size: number;
  executable: string | undefined;
  json: string | undefined;
}

interface Scenario {
  name: string;
  load: Pick<LoadOptions, "receivers" | "senders" | "inFlight">;
}

/** Reads the flags; undefined when help is asked for; throws an `Error` that says which is wrong. */
function parseOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "3" },
      scenario: { type: "string", multiple: true, default: SCENARIOS },
      peer: { type: "string", multiple: true, default: [] },
      format: { type: "string", default: "plain" },
      size: { type: "string", default: "64" },
      executable: { type: "string" },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const { format } = values;
  if (format !== "plain" && format !== "json") {
    throw new Error(`--format takes plain or json, received ${format}`);
  }
  return {
    rounds: parseNumber("--rounds", values.rounds, 1, 100),
    seconds: parseNumber("--seconds", values.seconds, 1, 600),
    scenarios: values.scenario.map(parseScenario),
    servers: values.peer.length > 0 ? values.peer.map(parseServer) : SERVERS,
    wire: format,
    size: parseNumber("--size", values.size, 16, 4096),
    executable: values.executable,
    json: values.json,
  };
}

function parseNumber(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`${flag} takes a whole number from ${least} to ${most}, received ${text}`);
}

function parseServer(name: string): string {
  const server = name.toLowerCase();
  if (SERVERS.includes(server)) return server;
  throw new Error(`--peer takes one of ${SERVERS.join(", ")}, received ${name}`);
}

function parseScenario(name: string): Scenario {
  const [receivers = 0, senders = 0, inFlight = 0] = name.split("x").map(Number);
  if (/^\d+x\d+x\d+$/.test(name) && inFlight > 0 && senders > 0 && receivers >= senders) {
    return { name, load: { receivers, senders, inFlight } };
  }
  throw new Error(`--scenario takes RECEIVERSxSENDERSxINFLIGHT, received ${name}`);
}

async function chooseContestants({ servers, executable }: Options): Promise<Contestant[]> {
  const all = [
    ...servers.includes("hubbub") ? [await hubbub(executable)] : [],
    ...servers.some((name) => name !== "hubbub") ? await peers(say) : [],
  ];
  return all.filter(({ name }) => servers.includes(name.toLowerCase()));
}

async function measure(contestant: Contestant, scenario: Scenario, options: Options) {
  await using server = await Server.start(contestant.launch);
  const { version, port, pid } = server;
  const load = loadFlags({
    ...scenario.load,
    port,
    pid,
    format: contestant.formats[options.wire],
    size: options.size,
    warmup: WARMUP_SECONDS,
    seconds: options.seconds,
  });
  const ceilingSeconds = WARMUP_SECONDS + options.seconds + LOAD_CEILING_SECONDS;
  const program = new URL("load.ts", import.meta.url).pathname;
  const child = spawn(Deno.execPath(), {
    args: [
      // Deno lets nobody without all permissions read /proc.
      ...["run", "--quiet", "--no-check", "--allow-all", program],
      ...load,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(ceilingSeconds * 1000),
  });
  const { success, signal, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  if (success) {
    const result = parseLoadResult(decoder.decode(stdout));
    return { version, outcome: "measured" as const, result };
  }
  const why = signal
    ? `the load did not end within ${ceilingSeconds} s`
    : decoder.decode(stderr).trim();
  return { version, outcome: "failed" as const, why };
}

async function bench(options: Options): Promise<Run[]> {
  const contestants = await chooseContestants(options);
  const runs: Run[] = [];
  for (const scenario of options.scenarios) {
    for (let round = 1; round <= options.rounds; round++) {
      for (const contestant of contestants) {
        const measured = await measure(contestant, scenario, options);
        const run = { scenario: scenario.name, server: contestant.name, round, ...measured };
        runs.push(run);
        const figure = run.outcome === "measured" ? summary(run.result) : run.why;
        say(`${scenario.name} round ${round}: ${contestant.name} ${figure}`);
      }
    }
  }
  return runs;
}

function summary(result: LoadResult): string {
  return `${Math.round(rate(result)).toLocaleString("en")} deliveries/s`;
}

function report(runs: readonly Run[], options: Options): string {
  const { cpu, cores, memory, system, deno } = machine();
  const versions = new Set(runs.map(({ version }) => version));
  return [
    `${cpu}, ${cores} cores shared by server and load, ${memory}, ${system}`,
    `${[...versions].join(", ")}; load from Deno ${deno}`,
    `receivers x senders x messages in flight each, ${options.size}-byte texts, ` +
    `${options.wire} lines, medians of ${options.rounds} rounds of ${options.seconds} s`,
    "",
    table(runs),
  ].join("\n");
}

/** Progress goes beside the table, which can then be redirected alone. */
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
    say(error instanceof Error ? error.message : String(error));
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
    const runs = await bench(options);
    print(report(runs, options));
    if (options.json) {
      const figures = { machine: machine(), options, runs };
      await Deno.writeTextFile(options.json, JSON.stringify(figures, null, 2) + "\n");
    }
    return runs.every(({ outcome }) => outcome === "measured") ? 0 : 1;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    await endAll();
  }
}

if (import.meta.main) Deno.exit(await main());
