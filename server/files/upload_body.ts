/** Time for which the body of an upload may send nothing, in ms. The received bytes stay, and the upload can resume. */
const IDLE_MS = 30_000;

/**
 * The least that must arrive in a time, in bytes and in ms: somebody who sends a byte every few seconds would occupy a
 * connection for days. A slower line than this needs some more requests.
 */
const SLOW_BYTES = 32 * 1024;
const SLOW_MS = 120_000;

/** Between two looks at the pace, in ms. */
const LOOK_MS = 5000;

/**
 * The least bytes of a piece on average, and the pieces after which that counts. The runtime allocates 64 KiB for each piece, also
 * for one of a single byte.
 */
const PIECE_BYTES = 256;
const FREE_PIECES = 2000;

/** The most bytes of a piece: 64 KiB. */
const BUFFER_BYTES = 64 * 1024;

/** Why a body was not read to its end; `unknown`: what proved its sender does no more. */
export type BodyProblem =
  | "idle"
  | "slow"
  | "pieces"
  | "long"
  | "interrupted"
  | "broken"
  | "unknown";

/** A body was not read to its end; what came before is stored. */
export class BodyError extends Error {
  override name = "BodyError";

  constructor(readonly problem: BodyProblem) {
    super(problem);
  }
}

/** Limits of {@linkcode readUpload}. */
export interface UploadBodyOptions {
  /** The most bytes that may come. */
  readonly most: number;
  /** Ends the reading. */
  readonly signal: AbortSignal;
  /** Called with the bytes of each piece. */
  onBytes?(bytes: number): void;
  /** The time without any byte, in ms; by default 30 s. */
  readonly idleMs?: number;
}

/**
 * Reads the body of an upload, piece by piece, when the next one is asked for, as long as it comes at a bearable pace. A piece is
 * good only until then.
 *
 * @throws {BodyError} when it does not end as it should
 */
export async function* readUpload(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  { most, signal, onBytes, idleMs = IDLE_MS }: UploadBodyOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const reader = new BodyReader(body);
  let problem: BodyProblem | undefined;
  const stop = (why: BodyProblem) => {
    problem ??= why;
    // A read that waits ends with it.
    reader.cancel().catch(() => {});
  };
  const interrupt = () => stop("interrupted");
  signal.addEventListener("abort", interrupt);
  if (signal.aborted) interrupt();
  const pace = new Pace(idleMs);
  const timer = setInterval(() => {
    const why = pace.judge(performance.now());
    if (why !== undefined) stop(why);
  }, Math.min(LOOK_MS, idleMs / 4));
  let [bytes, pieces] = [0, 0];
  try {
    while (true) {
      const { done, value } = await reader.read().catch(() => {
        throw new BodyError(problem ?? "broken");
      });
      if (problem !== undefined) throw new BodyError(problem);
      if (done) return;
      bytes += value.length;
      if (bytes > most) throw new BodyError("long");
      if (++pieces > FREE_PIECES && bytes < pieces * PIECE_BYTES) throw new BodyError("pieces");
      onBytes?.(value.length);
      pace.waits = false;
      if (value.length > 0) yield value;
      pace.took(value.length, performance.now());
    }
  } finally {
    clearInterval(timer);
    signal.removeEventListener("abort", interrupt);
    reader.cancel().catch(() => {});
  }
}

/** Reads a body into one buffer: as garbage, the pieces of a large file would be 60 MB. */
class BodyReader {
  readonly #bytes: ReadableStreamBYOBReader | undefined;
  readonly #any: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
  #buffer = new ArrayBuffer(BUFFER_BYTES);

  constructor(body: ReadableStream<Uint8Array<ArrayBuffer>>) {
    try {
      this.#bytes = body.getReader({ mode: "byob" });
    } catch {
      // The runtime gives a small body that has arrived with its head in another way.
      this.#any = body.getReader();
    }
  }

  async read(): Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>>> {
    const read = await (this.#bytes?.read(new Uint8Array(this.#buffer)) ?? this.#any?.read());
    if (read?.value === undefined || read.done) return { done: true, value: undefined };
    this.#buffer = read.value.buffer;
    return read;
  }

  async cancel(): Promise<void> {
    await (this.#bytes ?? this.#any)?.cancel();
  }
}

/** The pace at which bytes come; the time in which they are stored does not count. */
class Pace {
  /** Whether the next piece is waited for. */
  waits = true;
  readonly #idleMs: number;
  #last = performance.now();
  #begin = this.#last;
  #bytes = 0;

  constructor(idleMs: number) {
    this.#idleMs = idleMs;
  }

  took(bytes: number, now: number): void {
    this.waits = true;
    this.#last = now;
    this.#bytes += bytes;
  }

  judge(now: number): BodyProblem | undefined {
    if (!this.waits) {
      this.#begin = this.#last = now;
      return undefined;
    }
    if (now - this.#last >= this.#idleMs) return "idle";
    if (now - this.#begin < SLOW_MS) return undefined;
    if (this.#bytes < SLOW_BYTES) return "slow";
    [this.#begin, this.#bytes] = [now, 0];
  }
}
