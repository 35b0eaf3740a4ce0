/**
 * Compares several servers on one NATS with a single one with its file, and what a person, a message
 * and a room cost the servers that have nothing to do with them.
 *
 * `deno task bench:cluster [--rounds N] [--seconds N] [--against DIR] [loads] [costs]`, with `nats-server` on
 * the path. With another checkout, three servers of that take their turns, too.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { Nats } from "../nats/connection.ts";
import { type Contestant, otherCheckout } from "./contestants.ts";
import { type Cpu, ServerGroup, used } from "./server_group.ts";
import { LoadGenerator } from "./load_generator.ts";
import { type LoadOptions, type LoadResult, runLoad } from "./load.ts";
import { residentBytes } from "../testing/proc.ts";
import { format, machine } from "./report.ts";
import { endAll } from "./server_process.ts";
import { median } from "./statistics.ts";
import { messageOf } from "../lib/errors.ts";

/** The setups that are measured; the servers of a round take turns in going first. */
const SETUPS = {
  "one, file": () => ServerGroup.alone(),
  "one, NATS": () => ServerGroup.onNats(1),
  "three, NATS": () => ServerGroup.onNats(3),
  "three, base": (base?: Contestant) => ServerGroup.onNats(3, base),
} as const;
type Setup = keyof typeof SETUPS;

/** Two people, who are at two servers where there are some; one who writes to many; and the crowd of a room. */
const LOADS = {
  "2x1x1": { receivers: 2, senders: 1, inFlight: 1 },
  "100x1x1": { receivers: 100, senders: 1, inFlight: 1 },
  "300x10x8": { receivers: 300, senders: 10, inFlight: 8 },
} as const;
type Load = keyof typeof LOADS;

const WARMUP_SECONDS = 2;
/** Until a server has got over what came. */
const QUIET_SECONDS = 15;
/** Messages a second of which the cost is measured. */
const RATE = 1000;
/** The number of subscribers that receive every message of NATS, as one more server does. */
const LISTENERS = 10;

/** One measurement. */
interface Run {
  readonly load: Load;
  readonly setup: Setup;
  readonly result: LoadResult;
  readonly cpu: Cpu;
}

interface Options {
  rounds: number;
  seconds: number;
  /** The loads to measure. */
  loads: readonly Load[];
  /** The Hubbub of another checkout. */
  base: Contestant | undefined;
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

function options(seconds: number): Omit<LoadOptions, "port" | "pid" | keyof typeof LOADS["2x1x1"]> {
  return { format: "hubbub.v1", rooms: 1, rate: 0, size: 64, warmup: WARMUP_SECONDS, seconds };
}

async function measure(
  load: Load,
  setup: Setup,
  { seconds, base }: Options,
): Promise<Run> {
  await using cluster = await SETUPS[setup](base);
  let before = cluster.cpu();
  let after = before;
  const result = await runLoad({ ...cluster.target, ...options(seconds), ...LOADS[load] }, {
    begin: () => Promise.resolve(void (before = cluster.cpu())),
    end: () => Promise.resolve(void (after = cluster.cpu())),
  });
  return { load, setup, result, cpu: used(before, after) };
}

async function measureLoads(options: Options): Promise<Run[]> {
  const { rounds, loads, base } = options;
  const setups: Setup[] = ["one, file", "one, NATS", "three, NATS"];
  if (base) setups.splice(1, 1, "three, base");
  const runs: Run[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const load of loads) {
      for (let i = 0; i < setups.length; i++) {
        const setup = setups[(i + round) % setups.length] ?? "one, file";
        say(`round ${round + 1} of ${rounds}: ${load}, ${setup}`);
        runs.push(await measure(load, setup, options));
      }
    }
  }
  return runs;
}

const FIGURES = {
  "deliveries/s": ({ result }: Run) => result.deliveries / result.seconds,
  "own p50": ({ result }: Run) => result.ownP50,
  "last p50": ({ result }: Run) => result.lastP50,
  "last p99": ({ result }: Run) => result.lastP99,
  "own p99": ({ result }: Run) => result.ownP99,
  "Hubbub": ({ result, cpu }: Run) => sum(cpu.servers) / result.deliveries * 1e6,
  "NATS": ({ result, cpu }: Run) => cpu.nats / result.deliveries * 1e6,
  "lines a frame": ({ result }: Run) => result.deliveries / result.frames,
  "load": ({ result }: Run) => result.loadCpu / result.seconds * 100,
};
type Figure = keyof typeof FIGURES;

/** The figure of each round. */
function figures(runs: readonly Run[], load: Load, setup: Setup, figure: Figure): number[] {
  return runs.filter((run) => run.load === load && run.setup === setup).map(FIGURES[figure]);
}

/** The median over the rounds of what compares three servers with one within a round. */
function compare(
  runs: readonly Run[],
  load: Load,
  figure: Figure,
  how: (three: number, one: number) => number,
  single: Setup,
): number {
  const one = figures(runs, load, single, figure);
  const three = figures(runs, load, "three, NATS", figure);
  return median(three.map((value, round) => how(value, one[round] ?? NaN)));
}

