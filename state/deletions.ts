import { Erasure } from "./erasure.ts";
import { MessageRemoval } from "./message_removal.ts";
import { Permissions } from "./permissions.ts";
import { RoomEnd } from "./room_end.ts";
import type { SmallEvents } from "./small_events.ts";
import type { State } from "./state.ts";

/** Between two steps for rooms and names while there is more to delete, in ms. */
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
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #isDisposed = false;

  /** @param events Appends the steps, and has those who are connected learn of them. */
  constructor(state: State, events: Pick<SmallEvents, "append">) {
    this.#events = events;
    this.#end = new RoomEnd(state.database.db);
    this.#erasure = new Erasure(state.database.db);
    this.#removal = new MessageRemoval(state.database.db, new Permissions(state.database.db));
    this.#repeat(() => this.#stepUnseen(), STEP_PAUSE_MS);
    this.#repeat(() => this.#stepRemoval(), REMOVAL_PAUSE_MS);
  }

  /** Takes a step again and again, with a pause while there are more. */
  #repeat(step: () => Promise<boolean>, pauseMs: number, ms: number = INTERVAL_MS): void {
    const timer = setTimeout(async () => {
      this.#timers.delete(timer);
      // An error shows in the log's health; the step is tried again.
      const more = await step().catch(() => false);
      if (!this.#isDisposed) this.#repeat(step, pauseMs, more ? pauseMs : INTERVAL_MS);
    }, ms);
    this.#timers.add(timer);
  }

  /** Proposes one step of each, if it is due. Returns whether there was one. */
  async step(): Promise<boolean> {
    const [unseen, seen] = [await this.#stepUnseen(), await this.#stepRemoval()];
    return unseen || seen;
  }

  /** Proposes the next step for a deleted room and for a deleted person's name. Returns whether there was one. */
  async #stepUnseen(): Promise<boolean> {
    const room = this.#end.next();
    const person = this.#erasure.next();
    if (room !== undefined) await this.#events.append({ type: "room_erased", ...room });
    if (person !== undefined) await this.#events.append({ type: "person_erased", ...person });
    return room !== undefined || person !== undefined;
  }

  /** Proposes the next step of the removals. Returns whether there was one. */
  async #stepRemoval(): Promise<boolean> {
    const removal = this.#removal.next();
    if (removal !== undefined) await this.#events.append({ type: "messages_removed", ...removal });
    return removal !== undefined;
  }

  /** Proposes steps until nothing is left to be deleted. */
  async finish(): Promise<void> {
    while (await this.step());
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
