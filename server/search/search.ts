import type { StatementSync } from "node:sqlite";
import { BusyError, FairQueue } from "../../lib/fair_queue.ts";
import { oneLine } from "../../lib/errors.ts";
import { siteKey } from "../../lib/ip_networks.ts";
import { resolve } from "../../state/files.ts";
import { IndexQueue } from "../../state/index_queue.ts";
import type { MessageSearch, SearchOutcome } from "../../state/message_search.ts";
import { PersonPace } from "../../state/person_pace.ts";
import { integer } from "../../state/rows.ts";
import type { State } from "../../state/state.ts";
import type { Search } from "./finder.ts";
import { IndexError, LocalHost, type SearchHost, WorkerHost } from "./host.ts";
import { INDEXER_SQL } from "./indexer.ts";
import { Recheck } from "./recheck.ts";

/** The ending of the index's name, after that of the data file. */
export const INDEX_ENDING = ".search";

/** Before the index is opened, in ms, unless somebody searches: a server that starts has other things to do. */
const START_MS = 1000;

/** Between two looks at whether anything was written, in ms. */
const INTERVAL_MS = 250;

/** The time of one step, in ms: a search that comes meanwhile waits for it. */
const STEP_MS = 20;

/** The same in the thread of the hub, which waits for it, too. */
const LOCAL_STEP_MS = 2;

/** The rest after a step, as a multiple of its time, if there is more to do. */
const REST = 1;

/** The same in the hub's thread. */
const LOCAL_REST = 9;

/** The same while many messages arrive: it may cost sending little, and fall behind. */
const BUSY_REST = 99;

/** The messages, at most, by which an index is behind that is brought up before a search. */
const NEAR = 500;

/** The messages per second that are many. */
const BUSY_MESSAGES = 1000;

/** Before something is tried again that has failed, in ms. */
const RETRY_MS = 10_000;

/** The searches of a person per second, and at once. */
const PACE = { rate: 4, burst: 8 };

/** The searches that wait for their turn. */
const WAITING = 200;

/** After which somebody may search again for whom there was no turn, in ms. */
const BUSY_MS = 1000;

/** The options of {@linkcode SearchService}. */
export interface SearchServiceOptions {
  readonly state: State;
  /** Called with what an operator should know, once for each trouble. */
  readonly onTrouble?: (problem: string) => void;
  /** The time before the index is opened, in ms. */
  readonly startMs?: number;
}

/** The numbers of a {@linkcode SearchService}, for the metrics. */
export interface SearchNumbers {
  /** The messages that are not in the index yet, about. */
  readonly behind: number;
  /** The searches, by what came of them: those that were refused were too many. */
  readonly searches: Readonly<Record<"answered" | "refused" | "failed", number>>;
}

/**
 * The search of a server: its index, which follows the data file in a thread of its own, and what people find in it. It is
 * this server's alone, can be made again at any time, and nobody waits for it but those who search.
 */
export class SearchService implements MessageSearch, AsyncDisposable {
  readonly #state: State;
  readonly #queue: IndexQueue;
  readonly #newest: StatementSync;
  readonly #recheck: Recheck;
  readonly #onTrouble: (problem: string) => void;
  readonly #pace = new PersonPace(undefined, PACE);
  readonly #turns = new FairQueue({ parallel: 1, waiting: WAITING });
  readonly #isLocal: boolean;
  #host: Promise<SearchHost> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  /** The position of the log that the index was last brought to. */
  #position = -1;
  /** The time at which it was seen how many messages arrive, and the newest one then. */
  #seen: { readonly at: number; readonly newest: number } | undefined;
  #behind = 0;
  readonly #searches = { answered: 0, refused: 0, failed: 0 };
  #trouble = "";
  #isBusy = false;
  #working: Promise<unknown> = Promise.resolve();

  constructor({ state, onTrouble = () => {}, startMs = START_MS }: SearchServiceOptions) {
    this.#state = state;
    this.#queue = new IndexQueue(state.database.db);
    this.#recheck = new Recheck(state.database.db);
    this.#newest = state.database.db.prepare(INDEXER_SQL.newest);
    this.#onTrouble = onTrouble;
    this.#isLocal = state.database.path === ":memory:";
    this.#workIn(startMs);
  }

