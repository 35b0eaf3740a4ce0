import { Erasure } from "./erasure.ts";
import { MessageRemoval } from "./message_removal.ts";
import { Permissions } from "./permissions.ts";
import { RoomEnd } from "./room_end.ts";
import type { SmallEvents } from "./small_events.ts";
import type { State } from "./state.ts";

/** Between two steps while there is more to delete, in ms. */
const STEP_PAUSE_MS = 50;
/**
 * As {@linkcode STEP_PAUSE_MS}, while messages go that people see: a room is sent changes four times a second, and 200 of
 * them are little work for everyone in it.
 */
const REMOVAL_PAUSE_MS = 200;
/** Between two looks at whether something is being deleted, in ms. */
const INTERVAL_MS = 1000;

/**
 * Proposes the steps by which the messages of deleted rooms go, those of people whose messages are removed, and the
 * names of deleted people in old messages. Every server does; each step counts once.
 */
export class Deletions implements Disposable {
  readonly #events: Pick<SmallEvents, "append">;
  readonly #end: RoomEnd;
  readonly #erasure: Erasure;
  readonly #removal: MessageRemoval;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param events Appends the steps, and has those who are connected learn of them. */
  constructor(state: State, events: Pick<SmallEvents, "append">) {
    this.#events = events;
    this.#end = new RoomEnd(state.database.db);
    this.#erasure = new Erasure(state.database.db);
    this.#removal = new MessageRemoval(state.database.db, new Permissions(state.database.db));
    this.#stepIn(INTERVAL_MS);
  }

  #stepIn(ms: number): void {
    this.#timer = setTimeout(async () => {
      // An error shows in the log's health; the step is tried again.
      const pause = await this.#stepAndPause().catch(() => INTERVAL_MS);
      if (this.#timer !== undefined) this.#stepIn(pause);
    }, ms);
  }

  /** Proposes what is due, and returns the time until the next look, in ms. */
  async #stepAndPause(): Promise<number> {
    if (!await this.step()) return INTERVAL_MS;
    return this.#removal.next() === undefined ? STEP_PAUSE_MS : REMOVAL_PAUSE_MS;
  }

  /** Proposes one step of each, if it is due. Returns whether there was one. */
  async step(): Promise<boolean> {
    const room = this.#end.next();
    const person = this.#erasure.next();
    const removal = this.#removal.next();
    if (room !== undefined) await this.#events.append({ type: "room_erased", ...room });
    if (person !== undefined) await this.#events.append({ type: "person_erased", ...person });
    if (removal !== undefined) await this.#events.append({ type: "messages_removed", ...removal });
    return room !== undefined || person !== undefined || removal !== undefined;
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
