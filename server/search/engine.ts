import type { DatabaseSync } from "node:sqlite";
import { Finder, type Found, type Search } from "./finder.ts";
import { Indexer, type IndexStep, snapshotOf } from "./indexer.ts";
import { IndexFile } from "./index_file.ts";

/** The time after which a search stops with what it has found, in ms. */
const SEARCH_MS = 200;

/** The result of a search: `invalid` if it continues from no result. */
export type SearchResult = Found | "invalid";

/** The index of a data file: what is written to it, and what is found in it. */
export class SearchEngine implements Disposable {
  readonly #data: DatabaseSync;
  readonly #index: IndexFile;
  readonly #indexer: Indexer;
  readonly #finder: Finder;

  /**
   * @param data The data file, which is only read.
   * @param index Closed with this.
   */
  constructor(data: DatabaseSync, index: IndexFile) {
    this.#data = data;
    this.#index = index;
    this.#indexer = new Indexer(data, index);
    this.#finder = new Finder(data, index);
  }

  /** Brings the index further for about `ms` milliseconds. */
  step(ms: number): IndexStep {
    return this.#indexer.step(ms);
  }

  /** Finds messages, for at most 200 ms and what one look costs. */
  find(search: Search, ms = SEARCH_MS): SearchResult {
    return snapshotOf(this.#data, () => this.#finder.find(search, ms)) ?? "invalid";
  }

  [Symbol.dispose](): void {
    this.#index[Symbol.dispose]();
  }
}
