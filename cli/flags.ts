import { parseArgs } from "node:util";
import { file, type Flag, integer, one, onOff, readOrigins, seconds } from "./flag_kinds.ts";
import type { LogFormat } from "../lib/logger.ts";
import { parseNatsUrls } from "../nats/url.ts";

/** Bad flags; the message is one line that names the flag and what it takes. */
export class FlagError extends Error {
  override name = "FlagError";
}

/** Every flag. Durations are in ms, sizes in bytes. */
const FLAGS = {
  port: { short: "p", ...integer("N", 8000, 0, 65535), help: "the port; 0 picks a free one" },
  host: one<string>({
    value: "ADDR",
    help: "the address to listen on",
    takes: "an address or a host name",
    fallback: "0.0.0.0",
    parse: (text) => /^[\w.:%-]+$/.test(text) ? text : undefined,
  }),
  data: { ...file("hubbub.db"), help: "where everything is kept; :memory: keeps nothing" },
  sync: one<"full" | "normal">({
    value: "HOW",
    help: "what an acknowledged message survives: full: a power loss, normal: kill -9",
    takes: "full or normal",
    fallback: "full",
    parse: (text) => text === "full" || text === "normal" ? text : undefined,
  }),
  password: one<string>({
    value: "TEXT",
    help: "the server's password, needed to enter",
    takes: "a text that is not empty",
    fallback: "",
    normally: "none",
    parse: (text) => text === "" ? undefined : text,
  }),
  "password-file": { ...file(), help: "a file with the server's password" },
  origin: {
    value: "URL",
    help: "an address browsers may come from (repeatable)",
    takes: "an origin such as https://chat.example",
    normally: "the server's own",
    list: true,
    read: readOrigins,
    fallback: [],
  } satisfies Flag<string[]>,
  "tls-cert": {
    ...file(),
    help: "a certificate, for https and wss; read again on SIGHUP",
  },
  "tls-key": { ...file(), help: "its private key" },
  "trust-proxy": {
    ...onOff(),
    help: "believe the scheme and the client in X-Forwarded-*, from a proxy in front",
  },
  "max-message": {
    ...integer("BYTES", 4096, 1, 10_000),
    help: "the longest message, in UTF-8",
  },
  "send-buffer": {
    ...integer("BYTES", 1 << 20, 65_536, Number.MAX_SAFE_INTEGER),
    help: "what may wait for one client",
  },
  "write-wait": {
    ...seconds(10, 0.1, 600),
    help: "a client that drains nothing for this long is dropped",
  },
  "idle-timeout": { ...seconds(60, 2, 3600), help: "ping at half of it, gone at the whole" },
  rate: {
    ...integer("N", 20, 0, 1_000_000),
    help: "messages a second from one client, three times as many at once; 0: no limit",
  },
  "max-clients": {
    ...integer("N", 10_000, 1, Number.MAX_SAFE_INTEGER),
    help: "open connections, stuck ones included",
  },
  "max-clients-per-ip": {
    ...integer("N", 500, 0, Number.MAX_SAFE_INTEGER),
    help: "open connections from one address, but for this machine's own; 0: no limit",
  },
  "max-rooms": {
    ...integer("N", 10_000, 1, Number.MAX_SAFE_INTEGER),
    help: "rooms in all",
  },
  "max-rooms-per-client": {
    ...integer("N", 100, 1, Number.MAX_SAFE_INTEGER),
    help: "rooms that one client is in",
  },
  "keep-days": {
    ...integer("N", 0, 0, 100_000),
    help: "history older than this is deleted; 0: kept for ever",
  },
  nats: one<string>({
    value: "URL",
    help: "the NATS that keeps everything for many servers, in place of --data",
    takes: "addresses such as nats://localhost:4222, separated by commas",
    fallback: "",
    normally: "none",
    isPrivate: true,
    parse: (text) => parseNatsUrls(text) && text,
  }),
  "nats-creds": { ...file(), help: "a file with the credentials of a user of NATS" },
  "nats-replicas": {
    ...integer("N", 1, 1, 5),
    help: "how many servers of NATS have a copy of everything",
  },
  log: one<LogFormat>({
    value: "FORM",
    help: "the log on stderr",
    takes: "text, json or off",
    fallback: Deno.stderr.isTerminal() ? "text" : "json",
    normally: "text on a terminal, else json",
    parse: (text) => text === "text" || text === "json" || text === "off" ? text : undefined,
  }),
};