function loadsTable(runs: readonly Run[]): string {
  const groups = Map.groupBy(runs, ({ load, setup }) => `${load} ${setup}`);
  const rows = Array.from(groups.values(), (group) => {
    // Map.groupBy makes no empty groups.
    const { load, setup } = group[0]!;
    const middle = (figure: Figure) => digits(median(group.map(FIGURES[figure])));
    const [p50, p99] = [middle("last p50"), middle("last p99")];
    return [
      ...[load, setup, middle("deliveries/s"), middle("own p50"), `${p50} / ${p99}`],
      ...[middle("lines a frame"), middle("Hubbub"), middle("NATS"), `${middle("load")} %`],
    ];
  });
  const head = ["load", "servers", "deliveries/s", "own p50 ms", "last p50 / p99 ms"];
  const costs = ["lines a frame", "Hubbub s per M", "NATS s per M", "load CPU"];
  return format([[...head, ...costs], ...rows], 2);
}

/** The figures that three servers are compared with. */
interface Goal {
  readonly work: string;
  readonly load: Load;
  readonly single: Setup;
  readonly figure: Figure;
  readonly how: (three: number, one: number) => number;
  readonly sense: "≥" | "≤";
  readonly limit: number;
  readonly unit: "×" | "ms";
}

const ratio = (three: number, one: number) => three / one;
const beyond = (three: number, one: number) => three - one;
const least = { how: ratio, sense: "≥", unit: "×" } as const;
const most = { how: ratio, sense: "≤", unit: "×" } as const;
const later = { how: beyond, sense: "≤", unit: "ms" } as const;

const GOALS: readonly Goal[] = [
  {
    ...{ work: "p50 at another server", load: "2x1x1", single: "one, file" },
    ...{ figure: "last p50", ...later, limit: 3 },
  },
  {
    ...{ work: "p50", load: "100x1x1", single: "three, base" },
    ...{ figure: "own p50", ...later, limit: 1 },
  },
  {
    ...{ work: "p99", load: "100x1x1", single: "three, base" },
    ...{ figure: "own p99", ...most, limit: 2 },
  },
  {
    ...{ work: "deliveries/s", load: "300x10x8", single: "three, base" },
    ...{ figure: "deliveries/s", ...least, limit: 1.3 },
  },
  {
    ...{ work: "CPU per delivery", load: "300x10x8", single: "three, base" },
    ...{ figure: "Hubbub", ...most, limit: 1 },
  },
  {
    ...{ work: "deliveries/s", load: "300x10x8", single: "one, file" },
    ...{ figure: "deliveries/s", ...least, limit: 0.8 },
  },
];

function goalsTable(runs: readonly Run[]): string {
  const rows = GOALS.flatMap(({ work, load, single, figure, how, sense, limit, unit }) => {
    const measured = compare(runs, load, figure, how, single);
    if (Number.isNaN(measured)) return [];
    const meets = sense === "≥" ? measured >= limit : measured <= limit;
    return [[
      `${load}: ${work} of three, compared with "${single}"`,
      `${sense} ${limit} ${unit}`,
      `${digits(measured)} ${unit}`,
      meets ? "met" : "missed",
    ]];
  });
  return format([["work", "goal", "measured", "result"], ...rows], 4);
}

/** Measures what it costs two servers that one of them has people. */
async function measurePeople(seconds: number): Promise<string[][]> {
  const [rooms, receivers] = [50, 100];
  const people = rooms * receivers;
  await using cluster = await ServerGroup.onNats(2);
  const { port, pid } = cluster.target;
  const memory = () => cluster.servers.map(({ pid }) => residentBytes(pid));
  await pause(QUIET_SECONDS);
  const [resident, start] = [memory(), cluster.cpu()];
  const silent = { ...options(seconds), senders: 0, inFlight: 0 };
  using crowd = new LoadGenerator({ ...silent, port, pid, rooms, receivers });
  await crowd.enter();
  const came = used(start, cluster.cpu());
  await crowd.runFor(QUIET_SECONDS);
  const grown = memory().map((bytes, i) => (bytes - (resident[i] ?? 0)) / people / 1000);
  const quiet = cluster.cpu();
  await crowd.runFor(seconds);
  const idle = used(quiet, cluster.cpu());
  const all = `${people} people in rooms of ${receivers}`;
  return ["their server", "another server"].flatMap((where, i) => [
    [`${all}: memory of one`, where, `${digits(grown[i] ?? NaN)} KB`],
    [`${all}: CPU of one who comes`, where, micros((came.servers[i] ?? NaN) / people)],
    [`${all}: CPU while they are idle`, where, share((idle.servers[i] ?? NaN) / seconds)],
  ]).concat([
    [`${all}: CPU of one who comes`, "NATS", micros(came.nats / people)],
    [`${all}: CPU while they are idle`, "NATS", share(idle.nats / seconds)],
  ]);
}

/**
 * Measures what a message costs the server that receives it from its sender, a server without
 * clients, and NATS.
 */
