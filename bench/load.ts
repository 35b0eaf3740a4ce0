/**
 * The load generator: senders and receivers in a closed or an open loop
 * against one server, which also checks what it measures. Run as a program it takes the
 * options as flags and prints one line of JSON.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { DeliveryError, LoadGenerator, type LoadOptions } from "./load_generator.ts";
import { isFormatName } from "./formats.ts";
import { peakBytes } from "../testing/proc.ts";

export { DeliveryError, type LoadOptions };

/** The measurements of a load. CPU and memory are NaN where there is no `/proc`. */
export type LoadResult = {
  /** One message arriving at one receiver is a delivery. */
  deliveries: number;
  /** Frames in which they came; a server may join lines. */
  frames: number;
  /** Bytes of the lines, a newline each. */
  bytes: number;
  /** The exact length of the measured time. */
  seconds: number;
  /** Messages sent in all, warm-up and tail included; every receiver got each of them once, in one order. */
  messages: number;
  /** Milliseconds from writing a message to its return to its own sender. */
  ownP50: number;
  ownP99: number;
  /** The same, to its arrival at the receiver that connected last. */
  lastP50: number;
  lastP99: number;
  /** CPU seconds of the server while measured. */
  serverCpu: number;
  /** Peak memory of the server in bytes. */
  serverPeak: number;
  /** CPU seconds of the generator itself while measured; near `seconds`, it is the bottleneck. */
  loadCpu: number;
  /**
   * The delay in ms that one in a hundred things due in the generator had to wait for the
   * generator: the part of the latencies that is not the server's. Sending waits for it, and
   * receiving does once more.
   */
  loadLateP99: number;
};

/** Called at both ends of the measured time, for what else is to be measured in it. */
export interface Hooks {
  begin(): Promise<void>;
  end(): Promise<void>;
}

/**
 * Makes the load and measures it. Throws `DeliveryError` when a message is
 * lost, doubled or out of order anywhere, or when the server ends a connection.
 */
export async function runLoad(options: LoadOptions, hooks?: Hooks): Promise<LoadResult> {
  using crowd = new LoadGenerator(options);
  await crowd.enter();
  crowd.start();
  await crowd.runFor(options.warmup);
  await hooks?.begin();
  const before = crowd.snapshot();
  crowd.measuring = true;
  await crowd.runFor(options.seconds);
  crowd.measuring = false;
  const after = crowd.snapshot();
  await hooks?.end();
  await crowd.drain();

  const { messages, own, last, late } = crowd;
  return {
    deliveries: Math.round((after.bytes - before.bytes) / crowd.bytesPerMessage()),
    frames: after.frames - before.frames,
    bytes: after.bytes - before.bytes,
    seconds: (after.at - before.at) / 1000,
    messages,
    ownP50: own.percentile(0.5),
    ownP99: own.percentile(0.99),
    lastP50: last.percentile(0.5),
    lastP99: last.percentile(0.99),
    serverCpu: after.serverCpu - before.serverCpu,
    serverPeak: peakBytes(options.pid),
    loadCpu: after.loadCpu - before.loadCpu,
    loadLateP99: late.percentile(0.99),
  };
}

/** The options as flags of this program. */
export function loadFlags(options: LoadOptions): string[] {
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

function parseLoadFlags(args: string[]): LoadOptions {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args,
    options: {
      port: text,
      pid: text,
      format: text,
      rooms: text,
      receivers: text,
      senders: text,
      inFlight: text,
      rate: text,
      size: text,
      warmup: text,
      seconds: text,
    },
  });
  const format = values.format ?? "plain";
  if (!isFormatName(format)) {
    throw new TypeError(`Cannot make load: unknown --format, received ${format}`);
  }
  return {
    port: Number(values.port),
    pid: Number(values.pid),
    format,
    rooms: Number(values.rooms ?? 1),
    receivers: Number(values.receivers),
    senders: Number(values.senders),
    inFlight: Number(values.inFlight ?? 0),
    rate: Number(values.rate ?? 0),
    size: Number(values.size),
    warmup: Number(values.warmup),
    seconds: Number(values.seconds),
  };
}

/** Reads the line that this program prints; throws a `TypeError` for any other text. */
export function parseLoadResult(line: string): LoadResult {
  const parsed: unknown = JSON.parse(line);
  const values = new Map(Object.entries(parsed instanceof Object ? parsed : {}));
  const number = (name: string): number => {
    const value: unknown = values.get(name);
    // JSON has no NaN; what could not be measured is null.
    if (value === null) return NaN;
    if (typeof value === "number") return value;
    throw new TypeError(`Cannot read the result: ${name} must be a number, received ${value}`);
  };
  return {
    deliveries: number("deliveries"),
    frames: number("frames"),
    bytes: number("bytes"),
    seconds: number("seconds"),
    messages: number("messages"),
    ownP50: number("ownP50"),
    ownP99: number("ownP99"),
    lastP50: number("lastP50"),
    lastP99: number("lastP99"),
    serverCpu: number("serverCpu"),
    serverPeak: number("serverPeak"),
    loadCpu: number("loadCpu"),
    loadLateP99: number("loadLateP99"),
  };
}

if (import.meta.main) {
  try {
    const result = await runLoad(parseLoadFlags(Deno.args));
    Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(result) + "\n"));
    Deno.exit(0);
  } catch (error) {
    const message = error instanceof DeliveryError ? error.message : String(error);
    Deno.stderr.writeSync(new TextEncoder().encode(message + "\n"));
    Deno.exit(1);
  }
}
