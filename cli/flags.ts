import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { file, type Flag, integer, one, onOff, readOrigins, seconds } from "./flag_kinds.ts";
import type { LogFormat } from "../lib/logger.ts";
import { parseNatsUrls } from "../nats/url.ts";
import { usageError } from "../lib/user_error.ts";

/** Every flag. Durations are in ms, sizes in bytes. */
const FLAGS = {
  port: {
    short: "p",
    ...integer("N", 8000, 0, 65535),
    help: "port to listen on; 0 picks a free one",
  },
  host: one<string>({
    value: "ADDR",
    help: "address to listen on",
    takes: "an address or a host name",
    fallback: "0.0.0.0",
    parse: (text) => /^[\w.:%-]+$/.test(text) ? text : undefined,
  }),
  data: { ...file("hubbub.db"), help: "data file; with --nats, this server's copy" },
  sync: one<"full" | "normal">({
    value: "HOW",
    help: "what acknowledged messages survive: a power loss (full) or kill -9 (normal)",
    takes: "full or normal",
    fallback: "full",
    parse: (text) => text === "full" || text === "normal" ? text : undefined,
  }),
  password: one<string>({
    value: "TEXT",
    help: "the server's password, which everyone needs to enter",
    takes: "a non-empty text",
    fallback: "",
    byDefault: "none",
    parse: (text) => text === "" ? undefined : text,
  }),
  "password-file": { ...file(), help: "file with the server's password" },
  origin: {
    value: "URL",
    help: "address that browsers may use (repeatable)",
    takes: "an origin such as https://chat.example",
    byDefault: "the server's own",
    list: true,
    read: readOrigins,
    fallback: [],
  } satisfies Flag<string[]>,
  "tls-cert": {
    ...file(),
    help: "certificate for https and wss; read again on SIGHUP",
  },
  "tls-key": { ...file(), help: "private key of the certificate" },
  "trust-proxy": {
    ...onOff(),
    help: "trust X-Forwarded-For and X-Forwarded-Proto, which a proxy in front sets",
  },
  "max-message": {
    ...integer("BYTES", 16_384, 1, 65_536),
    help: "longest message, in bytes of UTF-8",
  },
  "max-file": {
    ...integer("BYTES", 25 * 1024 * 1024, 0, Number.MAX_SAFE_INTEGER),
    help: "largest file that can be uploaded; 0: no uploads",
  },
  "max-files": {
    ...integer("BYTES", 0, 0, Number.MAX_SAFE_INTEGER),
    help: "bytes of all files together; 0: no limit",
  },
  "send-buffer": {
    ...integer("BYTES", 1 << 20, 65_536, Number.MAX_SAFE_INTEGER),
    help: "bytes that may wait for one client",
  },
  "write-wait": {
    ...seconds(10, 0.1, 600),
    help: "time after which a client that reads nothing is dropped",
  },
  "idle-timeout": {
    ...seconds(60, 2, 3600),
    help: "time without an answer to a ping after which a client is dropped",
  },
  rate: {
    ...integer("N", 20, 0, 1_000_000),
    help: "messages per second from one client, with bursts of three times that; 0: no limit",
  },
  "max-clients": {
    ...integer("N", 10_000, 1, Number.MAX_SAFE_INTEGER),
    help: "open connections, including those that do not close",
  },
  "max-clients-per-ip": {
    ...integer("N", 500, 0, Number.MAX_SAFE_INTEGER),
    help: "open connections from one address, except loopback; 0: no limit",
  },
  "max-rooms": {
    ...integer("N", 10_000, 1, Number.MAX_SAFE_INTEGER),
    help: "rooms with messages, and as many without",
  },
  "max-rooms-per-client": {
    ...integer("N", 100, 1, Number.MAX_SAFE_INTEGER),
    help: "rooms that one client may be in, besides its own",
  },
  "keep-days": {
    ...integer("N", 0, 0, 100_000),
    // A chat that is there keeps what it was given.
    fallback: undefined as number | undefined,
    help: "days after which a new chat deletes messages; 0 keeps them permanently",
  },
  nats: one<string>({
    value: "URL",
    help: "NATS that stores the data of several servers",
    takes: "addresses such as nats://localhost:4222, separated by commas",
    fallback: "",
    byDefault: "none",
    isPrivate: true,
    parse: (text) => parseNatsUrls(text) && text,
  }),
  "nats-creds": { ...file(), help: "file with the credentials of a NATS user" },
  "nats-replicas": {
    ...integer("N", 1, 1, 5),
    help: "number of NATS servers that store a copy of everything",
  },
  "nats-snapshot-every": {
    ...integer("N", 10_000, 10, 1_000_000),
    help: "entries of the log after which one of the servers stores a snapshot",
  },
  "nats-file-cache": {
    ...integer("BYTES", 2 * 1024 ** 3, 0, Number.MAX_SAFE_INTEGER),
    help: "bytes of files from NATS that stay on this server's disk",
  },
  log: one<LogFormat>({
    value: "FORM",
    help: "format of the log on stderr",
    takes: "text, json or off",
    fallback: Deno.stderr.isTerminal() ? "text" : "json",
    byDefault: "text on a terminal, else json",
    parse: (text) => text === "text" || text === "json" || text === "off" ? text : undefined,
  }),
};

