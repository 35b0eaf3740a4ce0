/**
 * The thread that an index works in, seen from the server's own.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { deadline } from "../../lib/std.ts";
import {
  type HostAnswer,
  type HostCall,
  type HostResults,
  SearchThread,
  WORKER_NAME,
} from "./thread.ts";

/** The index could not do what it was asked. */
export class IndexError extends Error {
  override name = "IndexError";
  /** Whether the index is damaged, and has to be made again. */
  readonly isDamage: boolean;

  constructor(message: string, { isDamage }: { readonly isDamage: boolean }) {
    super(message);
    this.isDamage = isDamage;
  }
}

/** A thread with an index. */
export interface SearchHost extends AsyncDisposable {
  /** @throws {IndexError} if it can't, or the thread ends. */
  call<C extends HostCall>(call: C): Promise<HostResults[C["type"]]>;
}

/** The time in which the worker closes its files, in ms: a search may run, and a step. */
const CLOSE_MS = 2000;

/** An index in a thread of its own. */
export class WorkerHost implements SearchHost {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #calls: PromiseWithResolvers<HostResults[HostCall["type"]]>[] = [];
  #failure: IndexError | undefined;

  private constructor(url: string) {
    this.#worker = new Worker(url, { type: "module", name: WORKER_NAME });
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }: MessageEvent<HostAnswer>) => this.#receive(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(event.message);
    };
    this.#worker.postMessage(null, [port2]);
  }

  /** Starts the thread. */
  static async start(): Promise<WorkerHost> {
    // A module of its own also in the executable, because it is imported in this way.
    const { WORKER_URL } = await import("./worker.ts");
    return new WorkerHost(WORKER_URL);
  }

  call<C extends HostCall>(call: C): Promise<HostResults[C["type"]]> {
    if (this.#failure) return Promise.reject(this.#failure);
    const answer = Promise.withResolvers<HostResults[HostCall["type"]]>();
    this.#calls.push(answer);
    this.#port.postMessage(call);
    // The answer is that to the call, which TypeScript can't follow through the port.
    return answer.promise as Promise<HostResults[C["type"]]>;
  }

  #receive(answer: HostAnswer): void {
    const call = this.#calls.shift();
    if ("result" in answer) call?.resolve(answer.result);
    else call?.reject(new IndexError(answer.error, answer));
  }

  #fail(problem: string): void {
    this.#failure ??= new IndexError(problem, { isDamage: false });
    for (const { reject } of this.#calls.splice(0)) reject(this.#failure);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A thread that hangs ends without closing.
    await deadline(this.call({ type: "close" }), CLOSE_MS).catch(() => {});
    this.#fail("the index is closed");
    this.#port.close();
    this.#worker.terminate();
  }
}

/** An index in this thread, for data that no other can read. */
export class LocalHost implements SearchHost {
  readonly #thread: SearchThread;

  constructor(data: DatabaseSync) {
    this.#thread = new SearchThread(data);
  }

  call<C extends HostCall>(call: C): Promise<HostResults[C["type"]]> {
    const answer = this.#thread.handle(call);
    return "result" in answer
      // As in a worker.
      ? Promise.resolve(answer.result as HostResults[C["type"]])
      : Promise.reject(new IndexError(answer.error, answer));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#thread[Symbol.dispose]();
    return Promise.resolve();
  }
}
