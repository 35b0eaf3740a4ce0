/**
 * The index in a thread, and what it can be asked.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { oneLine } from "../../lib/errors.ts";
import { isDamage } from "../../state/storage_error.ts";
import { SearchEngine, type SearchResult } from "./engine.ts";
import type { Search } from "./finder.ts";
import { IndexFile } from "./index_file.ts";
import type { IndexStep } from "./indexer.ts";

/** The files of an index. */
export interface IndexPaths {
  readonly data: string;
  readonly index: string;
  /** The id of the index that the data file knows. */
  readonly id: string;
}

/** A request to the worker. */
export type HostCall =
  | { readonly type: "open"; readonly paths: IndexPaths }
  | { readonly type: "remake" }
  | { readonly type: "step"; readonly ms: number }
  | { readonly type: "find"; readonly search: Search }
  | { readonly type: "close" };

/** The results of each {@linkcode HostCall}. */
export interface HostResults {
  /** The id of the index. */
  readonly open: string;
  readonly remake: string;
  readonly step: IndexStep;
  readonly find: SearchResult;
  readonly close: null;
}

/** A worker's answer to a call, in the order of the calls. */
export type HostAnswer =
  | { readonly result: HostResults[HostCall["type"]] }
  | { readonly error: string; readonly isDamage: boolean };

/** The name of the worker, by which its module knows that it is one. */
export const WORKER_NAME = "hubbub-search";

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
