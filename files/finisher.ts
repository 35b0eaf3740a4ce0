import { chooseType, UNKNOWN_TYPE } from "./media_types.ts";
import { type ContentFacts, ContentsError } from "../state/contents.ts";
import { deadline } from "../lib/std.ts";
import { oneLine } from "../lib/errors.ts";
import type { FinishAnswer, FinishCall, FinishResults } from "./finishing.ts";
import { TimeShares } from "../lib/time_shares.ts";

/** The time that storing may take, in ms, and what each megabyte adds to it: a slow disk takes 10 MB a second. */
const STORE_MS = 30_000;
const STORE_MS_PER_MB = 100;

/**
 * The time that looking at a file may take, in ms. It takes less than 100 also of those that were made to take long, as far as that is
 * known.
 */
const LOOK_MS = 1000;

/** The looks at a file: during the first one the machine may have been halted. */
const LOOKS = 2;

/** The time for the file in work when the files are closed, in ms. */
const END_MS = 300;

/** The file to finish. */
export interface FinishOptions {
  /** The file that holds the bytes. If it is gone, `target` has them already. */
  readonly path: string;
  /** Its final name; by default it stays where it is. */
  readonly target?: string;
  /** The size that it must have, in bytes. */
  readonly size: number;
  /** The network that it comes from, and the id of the person whose it is; by default this server's own. */
  readonly network?: string;
  readonly person?: string;
}

/**
 * Finishes uploads in a worker, one at a time: each is synced to the disk that the chat also waits for. Networks, and the people
 * of each, share its time evenly: nobody waits long for somebody whose files are many or take long. The worker is started by the first one.
 */
export class Finisher implements AsyncDisposable {
  #thread: Promise<FinishThread> | undefined;
  /** The server's limits on uploads bound the number of those that wait. */
  readonly #turns = new TimeShares();
  #closed = false;
  readonly #lookMs: number;

  /** @param lookMs the time that looking at a file may take, in ms */
  constructor(lookMs: number = LOOK_MS) {
    this.#lookMs = lookMs;
  }

  /**
   * Hashes and looks at a file, syncs it, and gives it its final name. Doing it again gives the same.
   *
   * @throws {ContentsError} `gone`, `offset` if it does not have its size, or `failed`
   */
  async finish(options: FinishOptions): Promise<ContentFacts> {
    const { network = "", person = "" } = options;
    using _turn = await this.#turns.next({ network, person });
    return await this.#finish(options);
  }

  async #finish({ path, target, size }: FinishOptions): Promise<ContentFacts> {
    const ms = STORE_MS + size / 1_000_000 * STORE_MS_PER_MB;
    const stored = await this.#call(
      { type: "store", path, size, ...(target !== undefined && { target }) },
      ms,
    );
    if (stored.size !== size) {
      throw new ContentsError("offset", `the file has ${stored.size} bytes instead of ${size}`);
    }
    const { type, ...picture } = await this.#look(target ?? path);
    const chosen = chooseType(type, stored.text);
    return { sha256: stored.sha256, type: chosen, ...(chosen === type && picture) };
  }

  async #look(path: string): Promise<FinishResults["look"]> {
    for (let look = 1; look <= LOOKS; look++) {
      try {
        return await this.#call({ type: "look", path }, this.#lookMs);
      } catch (error) {
        // Another server, or this one later, is to look at it instead.
        if (this.#closed) throw error;
      }
    }
    // Such as one that a library finds no end of.
    return { type: UNKNOWN_TYPE };
  }

  async #call<C extends FinishCall>(call: C, ms: number): Promise<FinishResults[C["type"]]> {
    const thread = await this.#start();
    let answer: FinishAnswer;
    try {
      answer = await deadline(thread.call(call), ms);
    } catch (error) {
      this.#thread = undefined;
      thread[Symbol.dispose]();
      throw new ContentsError("failed", `finishing fails: ${oneLine(error)}`, { cause: error });
    }
    if ("error" in answer) {
      throw new ContentsError(answer.isMissing ? "gone" : "failed", answer.error);
    }
    // The answer is that to the call, which TypeScript can't follow through the port.
    return answer.result as FinishResults[C["type"]];
  }

  async #start(): Promise<FinishThread> {
    if (this.#closed) throw new ContentsError("failed", "the files are closed");
    try {
      return await (this.#thread ??= FinishThread.start());
    } catch (error) {
      this.#thread = undefined;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const last = this.#turns.next({ network: "", person: "" });
    // A large file would take longer than closing may: it is finished when its sender asks again. The others are refused.
    await deadline(last, END_MS).catch(() => {});
    (await this.#thread?.catch(() => undefined))?.[Symbol.dispose]();
    using _turn = await last;
  }
}

/** The worker, seen from the server's own thread. */
class FinishThread implements Disposable {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  #answer: PromiseWithResolvers<FinishAnswer> | undefined;

  private constructor(url: string, name: string) {
    this.#worker = new Worker(url, { type: "module", name });
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }: MessageEvent<FinishAnswer>) => this.#answer?.resolve(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#answer?.reject(new Error(event.message));
    };
    this.#worker.postMessage(null, [port2]);
  }

  static async start(): Promise<FinishThread> {
    // A module of its own also in the executable, because it is imported in this way.
    const { WORKER_NAME, WORKER_URL } = await import("./worker.ts");
    return new FinishThread(WORKER_URL, WORKER_NAME);
  }

  call(call: FinishCall): Promise<FinishAnswer> {
    this.#answer = Promise.withResolvers();
    this.#port.postMessage(call);
    return this.#answer.promise;
  }

  /** Ends the worker, and the call that it works on. */
  [Symbol.dispose](): void {
    this.#port.close();
    this.#worker.terminate();
    this.#answer?.reject(new Error("the files are closed"));
  }
}