const FLAGS_BY_NAME: Record<string, Flag<unknown>> = FLAGS;

/** Values of all flags; see `--help`. Durations are in ms, sizes in bytes. */
export type Flags = { [Name in keyof typeof FLAGS]: (typeof FLAGS)[Name]["fallback"] };

/** The commands, and the argument that each takes. */
const COMMANDS = {
  admin: {
    argument: "NAME",
    help: "make the person with this name an admin, also while a server runs",
  },
  backup: { argument: "FILE", help: "copy the data into FILE, even while a server runs" },
  restore: { argument: "FILE", help: "replace the data of a stopped server with the copy FILE" },
  export: { argument: undefined, help: "print people and messages as JSON lines" },
  import: { argument: "FILE", help: "load an export from FILE into an empty chat" },
  "rotate-keys": {
    argument: undefined,
    help: "end all sessions after a backup leaked, also while a server runs",
  },
};

/** The flags that commands take. Only the server takes the others. */
const COMMAND_FLAGS = ["data", "nats", "nats-creds", "nats-replicas"] as const;

/** Values of the flags that commands take. */
export type CommandFlags = Pick<Flags, (typeof COMMAND_FLAGS)[number]>;

/** The default of a server's own copy of what is in NATS. */
const COPY = "hubbub-copy.db";

/** Flags that make sense only with a file, or only with NATS; a server names its copy by --data. */
const FILE_FLAGS = ["data", "sync"] as const;
const NATS_FLAGS = [
  "nats-creds",
  "nats-replicas",
  "nats-snapshot-every",
  "nats-file-cache",
] as const;

/** A command on the data. */
export type CommandInvocation =
  | { run: "backup" | "restore" | "import"; file: string; flags: CommandFlags }
  | { run: "admin"; name: string; flags: CommandFlags }
  | { run: "export" | "rotate-keys"; flags: CommandFlags };

/** A parsed command line. */
export type Invocation =
  | { run: "help" }
  | { run: "version" }
  | { run: "serve"; flags: Flags }
  | CommandInvocation;

/**
 * Parses the command line and the `HUBBUB_` variables; a flag takes precedence over its variable.
 *
 * @param variable Reads an environment variable.
 *
 * @throws {UserError} for an unknown command or flag, or a value that a flag does not take.
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
    throw usageError(`Cannot ${command.run}: --${foreign} is for the server only`);
  }
  const entries = Object.entries(FLAGS).map(([name, flag]) => {
    return [name, readFlag(name, flag, given.get(name), variable(variableName(name)))];
  });
  // Each value is what its own flag's `read` gave, which is what Flags says.
  const flags = Object.fromEntries(entries) as Flags;
  refuseContradiction(
    { nats: flags.nats, isCommand: command !== undefined },
    (name) => given.has(name),
    (name) => variable(variableName(name)),
  );
  if (flags.nats !== "" && !given.has("data")) {
    // A container image or a systemd unit names the file of a single server: the copy is next to it.
    flags.data = join(dirname(flags.data), COPY);
  }
  return command ? { ...command, flags } : { run: "serve", flags };
}

/**
 * Refuses flags that leave in doubt where the data is: a single server started by mistake would split the
 * chat. Variables of a file may stay, since a container image or a systemd unit sets them for all.
 */
