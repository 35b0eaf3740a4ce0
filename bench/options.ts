/**
 * The bench's command line.
 *
 * @module
 */
import { parseArgs } from "node:util";
import type { WireFormat } from "./contestants.ts";
import { COMPARED, parseScenario, QUICK, type Scenario, USUAL } from "./scenarios.ts";

/** The text of `--help`. */
export const HELP = `Compare Hubbub with other servers.

  deno task bench [options] [SCENARIO…]

A scenario is one of these; without any, all that the goals and the plots need:
  RxSxK              receivers of one room, senders among them, messages each has
                     in flight: 100x10x8
  NofRxSxK           the same in each of N rooms: 1000of10x1x1
  sustained          the highest load of an open loop, and latency at 80 % of it
  idle               memory and CPU of members who only listen
  named              the same of people with names, who are members of ten rooms each
  changes            edits and reactions of 400 people, one after the other
  start              from the start of the executable to the first answer
  growth             cost of a message with a long history and with a short one

  --against DIR      compare with the Hubbub in this checkout in place of its peers, both from
                     source and in turns, and fail if the 95 % interval of the median ratio
                     lies wholly beyond the bound
  --tolerance N      percent that a figure may be worse than the other checkout's (3)
  --quick            a rough look in a minute or two
  --rounds N         times that each is measured for each server (3, quick 1, with --against 9)
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

/** Fewer rounds have no 95 % interval. */
const LEAST_COMPARED = 6;

/** The options of the bench. */
export interface Options {
  plan: readonly Work[];
  /** The folder of the checkout to compare with. */
  against: string | undefined;
  /** The share by which a figure may be worse than that checkout's. */
  tolerance: number;
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
  wires: readonly WireFormat[];
}

/**
 * Reads the flags; undefined when help is asked for; throws an `Error` that names the wrong one.
 */
export function parseOptions(args: string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      against: { type: "string" },
      tolerance: { type: "string", default: "3" },
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
  const { quick, against } = values;
  const servers = against === undefined ? values.peer.map(parseServer) : ["hubbub", "base"];
  const wires = parseWires(
    values.format ?? (quick || against !== undefined ? "json" : undefined),
  );
  const names = positionals.length === 0 && against !== undefined ? COMPARED : positionals;
  const plan = names.length > 0
    ? names.map((name) => ({ scenario: parseScenario(name), servers, wires }))
    : (quick ? QUICK : USUAL).map((name) => usual(parseScenario(name), servers, wires, quick));
  return {
    plan: plan.filter(({ servers }) => servers.length > 0),
    against,
    tolerance: parseNumber("--tolerance", values.tolerance, 0, 100) / 100,
    quick,
    rounds: against === undefined
      ? parseNumber("--rounds", values.rounds ?? (quick ? "1" : "3"), 1, 100)
      : parseNumber("--rounds", values.rounds ?? "9", LEAST_COMPARED, 100),
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
  wires: readonly WireFormat[],
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

function parseWires(name: string | undefined): WireFormat[] {
  if (name === undefined) return ["json", "plain"];
  if (name === "plain" || name === "json") return [name];
  throw new Error(`--format takes plain or json, received ${name}`);
}
