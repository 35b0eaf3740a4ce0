/**
 * The signals that the server handles. Every signal whose default action would end it without a drain is
 * handled, except those that report a fault of the program itself.
 *
 * @module
 */
import type { Logger } from "../lib/logger.ts";

/** Signals that end the server in an orderly way: people, service managers and containers send them. */
const ENDING: readonly Deno.Signal[] = ["SIGINT", "SIGTERM", "SIGQUIT", "SIGPWR", "SIGXCPU"];

/**
 * Signals that mean nothing to the server. Tools send some of them to rotate logs or to print statistics.
 * Ignoring `SIGXFSZ` makes a write beyond a limit on file sizes fail as on a full disk.
 */
const MEANINGLESS: readonly Deno.Signal[] = [
  "SIGUSR1",
  "SIGUSR2",
  "SIGALRM",
  "SIGVTALRM",
  "SIGPROF",
  "SIGIO",
  "SIGXFSZ",
];

/** Time in which a repeated signal is the same one, in ms: a Ctrl+C comes from the terminal and from launchers. */
const SAME_SIGNAL_MS = 300;

/**
 * Ignores signals that mean nothing to the server, with a line in the log for each. `SIGPIPE` has no line:
 * the kernel raises it at every write to a connection that the peer has closed.
 */
export function ignoreMeaninglessSignals(log: Logger): void {
  listen("SIGPIPE", () => {});
  for (const signal of MEANINGLESS) {
    listen(signal, () => log("signal ignored", { signal, advice: "SIGTERM ends the server" }));
  }
}

/** Actions of {@linkcode handleSignals}. */
export interface SignalActions {
  /** Ends the server in an orderly way. Called once. */
  drain(): void;
  /** Ends the program at once, since it was asked twice. */
  abort(): void;
  /** Reloads what can be reloaded; absent if there is nothing. */
  reload?: (() => void) | undefined;
  log: Logger;
}

/** Handles the signals that end the server, and SIGHUP. */
export function handleSignals({ drain, abort, reload, log }: SignalActions): void {
  let firstAt: number | undefined;
  const end = (): void => {
    const now = performance.now();
    if (firstAt !== undefined && now - firstAt < SAME_SIGNAL_MS) return;
    if (firstAt !== undefined) return abort();
    firstAt = now;
    drain();
  };
  for (const signal of ENDING) listen(signal, end);
  const hadTerminal = Deno.stdin.isTerminal();
  listen("SIGHUP", () => {
    // A closed terminal is none any more; then nobody is left who could end the server by a key.
    if (hadTerminal && !Deno.stdin.isTerminal()) return end();
    if (reload) return reload();
    log("signal ignored", {
      signal: "SIGHUP",
      advice: "there is nothing to reload without --tls-cert; SIGTERM ends the server",
    });
  });
}

function listen(signal: Deno.Signal, handler: () => void): void {
  try {
    Deno.addSignalListener(signal, handler);
  } catch (error) {
    // Windows has few of them.
    if (!(error instanceof TypeError)) throw error;
  }
}
