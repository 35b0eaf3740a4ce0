import { appendOne, type EventLog } from "./event_log.ts";
import { RoomEnd } from "./room_end.ts";
import type { State } from "./state.ts";

/** Between two steps while there is more to delete, in ms. */
const STEP_PAUSE_MS = 50;
/** Between two looks at whether a room is being deleted, in ms. */
const INTERVAL_MS = 1000;

/** Proposes the steps by which the messages of deleted rooms go. Every server does; each step counts once. */
export class RoomDeletion implements Disposable {
  readonly #log: EventLog;
  readonly #end: RoomEnd;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(state: State, log: EventLog) {
    this.#log = log;
    this.#end = new RoomEnd(state.database.db);
    this.#stepIn(INTERVAL_MS);
  }

  #stepIn(ms: number): void {
    this.#timer = setTimeout(async () => {
      // What fails shows in the log's health, and is tried again.
      const more = await this.step().catch(() => false);
      if (this.#timer !== undefined) this.#stepIn(more ? STEP_PAUSE_MS : INTERVAL_MS);
    }, ms);
  }

  /** Proposes one step, if one is due. Returns whether there was one. */
  async step(): Promise<boolean> {
    const next = this.#end.next();
    if (next === undefined) return false;
    await appendOne(this.#log, { type: "room_erased", ...next });
    return true;
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
