/** The form of the log: for people, for machines, or no log. */
export type LogFormat = "text" | "json" | "off";

/**
 * Logs one event with the fields that an operator needs to act on it. Never log a message's text, a
 * password, a secret or a cookie.
 */
export type Logger = (event: string, fields?: Record<string, string | number | boolean>) => void;

/**
 * Characters that JSON leaves as they are, but that act on a terminal, break a line or hide something: DEL, C1
 * (U+009B begins a control sequence), line separators, and format characters such as those that turn the
 * direction of a text.
 */
const ACTIVE = /[\x7f-\x9f\u2028\u2029\p{Cf}]/gu;

/** Prints a value as JSON of visible characters: a header of a request may contain any. */
function print(value: unknown): string {
  return JSON.stringify(value).replace(
    ACTIVE,
    (character) =>
      Array.from(
        { length: character.length },
        (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`,
      ).join(""),
  );
}

/**
 * Creates a logger.
 *
 * @param format The form of each line.
 * @param write Receives each line, the line's end included. It must not block.
 * @param now The time, in ms since 1970.
 */
export function createLogger(
  format: LogFormat,
  write: (line: string) => void,
  now: () => number = Date.now,
): Logger {
  if (format === "off") return () => {};
  return (event, fields = {}) => {
    const at = new Date(now()).toISOString();
    if (format === "json") {
      write(print({ at, event, ...fields }) + "\n");
    } else {
      const details = Object.entries(fields).map(([key, value]) =>
        ` ${key}=${typeof value === "string" ? print(value) : value}`
      );
      write(`${at} ${event}${details.join("")}\n`);
    }
  };
}
