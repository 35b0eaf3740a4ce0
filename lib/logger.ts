/** How the log is written: for people, for machines, or not at all. */
export type LogFormat = "text" | "json" | "off";

/**
 * Logs one event with what is needed to act on it. Never give it a message's text, a password, a
 * secret or a cookie.
 */
export type Logger = (event: string, fields?: Record<string, string | number | boolean>) => void;

/** A logger that hands each line to `write`, the line's end included; `now` is in ms since 1970. */
export function createLogger(
  format: LogFormat,
  write: (line: string) => void = writeToStderr,
  now: () => number = Date.now,
): Logger {
  if (format === "off") return () => {};
  return (event, fields = {}) => {
    const at = new Date(now()).toISOString();
    if (format === "json") {
      write(JSON.stringify({ at, event, ...fields }) + "\n");
    } else {
      const details = Object.entries(fields).map(([key, value]) =>
        ` ${key}=${typeof value === "string" ? JSON.stringify(value) : value}`
      );
      write(`${at} ${event}${details.join("")}\n`);
    }
  };
}

const encoder = new TextEncoder();

function writeToStderr(line: string): void {
  try {
    Deno.stderr.writeSync(encoder.encode(line));
  } catch {
    // A log that nobody can read any more, such as a closed pipe, must not end the chat.
  }
}
