/**
 * The thread that an index works in.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { oneLine } from "../lib/errors.ts";
import { deadline } from "../lib/std.ts";
import { isDamage } from "../state/storage_error.ts";
import { SearchEngine, type SearchResult } from "./engine.ts";
import type { Search } from "./finder.ts";
import { IndexFile } from "./index_file.ts";
import type { Step } from "./indexer.ts";

/** The files of an index. */
export interface IndexPaths {
  readonly data: string;
  readonly index: string;
  /** The id of the index that the data file knows. */
  readonly id: string;
}

/** What a worker can be asked. */
export type HostCall =
  | { readonly type: "open"; readonly paths: IndexPaths }
  | { readonly type: "remake" }
  | { readonly type: "step"; readonly ms: number }
  | { readonly type: "find"; readonly search: Search }
  | { readonly type: "close" };

/** What comes of each {@linkcode HostCall}. */
export interface HostResults {
  /** The id of the index. */
  readonly open: string;
  readonly remake: string;
  readonly step: Step;
  readonly find: SearchResult;
  readonly close: null;
}

/** A worker's answer to a call, in the order of the calls. */
export type HostAnswer =
  | { readonly result: HostResults[HostCall["type"]] }
  | { readonly error: string; readonly isDamage: boolean };

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

/** The time that SQLite waits for a lock, in ms. */
const BUSY_TIMEOUT_MS = 1000;

/** The index in this thread, which does what it is asked at once. */
export class SearchThread implements Disposable {
  readonly #shared: DatabaseSync | undefined;
  /** The data file, if it is opened here. */
  #own: DatabaseSync | undefined;
  #engine: SearchEngine | undefined;
  #index = "";

  /** @param data The open data file; by default it is opened here. */
  constructor(data?: DatabaseSync) {
    this.#shared = data;
  }

  /** Does what is asked. Never throws. */
  handle(call: HostCall): HostAnswer {
    try {
      return { result: this.#do(call) };
    } catch (error) {
      return { error: oneLine(error), isDamage: isDamage(error) };
    }
  }

  #do(call: HostCall): HostResults[HostCall["type"]] {
    switch (call.type) {
      case "open": {
        const { data, index, id } = call.paths;
        this.#index = index;
        return this.#use(this.#openData(data), IndexFile.open(index, id));
      }
      case "remake": {
        const data = this.#shared ?? this.#own;
        if (data === undefined) throw new Error("the index is not open");
        this.#engine?.[Symbol.dispose]();
        this.#engine = undefined;
        return this.#use(data, IndexFile.make(this.#index));
      }
      case "step":
        return this.#opened.step(call.ms);
      case "find":
        return this.#opened.find(call.search);
      case "close":
        this[Symbol.dispose]();
        return null;
    }
  }

  #openData(path: string): DatabaseSync {
    if (this.#shared) return this.#shared;
    this.#own = new DatabaseSync(path, { readOnly: true });
    this.#own.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
    return this.#own;
  }

  #use(data: DatabaseSync, index: IndexFile): string {
    using opening = new DisposableStack();
    opening.use(index);
    this.#engine = new SearchEngine(data, index);
    opening.move();
    return index.id;
  }

  get #opened(): SearchEngine {
    if (this.#engine === undefined) throw new Error("the index is not open");
    return this.#engine;
  }

  [Symbol.dispose](): void {
    this.#engine?.[Symbol.dispose]();
    this.#engine = undefined;
    this.#own?.close();
    this.#own = undefined;
  }
}

/** The name of the worker, by which its module knows that it is one. */
export const WORKER_NAME = "hubbub-search";

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
