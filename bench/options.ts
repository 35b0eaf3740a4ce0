/**
 * The bench's command line.
 *
 * @module
 */
import { parseArgs } from "node:util";
import type { Wire } from "./contestants.ts";
import { parseScenario, QUICK, type Scenario, USUAL } from "./scenarios.ts";

/** What `--help` prints. */
export const HELP = `Measure Hubbub beside its peers.

  deno task bench [options] [SCENARIO…]

A scenario is one of these; without any, all that the goals and the plots need:
  RxSxK              receivers of one room, senders among them, messages each has
                     in flight: 100x10x8
  NofRxSxK           the same in each of N rooms: 1000of10x1x1
  sustained          the highest load of an open loop, and latency at 80 % of it
  idle               memory and CPU of members who only listen
  start              from the start of the executable to the first answer
  growth             cost of a message with a long history and with a short one

  --quick            a rough look in a minute or two
  --rounds N         times that each is measured for each server (3, quick 1)
  --seconds N        measured time of each load (3, quick 1)
  --peer NAME        only these servers: hubbub, bun, ws, socket.io; repeatable (all)
  --format NAME      only plain or json, the lines of hubbub.v1 (both, quick json)
  --size BYTES       of a message's text (64)
  --executable FILE  a compiled Hubbub to measure, in place of one made now
  --source           measure Hubbub from source
  --json FILE        write every run's figures there too
  --help             this text
`;

/** Servers by the names of their flag. */
export const SERVERS: readonly string[] = ["hubbub", "bun", "ws", "socket.io"];

/** What to measure, and how. */
export interface Options {
  plan: readonly Work[];
  quick: boolean;
  rounds: number;
  seconds: number;
  size: number;
  executable: string | undefined;
  source: boolean;
  json: string | undefined;
}

/** One scenario for some of the servers. */
export interface Work {
  scenario: Scenario;
  servers: readonly string[];
  wires: readonly Wire[];
}

/** Reads the flags; undefined when help is asked for; throws an `Error` that says which is wrong. */
export function parseOptions(args: string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      rounds: { type: "string" },
      seconds: { type: "string" },
      peer: { type: "string", multiple: true, default: [...SERVERS] },
      format: { type: "string" },
      size: { type: "string", default: "64" },
      executable: { type: "string" },
      source: { type: "boolean", default: false },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const { quick } = values;
  const servers = values.peer.map(parseServer);
  const wires = parseWires(values.format ?? (quick ? "json" : undefined));
  const plan = positionals.length > 0
    ? positionals.map((name) => ({ scenario: parseScenario(name), servers, wires }))
    : (quick ? QUICK : USUAL).map((name) => usual(parseScenario(name), servers, wires, quick));
  return {
    plan: plan.filter(({ servers }) => servers.length > 0),
    quick,
    rounds: parseNumber("--rounds", values.rounds ?? (quick ? "1" : "3"), 1, 100),
    seconds: parseNumber("--seconds", values.seconds ?? (quick ? "1" : "3"), 1, 600),
    size: parseNumber("--size", values.size, 16, 4096),
    executable: values.executable,
    source: values.source,
    json: values.json,
  };
}

/** Leaves out what no goal and no plot needs and takes long. */
function usual(
  scenario: Scenario,
  servers: readonly string[],
  wires: readonly Wire[],
  quick: boolean,
): Work {
  const { name } = scenario;
  const only = (...names: string[]) => servers.filter((server) => names.includes(server));
  const isGoal = ["100x10x8", "1000x10x8", "16x16x8", "100x1x1"].includes(name);
  if (name === "100x1x1") {
    return { scenario, servers: quick ? only("hubbub", "ws") : servers, wires };
  }
  if (quick) return { scenario, servers: only("hubbub", "bun"), wires };
  if (isGoal) return { scenario, servers, wires };
  const json = wires.filter((wire) => wire === "json");
  if (name === "sustained") return { scenario, servers: only("hubbub", "bun", "ws"), wires: json };
  if (scenario.kind !== "load") return { scenario, servers, wires };
  return { scenario, servers: only("hubbub", "bun"), wires: json };
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

function parseWires(name: string | undefined): Wire[] {
  if (name === undefined) return ["json", "plain"];
  if (name === "plain" || name === "json") return [name];
  throw new Error(`--format takes plain or json, received ${name}`);
}
