/**
 * The drafts that were published and whose outcome is not known yet.
 *
 * @module
 */
import type { Draft } from "../hub/message_log.ts";

/** A draft on its way. */
export interface Flight<Origin> {
  /** Comes back with JetStream's answer. */
  readonly token: number;
  readonly draft: Draft<Origin>;
  readonly subject: string;
  readonly payload: string;
  /** By `performance.now()`. */
  readonly deadline: number;
}

/** The drafts on their way, in the order in which they set out; their deadlines ascend. */
export class Flights<Origin> {
  readonly #byToken = new Map<number, Flight<Origin>>();
  /** Mostly one each; more if an id is sent again before the first has arrived. */
  readonly #byId = new Map<string, Flight<Origin>[]>();
  #token = 0;
  #onEnd: (() => void) | undefined;

  add(flight: Omit<Flight<Origin>, "token">): Flight<Origin> {
    const added = { ...flight, token: ++this.#token };
    this.#byToken.set(added.token, added);
    const { id } = added.draft;
    const same = this.#byId.get(id);
    if (same) same.push(added);
    else this.#byId.set(id, [added]);
    return added;
  }

  get(token: number): Flight<Origin> | undefined {
    return this.#byToken.get(token);
  }

  /** The first one of a person's message in a room. */
  first({ room, user, id }: Pick<Draft, "room" | "user" | "id">): Flight<Origin> | undefined {
    return this.#byId.get(id)?.find(({ draft }) =>
      draft.room === room && draft.user.id === user.id
    );
  }

  /** Those whose deadline is over at `now`. */
  late(now: number): Flight<Origin>[] {
    const late: Flight<Origin>[] = [];
    for (const flight of this.#byToken.values()) {
      if (flight.deadline > now) break;
      late.push(flight);
    }
    return late;
  }

  /** Its outcome is known; false if it was already. */
  end(flight: Flight<Origin>): boolean {
    if (!this.#byToken.delete(flight.token)) return false;
    const { id } = flight.draft;
    const same = this.#byId.get(id) ?? [];
    if (same.length > 1) same.splice(same.indexOf(flight), 1);
    else this.#byId.delete(id);
    if (this.#byToken.size === 0) this.#onEnd?.();
    return true;
  }

  /** Resolves when no outcome is missing. */
  ended(): Promise<void> {
    if (this.#byToken.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onEnd = resolve);
  }
}
