/**
 * The kinds of flags that the command line has.
 *
 * @module
 */

/** A flag: the values it takes, and its description in the help. */
export interface Flag<T> {
  short?: string;
  /** Placeholder for the value in the help. */
  value: string;
  help: string;
  /** Description of valid values that completes the sentence "--port takes …". */
  takes: string;
  /** Description of the default in the help. */
  byDefault: string;
  /** Whether the value may contain a password, so that no error repeats it. */
  isPrivate?: boolean;
  /** Whether it takes no value. */
  isSwitch?: boolean;
  /** Whether each use adds to a list; otherwise the last use counts. */
  list?: boolean;
  /** Parses the given texts; undefined when they are invalid. */
  read(given: string[]): T | undefined;
  fallback: T;
}

/** A text, by default `fallback`. */
export function one<T extends string>(
  { parse, byDefault, ...rest }: Omit<Flag<T>, "read" | "byDefault"> & {
    byDefault?: string;
    parse(text: string): T | undefined;
  },
): Flag<T> {
  return {
    ...rest,
    byDefault: byDefault ?? rest.fallback,
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
    byDefault: String(fallback),
    fallback,
  };
}

/** A duration, given in seconds and parsed to ms. */
export function seconds(fallback: number, min: number, max: number): Omit<Flag<number>, "help"> {
  const { read, ...rest } = number("SECONDS", "seconds", /^\d{1,9}(\.\d+)?$/, min, max);
  return {
    ...rest,
    read(given: string[]): number | undefined {
      const value = read(given);
      return value === undefined ? undefined : value * 1000;
    },
    byDefault: String(fallback),
    fallback: fallback * 1000,
  };
}

/** A path; "" stands for none. */
export function file(fallback = ""): Omit<Flag<string>, "help"> {
  return one<string>({
    value: "FILE",
    help: "",
    takes: "a file",
    fallback,
    byDefault: fallback || "none",
    parse: (text) => text === "" ? undefined : text,
  });
}

/** A switch, by default off. */
export function onOff(): Omit<Flag<boolean>, "help"> {
  return {
    value: "",
    takes: "no value; its variable takes 1 or 0",
    byDefault: "off",
    isSwitch: true,
    fallback: false,
    read(given) {
      const text = given.at(-1);
      return text === "1" ? true : text === "0" ? false : undefined;
    },
  };
}

/** Parses a list of origins; undefined when one is invalid. */
export function readOrigins(given: string[]): string[] | undefined {
  const origins = given.filter((text) => text !== "").map((text) => {
    const url = URL.parse(text);
    const plain = url !== null && /^https?:$/.test(url.protocol) && url.username === "" &&
      url.pathname === "/" && url.search === "" && url.hash === "";
    return plain ? url.origin : undefined;
  });
  return origins.every((origin) => origin !== undefined) ? origins : undefined;
}
