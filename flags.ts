import { parseArgs } from "node:util";
import type { LogFormat } from "./logger.ts";

/** Bad flags; the message is one line that names the flag and what it takes. */
export class FlagError extends Error {
  override name = "FlagError";
}

interface Flag<T> {
  short?: string;
  /** What stands for the value in the help. */
  value: string;
  help: string;
  /** What the flag takes, as in "--port takes …". */
  takes: string;
  /** How the help states the default. */
  normally: string;
  /** Whether each use adds to a list; otherwise the last one counts. */
  list?: boolean;
  /** The value of what was given, undefined when that is not what the flag takes. */
  read(given: string[]): T | undefined;
  fallback: T;
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
  data: one<string>({
    value: "FILE",
    help: "where everything is kept; :memory: keeps nothing",
    takes: "a file",
    fallback: "hubbub.db",
    parse: (text) => text === "" ? undefined : text,
  }),
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
  "password-file": one<string>({
    value: "FILE",
    help: "a file with the server's password",
    takes: "a file",
    fallback: "",
    normally: "none",
    parse: (text) => text === "" ? undefined : text,
  }),
  origin: {
    value: "URL",
    help: "an address browsers may come from (repeatable)",
    takes: "an origin such as https://chat.example",
    normally: "the server's own",
    list: true,
    read: readOrigins,
    fallback: [],
  } satisfies Flag<string[]>,
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
  log: one<LogFormat>({
    value: "FORM",
    help: "the log on stderr",
    takes: "text, json or off",
    fallback: Deno.stderr.isTerminal() ? "text" : "json",
    normally: "text on a terminal, else json",
    parse: (text) => text === "text" || text === "json" || text === "off" ? text : undefined,
  }),
};

/** What the flags and variables say; see `--help`. Durations are in ms, sizes in bytes. */
export type Flags = { [Name in keyof typeof FLAGS]: (typeof FLAGS)[Name]["fallback"] };

/** What the command line asks for. */
export type Invocation = { run: "help" } | { run: "version" } | { run: "serve"; flags: Flags };

/**
 * Reads the command line and the `HUBBUB_` variables; a flag wins over its variable.
 *
 * @throws {FlagError} for an unknown flag, or a value that a flag does not take.
 */
export function parseFlags(
  args: string[],
  variable: (name: string) => string | undefined,
): Invocation {
  const given = readArguments(args);
  if (given.has("help")) return { run: "help" };
  if (given.has("version")) return { run: "version" };
  const entries = Object.entries(FLAGS).map(([name, flag]) => {
    return [name, readFlag(name, flag, given.get(name), variable(variableName(name)))];
  });
  // Each value is what its own flag's `read` gave, which is what Flags says.
  return { run: "serve", flags: Object.fromEntries(entries) as Flags };
}

/** The text of `--help`. */
export function helpText(version: string): string {
  const row = (left: string, right: string) => `  ${left.padEnd(30)}${right}`;
  return [
    `Hubbub ${version}: a chat service that is one file.`,
    "",
    "Usage: hubbub [flags]",
    "",
    ...Object.entries<Flag<unknown>>(FLAGS).map(([name, { short, value, help, normally }]) =>
      row(`${short === undefined ? "    " : `-${short}, `}--${name} ${value}`, help) +
      `; normally ${normally}`
    ),
    row("-V, --version", "print the version"),
    row("-h, --help", "print this"),
    "",
    "Each flag has a variable: HUBBUB_MAX_MESSAGE for --max-message. A flag wins.",
    "",
  ].join("\n");
}

function readArguments(args: string[]): Map<string, string[]> {
  const { tokens } = parseArgs({
    args,
    strict: false,
    tokens: true,
    options: {
      help: { type: "boolean", short: "h" },
      version: { type: "boolean", short: "V" },
      ...Object.fromEntries(
        Object.entries<Flag<unknown>>(FLAGS).map((
          [name, { short }],
        ) => [name, { type: "string", ...(short === undefined ? {} : { short }) }]),
      ),
    },
  });
  const given = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      throw new FlagError(`Cannot start: unknown argument "${token.value}", see --help`);
    }
    const { name, rawName, value } = token;
    if (name === "help" || name === "version") {
      given.set(name, []);
    } else if (!Object.hasOwn(FLAGS, name)) {
      throw new FlagError(`Cannot start: unknown flag "${rawName}", see --help`);
    } else {
      // No value at all is told apart from none of the right kind only by what was received.
      given.set(name, [...given.get(name) ?? [], value ?? ""]);
    }
  }
  return given;
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
  throw new FlagError(
    `Cannot start: ${source} takes ${flag.takes}, received "${given.join(" ")}"`,
  );
}

function variableName(flag: string): string {
  return `HUBBUB_${flag.toUpperCase().replaceAll("-", "_")}`;
}

function one<T extends string>(
  { parse, normally, ...rest }: Omit<Flag<T>, "read" | "normally"> & {
    normally?: string;
    parse(text: string): T | undefined;
  },
): Flag<T> {
  return {
    ...rest,
    normally: normally ?? rest.fallback,
    read: (given) => parse(given.at(-1) ?? ""),
  };
}

function number(value: string, unit: string, pattern: RegExp, min: number, max: number) {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  return {
    value,
    takes: `${unit} ${range}`,
    read(given: string[]): number | undefined {
      const text = given.at(-1) ?? "";
      const read = pattern.test(text) ? Number(text) : NaN;
      return read >= min && read <= max ? read : undefined;
    },
  };
}

function integer(value: string, fallback: number, min: number, max: number) {
  return {
    ...number(value, "a whole number", /^\d{1,16}$/, min, max),
    normally: String(fallback),
    fallback,
  };
}

function seconds(fallback: number, min: number, max: number) {
  const { read, ...rest } = number("SECONDS", "seconds", /^\d{1,9}(\.\d+)?$/, min, max);
  return {
    ...rest,
    read(given: string[]): number | undefined {
      const value = read(given);
      return value === undefined ? undefined : value * 1000;
    },
    normally: String(fallback),
    fallback: fallback * 1000,
  };
}

function readOrigins(given: string[]): string[] | undefined {
  const origins = given.filter((text) => text !== "").map((text) => {
    const url = URL.parse(text);
    const plain = url !== null && /^https?:$/.test(url.protocol) && url.username === "" &&
      url.pathname === "/" && url.search === "" && url.hash === "";
    return plain ? url.origin : undefined;
  });
  return origins.every((origin) => origin !== undefined) ? origins : undefined;
}