  get numbers(): SearchNumbers {
    return { behind: this.#behind, searches: this.#searches };
  }

  async find(search: Search, network: string): Promise<SearchOutcome> {
    const wait = this.#pace.take(search.person);
    if (wait > 0) return this.#refuse(wait);
    try {
      using _turn = await this.#turns.next(siteKey(network));
      if (this.#isNear) await this.#advance();
      const host = await this.#opened();
      const { position } = this.#state.progress;
      const found = await host.call({ type: "find", search });
      this.#searches.answered++;
      if (found === "invalid") return { type: "invalid" };
      if (this.#state.progress.position === position) return { type: "found", ...found };
      const messages = this.#state.database.guard(() =>
        this.#recheck.still(search.person, found.messages)
      );
      return { type: "found", ...found, messages };
    } catch (error) {
      if (error instanceof BusyError) return this.#refuse(BUSY_MS);
      this.#searches.failed++;
      this.#note(error);
      return { type: "failed" };
    }
  }

  #refuse(retry: number): SearchOutcome {
    this.#searches.refused++;
    return { type: "refused", retry };
  }

  /** Brings the index up to what is stored now. */
  async follow(): Promise<void> {
    while (await this.#advance() > 0);
  }

  /** Whether the index can be brought up in one step: then who searches finds what was just sent. */
  get #isNear(): boolean {
    return !this.#isBusy && this.#behind < NEAR;
  }

  #workIn(ms: number): void {
    this.#timer = setTimeout(async () => {
      const rest = await this.#advance();
      if (!this.#closed) this.#workIn(rest > 0 ? rest : INTERVAL_MS);
    }, ms);
  }

  /** As {@linkcode #work}, after what is being done. */
  #advance(): Promise<number> {
    const next = this.#working.then(() => this.#work());
    this.#working = next;
    return next;
  }

  /**
   * Does a step, if anything was written. Returns the rest before the next one, in ms; 0 if there is nothing to do. Never
   * rejects.
   */
  async #work(): Promise<number> {
    const { position } = this.#state.progress;
    if (this.#closed || (position === this.#position && this.#behind === 0)) return 0;
    const now = performance.now();
    this.#position = position;
    try {
      this.#see(now);
      const more = await this.#step(await this.#opened());
      this.#trouble = "";
      if (!more) return 0;
      const rest = this.#isBusy ? BUSY_REST : this.#isLocal ? LOCAL_REST : REST;
      // A step costs much, however few messages it takes: those that come one at a time wait for each other.
      const least = this.#behind < NEAR ? INTERVAL_MS : 1;
      return Math.max(least, (performance.now() - now) * rest);
    } catch (error) {
      this.#behind = Math.max(1, this.#behind);
      return await this.#recover(error);
    }
  }

  /** Notes whether many messages arrive. */
  #see(now: number): void {
    const newest = this.#state.database.guard(() => integer(this.#newest.get()?.n));
    const seen = this.#seen ??= { at: now, newest };
    const seconds = (now - seen.at) / 1000;
    // In less time the number says little.
    if (seconds < INTERVAL_MS / 2000) return;
    this.#isBusy = (newest - seen.newest) / seconds > BUSY_MESSAGES;
    this.#seen = { at: now, newest };
  }

  async #step(host: SearchHost): Promise<boolean> {
    const ms = this.#isLocal ? LOCAL_STEP_MS : STEP_MS;
    const { done, more, behind, isOutdated } = await host.call({ type: "step", ms });
    if (isOutdated) await this.#remake(host);
    if (done > 0) this.#state.database.transaction(() => this.#queue.remove(done));
    this.#behind = behind;
    return more;
  }

  async #remake(host: SearchHost): Promise<void> {
    this.#begin(await host.call({ type: "remake" }));
  }

  /** Lets the data file note its changes for an index that is new; one that it knows continues. */
  #begin(id: string): void {
    if (this.#queue.reader === id) return;
    this.#state.database.transaction(() => this.#queue.begin(id));
  }

  /** @returns the time until the next attempt, in ms */
  async #recover(error: unknown): Promise<number> {
    this.#note(error);
    const host = await this.#host?.catch(() => undefined);
    try {
      if (host && error instanceof IndexError && error.isDamage) {
        await this.#remake(host);
        return 1;
      }
    } catch (again) {
      this.#note(again);
    }
    this.#host = undefined;
    await host?.[Symbol.asyncDispose]();
    return RETRY_MS;
  }

  #note(error: unknown): void {
    const problem = oneLine(error);
    if (this.#closed || problem === this.#trouble) return;
    this.#trouble = problem;
    this.#onTrouble(problem);
  }

  #opened(): Promise<SearchHost> {
    if (this.#closed) return Promise.reject(new Error("the search is closed"));
    return this.#host ??= this.#open();
  }

  async #open(): Promise<SearchHost> {
    const { database } = this.#state;
    const host = this.#isLocal ? new LocalHost(database.db) : await WorkerHost.start();
    try {
      const data = this.#isLocal ? database.path : resolve(database.path);
      const index = this.#isLocal ? database.path : data + INDEX_ENDING;
      const id = this.#queue.reader;
      this.#begin(await host.call({ type: "open", paths: { data, index, id } }));
      return host;
    } catch (error) {
      await host[Symbol.asyncDispose]();
      this.#host = undefined;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#working;
    const host = await this.#host?.catch(() => undefined);
    await host?.[Symbol.asyncDispose]();
  }
}
