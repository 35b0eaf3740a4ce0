/**
 * Finds where a server's time goes under a load: V8's own profiler in the running server, and what
 * its metrics counted meanwhile. `--help` prints the options.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { freePort } from "../testing/free_port.ts";
import { hubbub } from "./contestants.ts";
import { type SelfTime, selfTimes } from "./cpu_profile.ts";
import { PORT_VARIABLE } from "./inspector.ts";
import { type IdleCost, measureIdle } from "./idle.ts";
import { type Hooks, type LoadResult, runLoad } from "./load.ts";
import { parseScenario } from "./scenarios.ts";
import { endAll, ServerProcess } from "./server_process.ts";
import { messageOf } from "../lib/errors.ts";

const HELP = `Profile Hubbub under a load.

  deno task bench:profile [options] [SCENARIO]

  SCENARIO           a load as \`deno task bench --help\` names them, or idle (100x10x8)
  --format NAME      plain or json (json)
  --seconds N        profiled time (4)
  --top N            functions to show (30)
  --size BYTES       of a message's text (64)
  --help             this text
`;

const WARMUP_SECONDS = 2;
const IDLE = { members: 5000, quietSeconds: 15 };

/** The counters of the server, by the names of its metrics. */
type Counters = ReadonlyMap<string, number>;

interface Profiled {
  /** Of a load. */
  result: LoadResult | undefined;
  /** Of members who only listened. */
  idle: IdleCost | undefined;
  seconds: number;
  times: SelfTime[];
  /** Returns how much a metric grew. */
  grown(name: string): number;
}

async function readCounters(port: number): Promise<Counters> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return new Map(
    Array.from(text.matchAll(/^(\w+) (\S+)$/gm), ([, name = "", value]) => [name, Number(value)]),
  );
}

async function profile(
  values: ReturnType<typeof parse>["values"],
  name: string,
): Promise<Profiled> {
  const scenario = parseScenario(name);
  if (scenario.kind !== "load" && scenario.kind !== "idle") {
    throw new Error(`Cannot profile ${name}: it is neither a load nor idle`);
  }
  const contestant = await hubbub(undefined);
  const inspectorPort = freePort();
  const { launch } = contestant;
  const preload = `--preload=${new URL("inspector.ts", import.meta.url).pathname}`;
  await using server = await ServerProcess.start({
    ...launch,
    // The start task's permissions do not let a program inspect itself.
    args: ["run", "--quiet", "--no-check", "--allow-all", preload, "main.ts"],
    env: { ...launch.env, [PORT_VARIABLE]: String(inspectorPort) },
  });
  const inspector = `http://127.0.0.1:${inspectorPort}`;
  let before: Counters = new Map();
  let after: Counters = new Map();
  let times: SelfTime[] = [];
  const { port, pid } = server;
  const format = contestant.formats[values.format === "plain" ? "plain" : "json"];
  const seconds = Number(values.seconds);
  const hooks: Hooks = {
    async begin() {
      before = await readCounters(port);
      await (await fetch(`${inspector}/start`)).body?.cancel();
    },
    async end() {
      times = selfTimes(await (await fetch(`${inspector}/stop`)).json());
      after = await readCounters(port);
    },
  };
  let result: LoadResult | undefined;
  let idle: IdleCost | undefined;
  if (scenario.kind === "load") {
    const base = { port, pid, format, size: Number(values.size), rate: 0 };
    result = await runLoad(
      { ...base, ...scenario.crowding, warmup: WARMUP_SECONDS, seconds },
      hooks,
    );
  } else {
    idle = await measureIdle({ port, pid, format, ...IDLE, seconds }, hooks);
  }
  const grown = (name: string) => (after.get(name) ?? NaN) - (before.get(name) ?? NaN);
  return { result, idle, seconds, times, grown };
}

function report({ result, idle, seconds, times, grown }: Profiled, top: number): string {
  const busy = times.reduce((sum, time) => sum + time.seconds, 0);
  const units = result === undefined ? seconds : grown("hubbub_messages_total");
  return [
    ...result === undefined ? [] : [reportLoad(result, grown)],
    ...idle === undefined ? [] : [
      `${IDLE.members} idle members: ${percent(idle.cpu)} of a core, ` +
      `${(idle.bytes / 1000).toFixed(1)} KB each`,
    ],
    "",
    `   self   µs a ${result === undefined ? "second" : "message"}`,
    ...times.slice(0, top).map((time) =>
      `${percent(time.seconds / busy).padStart(7)} ${
        (time.seconds / units * 1e6).toPrecision(3).padStart(9)
      }  ${time.name}`
    ),
  ].join("\n");
}

function reportLoad(result: LoadResult, grown: Profiled["grown"]): string {
  const messages = grown("hubbub_messages_total");
  const batches = grown("hubbub_batch_messages_count");
  const turns = grown("hubbub_turn_seconds_count");
  const { deliveries, frames, bytes, seconds, serverCpu, loadCpu } = result;
  const rate = (count: number) => Math.round(count / seconds).toLocaleString("en");
  const perMessage = (count: number) => (count / messages).toPrecision(3);
  return [
    `${rate(deliveries)} deliveries/s, own p50 / p99 ${result.ownP50.toFixed(2)} / ` +
    `${result.ownP99.toFixed(2)} ms (slower than without the profiler)`,
    `${(serverCpu / deliveries * 1e6).toFixed(3)} s of CPU per million deliveries, server ` +
    `${percent(serverCpu / seconds)} of a core, load ${percent(loadCpu / seconds)}, ` +
    `late by ${result.loadLateP99.toFixed(1)} ms at p99`,
    `messages ${rate(messages)}/s, in batches of ${(messages / batches).toFixed(1)}; ` +
    `hub turns ${rate(turns)}/s, ${
      percent(grown("hubbub_turn_seconds_sum") / seconds)
    } of the time; ` +
    `commits ${percent(grown("hubbub_commit_seconds_sum") / seconds)}`,
    `frames ${rate(frames)}/s, ${(deliveries / frames).toFixed(1)} lines in each; ` +
    `${(bytes / deliveries).toFixed(0)} bytes a line`,
    `for each message: ${perMessage(serverCpu * 1e6)} µs of CPU, ${perMessage(frames)} frames, ` +
    `${perMessage(bytes)} bytes out`,
  ].join("\n");
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function parse(args: string[]) {
  return parseArgs({
    args,
    allowPositionals: true,
    options: {
      format: { type: "string", default: "json" },
      seconds: { type: "string", default: "4" },
      top: { type: "string", default: "30" },
      size: { type: "string", default: "64" },
      help: { type: "boolean", default: false },
    },
  });
}

if (import.meta.main) {
  const { values, positionals } = parse(Deno.args);
  const write = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
  if (values.help) {
    write(HELP);
    Deno.exit(0);
  }
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(name, () => endAll().finally(() => Deno.exit(130)));
  }
  try {
    write(report(await profile(values, positionals[0] ?? "100x10x8"), Number(values.top)));
    Deno.exitCode = 0;
  } catch (error) {
    write(messageOf(error));
    Deno.exitCode = 1;
  } finally {
    await endAll();
  }
  Deno.exit();
}