async function measureMessages(seconds: number): Promise<string[][]> {
  await using cluster = await ServerGroup.onNats(2);
  const { port, pid } = cluster.target;
  const crowding = { receivers: 10, senders: 10, inFlight: 0, rate: RATE };
  const measure = async () => {
    let before = cluster.cpu();
    let after = before;
    const { deliveries } = await runLoad({ ...options(seconds), port, pid, ...crowding }, {
      begin: () => Promise.resolve(void (before = cluster.cpu())),
      end: () => Promise.resolve(void (after = cluster.cpu())),
    });
    const { servers, nats } = used(before, after);
    return [...servers, nats].map((cpu) => cpu / deliveries * crowding.receivers);
  };
  const [own = NaN, other = NaN, nats = NaN] = await measure();
  await using listeners = new AsyncDisposableStack();
  for (let i = 0; i < LISTENERS; i++) {
    const { connection } = listeners.use(await Nats.connect({ url: cluster.nats?.url ?? "" }));
    connection.subscribe("hubbub.live.>", { callback: () => {} });
  }
  const [, , more = NaN] = await measure();
  const all = `a message to 10 people, ${RATE}/s: CPU`;
  return [
    [all, "their server", micros(own)],
    [all, "another server, with nobody", micros(other)],
    [all, "NATS, with two servers", micros(nats)],
    [all, "NATS, for each further server", micros((more - nats) / LISTENERS)],
  ];
}

/** Measures what rooms cost while nobody is in them. */
async function measureRooms(seconds: number): Promise<string[][]> {
  const rooms = 1000;
  await using cluster = await ServerGroup.onNats(2);
  const memory = () =>
    [cluster.servers.at(-1)?.pid, cluster.nats?.pid].map((pid = 0) => residentBytes(pid));
  await pause(QUIET_SECONDS);
  const before = memory();
  const { port, pid } = cluster.target;
  // Slowly, since to make a stream takes a while: each room is written to once, some twice.
  const crowding = { rooms, receivers: 1, senders: 1, inFlight: 0, rate: rooms / seconds };
  await runLoad({ ...options(seconds), port, pid, ...crowding });
  const starting = performance.now();
  // A server without clients so far.
  await cluster.add();
  const started = (performance.now() - starting) / 1000;
  await pause(QUIET_SECONDS);
  const grown = memory().map((bytes, i) => (bytes - (before[i] ?? 0)) / rooms / 1000);
  const quiet = cluster.cpu();
  await pause(seconds * 2);
  const { servers, nats } = used(quiet, cluster.cpu());
  const idle = [servers.at(-1) ?? NaN, nats].map((used) => share(used / seconds / 2));
  const all = `${rooms} rooms with history`;
  return ["a server", "NATS"].flatMap((where, i) => [
    [`${all}: memory of one`, where, `${digits(grown[i] ?? NaN)} KB`],
    [`${all}: CPU while nobody is in`, i ? "NATS, with three servers" : where, idle[i] ?? ""],
  ]).concat([[`${all}: start`, "a server", `${digits(started)} s`]]);
}

function digits(value: number): string {
  if (Number.isNaN(value)) return "–";
  return Math.abs(value) >= 100
    ? Math.round(value).toLocaleString("en")
    : String(Number(value.toPrecision(3)));
}

const micros = (seconds: number) => `${digits(seconds * 1e6)} µs`;
const share = (cores: number) => `${digits(cores * 100)} % of a core`;
const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Writes progress to stderr, so that the tables can be redirected alone. */
function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(line + "\n"));
}

function print(...texts: string[]): void {
  Deno.stdout.writeSync(new TextEncoder().encode(texts.join("\n\n") + "\n\n"));
}

async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "5" },
      against: { type: "string" },
      load: { type: "string", multiple: true, default: Object.keys(LOADS) },
      seconds: { type: "string", default: "5" },
    },
  });
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
  const wanted = (what: string) => positionals.length === 0 || positionals.includes(what);
  const { cpu, cores, memory, system, deno } = machine();
  print(`${cpu}, ${cores} cores shared by all, ${memory}, ${system}, Deno ${deno}`);
  let sound = true;
  if (wanted("loads")) {
    print(`medians of ${rounds} rounds of ${seconds} s, receivers x senders x messages in flight`);
    const base = values.against === undefined
      ? undefined
      : await otherCheckout(values.against, say);
    const loads = Object.keys(LOADS).filter((load): load is Load => values.load.includes(load));
    const runs = await measureLoads({ rounds, seconds, loads, base });
    print(loadsTable(runs), goalsTable(runs));
  }
  if (wanted("costs")) {
    const costs: string[][] = [];
    for (const cost of [measurePeople, measureMessages, measureRooms]) {
      say(cost.name);
      try {
        costs.push(...await cost(Math.max(10, seconds)));
      } catch (error) {
        sound = false;
        say(messageOf(error));
      }
    }
    print(format([["what", "where", "costs"], ...costs], 2));
  }
  return sound;
}

if (import.meta.main) {
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => endAll().finally(() => Deno.exit(130)));
  }
  let sound = false;
  try {
    sound = await main();
  } catch (error) {
    say(messageOf(error));
  } finally {
    await endAll();
  }
  Deno.exit(sound ? 0 : 1);
}
