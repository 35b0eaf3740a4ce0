import { appendOne, type EventLog } from "./event_log.ts";
import { Erasure } from "./erasure.ts";
import { RoomEnd } from "./room_end.ts";
import type { State } from "./state.ts";

/** Between two steps while there is more to delete, in ms. */
const STEP_PAUSE_MS = 50;
/** Between two looks at whether something is being deleted, in ms. */
const INTERVAL_MS = 1000;

/**
 * Proposes the steps by which the messages of deleted rooms go, and the names of deleted people in old messages. Every
 * server does; each step counts once.
 */
export class Deletions implements Disposable {
  readonly #log: EventLog;
  readonly #end: RoomEnd;
  readonly #erasure: Erasure;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(state: State, log: EventLog) {
    this.#log = log;
    this.#end = new RoomEnd(state.database.db);
    this.#erasure = new Erasure(state.database.db);
    this.#stepIn(INTERVAL_MS);
  }

  #stepIn(ms: number): void {
    this.#timer = setTimeout(async () => {
      // What fails shows in the log's health, and is tried again.
      const more = await this.step().catch(() => false);
      if (this.#timer !== undefined) this.#stepIn(more ? STEP_PAUSE_MS : INTERVAL_MS);
    }, ms);
  }

  /** Proposes one step of each, if it is due. Returns whether there was one. */
  async step(): Promise<boolean> {
    const room = this.#end.next();
    const person = this.#erasure.next();
    if (room !== undefined) await appendOne(this.#log, { type: "room_erased", ...room });
    if (person !== undefined) await appendOne(this.#log, { type: "person_erased", ...person });
    return room !== undefined || person !== undefined;
  }

  /** Proposes steps until nothing is left to be deleted. */
  async finish(): Promise<void> {
    while (await this.step());
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