const FLAGS_BY_NAME: Record<string, Flag<unknown>> = FLAGS;

/** What the flags and variables say; see `--help`. Durations are in ms, sizes in bytes. */
export type Flags = { [Name in keyof typeof FLAGS]: (typeof FLAGS)[Name]["fallback"] };

/** The commands, and what they do; those with a file take it as their argument. */
const COMMANDS = {
  backup: { file: true, help: "copy the data into FILE, also beside a running server" },
  export: { file: false, help: "print people and messages as JSON lines" },
  import: { file: true, help: "fill empty data with what export printed into FILE" },
};

/** The flags that commands take; the others are the server's. */
const COMMAND_FLAGS = ["data", "nats", "nats-creds", "nats-replicas"] as const;

/** What a command needs to know. */
export type CommandFlags = Pick<Flags, (typeof COMMAND_FLAGS)[number]>;

/** What makes sense with a file alone, and what with NATS alone. */
const FILE_FLAGS = ["data", "sync"] as const;
const NATS_FLAGS = ["nats-creds", "nats-replicas"] as const;

/** A command on the data. */
export type CommandInvocation =
  | { run: "backup" | "import"; file: string; flags: CommandFlags }
  | { run: "export"; flags: CommandFlags };

/** What the command line asks for. */
export type Invocation =
  | { run: "help" }
  | { run: "version" }
  | { run: "serve"; flags: Flags }
  | CommandInvocation;

/**
 * Reads the command line and the `HUBBUB_` variables; a flag wins over its variable.
 *
 * @throws {FlagError} for an unknown command or flag, or a value that a flag does not take.
 */
export function parseFlags(
  args: string[],
  variable: (name: string) => string | undefined,
): Invocation {
  const { given, words } = readArguments(args);
  if (given.has("help")) return { run: "help" };
  if (given.has("version")) return { run: "version" };
  const command = readCommand(words);
  const own: readonly string[] = COMMAND_FLAGS;
  const foreign = given.keys().find((name) => !own.includes(name));
  if (command && foreign !== undefined) {
    throw new FlagError(`Cannot ${command.run}: --${foreign} is a flag of the server`);
  }
  const entries = Object.entries(FLAGS).map(([name, flag]) => {
    return [name, readFlag(name, flag, given.get(name), variable(variableName(name)))];
  });
  // Each value is what its own flag's `read` gave, which is what Flags says.
  const flags = Object.fromEntries(entries) as Flags;
  refuseContradiction(flags, (name) => given.has(name), (name) => variable(variableName(name)));
  return command ? { ...command, flags } : { run: "serve", flags };
}

/**
 * A server that is alone by mistake would split the chat, so whatever leaves in doubt where the data
 * is, is refused. The variables of a file may stay: an image or a unit sets them for all.
 */
function refuseContradiction(
  { nats }: Flags,
  isGiven: (name: string) => boolean,
  variable: (name: string) => string | undefined,
): void {
  if (nats !== "") {
    const name = FILE_FLAGS.find(isGiven);
    if (name === undefined) return;
    const source = isGiven("nats") ? "--nats" : variableName("nats");
    throw new FlagError(
      `Cannot start: --${name} is for data in a file, but ${source} puts it into NATS; ` +
        "give one of them",
    );
  }
  const name = NATS_FLAGS.find((name) => isGiven(name) || variable(name) !== undefined);
  if (name === undefined) return;
  const source = isGiven(name) ? `--${name}` : variableName(name);
  throw new FlagError(`Cannot start: ${source} is of no use without --nats`);
}