function refuseContradiction(
  { nats, isCommand }: { nats: string; isCommand: boolean },
  isGiven: (name: string) => boolean,
  variable: (name: string) => string | undefined,
): void {
  if (nats !== "") {
    const name = FILE_FLAGS.find((name) => isGiven(name) && (isCommand || name !== "data"));
    if (name === undefined) return;
    const source = isGiven("nats") ? "--nats" : variableName("nats");
    throw usageError(
      `Cannot start: --${name} is for data in a file, but ${source} puts the data into NATS; ` +
        "use one or the other",
    );
  }
  const name = NATS_FLAGS.find((name) => isGiven(name) || variable(name) !== undefined);
  if (name === undefined) return;
  const source = isGiven(name) ? `--${name}` : variableName(name);
  throw usageError(`Cannot start: ${source} requires --nats`);
}

/** The text of `--help`. */
export function helpText(version: string): string {
  const row = (left: string, right: string) => `  ${left.padEnd(30)}${right}`;
  return [
    `Hubbub ${version}: a chat service in one executable.`,
    "",
    "Usage: hubbub [flags]",
    ...Object.entries(COMMANDS).map(([name, { argument, help }]) =>
      row(`     hubbub ${name}${argument === undefined ? "" : ` ${argument}`}`, help)
    ),
    "",
    ...Object.entries(FLAGS_BY_NAME).map(([name, { short, value, help, byDefault }]) =>
      row(`${short === undefined ? "    " : `-${short}, `}--${name} ${value}`.trimEnd(), help) +
      `; default: ${byDefault}`
    ),
    row("-V, --version", "print the version"),
    row("-h, --help", "print this help"),
    "",
    "Each flag has an environment variable: HUBBUB_MAX_MESSAGE for --max-message. The flag takes precedence.",
    "",
  ].join("\n");
}

/** Parses the command from the words of the command line that are not flags. */
function readCommand(
  words: string[],
):
  | { run: "backup" | "restore" | "import"; file: string }
  | { run: "admin"; name: string }
  | { run: "export" | "rotate-keys" }
  | undefined {
  const [run, ...rest] = words;
  switch (run) {
    case undefined:
      return undefined;
    case "export":
    case "rotate-keys":
      if (rest.length === 0) return { run };
      throw usageError(
        `Cannot ${run}: this command takes no argument, received "${rest.join(" ")}"`,
      );
    case "admin": {
      const [name] = rest;
      if (rest.length === 1 && name) return { run, name };
      throw usageError(`Cannot ${run}: this command takes one NAME, received "${rest.join(" ")}"`);
    }
    case "backup":
    case "restore":
    case "import": {
      const [file] = rest;
      if (rest.length === 1 && file) return { run, file };
      throw usageError(`Cannot ${run}: this command takes one FILE, received "${rest.join(" ")}"`);
    }
    default:
      throw usageError(`Cannot start: unknown argument "${run}"; see --help`);
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
      throw usageError(`Cannot start: unknown flag "${rawName}"; see --help`);
    } else if (value === undefined && FLAGS_BY_NAME[name]?.isSwitch) {
      given.set(name, ["1"]);
    } else {
      // A missing value becomes an empty text, which no flag takes.
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
  throw usageError(`Cannot start: ${source} takes ${flag.takes}${received}`);
}

function variableName(flag: string): string {
  return `HUBBUB_${flag.toUpperCase().replaceAll("-", "_")}`;
}
