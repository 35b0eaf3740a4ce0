/**
 * The kinds of flags that the command line has.
 *
 * @module
 */

/** One flag: what it takes, and what the help says of it. */
export interface Flag<T> {
  short?: string;
  /** What stands for the value in the help. */
  value: string;
  help: string;
  /** What the flag takes, as in "--port takes …". */
  takes: string;
  /** How the help states the default. */
  normally: string;
  /** Whether what is given may hold a password, so that no error repeats it. */
  isPrivate?: boolean;
  /** Whether it is given without a value. */
  isSwitch?: boolean;
  /** Whether each use adds to a list; otherwise the last one counts. */
  list?: boolean;
  /** The value of what was given, undefined when that is not what the flag takes. */
  read(given: string[]): T | undefined;
  fallback: T;
}

/** A text; normally `fallback`. */
export function one<T extends string>(
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

/** Numbers of one kind in a range. */
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

/** A whole number; a `max` of `MAX_SAFE_INTEGER` is no limit. */
export function integer(
  value: string,
  fallback: number,
  min: number,
  max: number,
): Omit<Flag<number>, "help"> {
  return {
    ...number(value, "a whole number", /^\d{1,16}$/, min, max),
    normally: String(fallback),
    fallback,
  };
}

/** A duration, given in seconds and read as ms. */
export function seconds(fallback: number, min: number, max: number): Omit<Flag<number>, "help"> {
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

/** A path; none is "". */
export function file(fallback = ""): Omit<Flag<string>, "help"> {
  return one<string>({
    value: "FILE",
    help: "",
    takes: "a file",
    fallback,
    normally: fallback || "none",
    parse: (text) => text === "" ? undefined : text,
  });
}

/** On or off, normally off. */
export function onOff(): Omit<Flag<boolean>, "help"> {
  return {
    value: "",
    takes: "no value; its variable takes 1 or 0",
    normally: "off",
    isSwitch: true,
    fallback: false,
    read(given) {
      const text = given.at(-1);
      return text === "1" ? true : text === "0" ? false : undefined;
    },
  };
}

/** The origins that all of `given` name. */
export function readOrigins(given: string[]): string[] | undefined {
  const origins = given.filter((text) => text !== "").map((text) => {
    const url = URL.parse(text);
    const plain = url !== null && /^https?:$/.test(url.protocol) && url.username === "" &&
      url.pathname === "/" && url.search === "" && url.hash === "";
    return plain ? url.origin : undefined;
  });
  return origins.every((origin) => origin !== undefined) ? origins : undefined;
}