/** The text of `--help`. */
export function helpText(version: string): string {
  const row = (left: string, right: string) => `  ${left.padEnd(30)}${right}`;
  return [
    `Hubbub ${version}: a chat service that is one file.`,
    "",
    "Usage: hubbub [flags]",
    ...Object.entries(COMMANDS).map(([name, { file, help }]) =>
      row(`     hubbub ${name}${file ? " FILE" : ""}`, help)
    ),
    "",
    ...Object.entries(FLAGS_BY_NAME).map(([name, { short, value, help, normally }]) =>
      row(`${short === undefined ? "    " : `-${short}, `}--${name} ${value}`.trimEnd(), help) +
      `; normally ${normally}`
    ),
    row("-V, --version", "print the version"),
    row("-h, --help", "print this"),
    "",
    "Each flag has a variable: HUBBUB_MAX_MESSAGE for --max-message. A flag wins.",
    "",
  ].join("\n");
}

/** The command that the words of the command line, those that are no flags, ask for. */
function readCommand(
  words: string[],
): { run: "backup" | "import"; file: string } | { run: "export" } | undefined {
  const [run, ...rest] = words;
  switch (run) {
    case undefined:
      return undefined;
    case "export":
      if (rest.length === 0) return { run };
      throw new FlagError(`Cannot export: it takes no argument, received "${rest.join(" ")}"`);
    case "backup":
    case "import": {
      const [file] = rest;
      if (rest.length === 1 && file) return { run, file };
      throw new FlagError(`Cannot ${run}: it takes one FILE, received "${rest.join(" ")}"`);
    }
    default:
      throw new FlagError(`Cannot start: unknown argument "${run}", see --help`);
  }
}

function readArguments(args: string[]): { given: Map<string, string[]>; words: string[] } {
  const { tokens } = parseArgs({
    args,
    strict: false,
    tokens: true,
    options: {
      help: { type: "boolean", short: "h" },
      version: { type: "boolean", short: "V" },
      ...Object.fromEntries(
        Object.entries(FLAGS_BY_NAME).map((
          [name, { short, isSwitch }],
        ) => [name, {
          type: isSwitch ? "boolean" : "string",
          ...(short === undefined ? {} : { short }),
        }]),
      ),
    },
  });
  const given = new Map<string, string[]>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      words.push(token.value);
      continue;
    }
    const { name, rawName, value } = token;
    if (name === "help" || name === "version") {
      given.set(name, []);
    } else if (!Object.hasOwn(FLAGS, name)) {
      throw new FlagError(`Cannot start: unknown flag "${rawName}", see --help`);
    } else if (value === undefined && FLAGS_BY_NAME[name]?.isSwitch) {
      given.set(name, ["1"]);
    } else {
      // No value at all is told apart from none of the right kind only by what was received.
      given.set(name, [...given.get(name) ?? [], value ?? ""]);
    }
  }
  return { given, words };
}

function readFlag(
  name: string,
  flag: Flag<unknown>,
  args: string[] | undefined,
  variable: string | undefined,
): unknown {
  const given = args ?? (variable === undefined ? undefined : [variable]);
  if (given === undefined) return flag.fallback;
  const value = flag.read(flag.list && args === undefined ? given[0]?.split(/\s+/) ?? [] : given);
  if (value !== undefined) return value;
  const source = args === undefined ? variableName(name) : `--${name}`;
  const received = flag.isPrivate ? "" : `, received "${given.join(" ")}"`;
  throw new FlagError(`Cannot start: ${source} takes ${flag.takes}${received}`);
}

function variableName(flag: string): string {
  return `HUBBUB_${flag.toUpperCase().replaceAll("-", "_")}`;
}
