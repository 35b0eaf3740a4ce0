import { getOrMake } from "../lib/maps.ts";

/** The time for which news of a membership are gathered, in ms: several are sent as one. */
const GATHER_MS = 100;

/** The time that is spent on news before others have their turn, and the pause then, in ms. */
const SLICE_MS = 6;
const PAUSE_MS = 25;

/** The parts of {@linkcode MembershipNews}. */
export interface MembershipNewsOptions {
  /**
   * Returns a function that sends a person the present state of memberships, each by its room, at this moment. The
   * person is not sent yet that one has ended which was `hidden`.
   */
  readonly teller: (person: string) => (room: string, hidden: boolean) => void;
  /** Returns whether a person is connected here. */
  readonly isHere: (person: string) => boolean;
}

/**
 * Tells people of memberships that others, or markers by the thousand, have changed. A message that mentions fifty
 * people changes as many memberships, each of which takes longer to count than the message to deliver. So each is sent
 * once for all changes of a moment, and sending takes at most a fifth of the time. People take turns: one who no longer
 * ignores somebody is told of hundreds of rooms, for which nobody else waits.
 */
export class MembershipNews {
  readonly #options: MembershipNewsOptions;
  /** The rooms of each person, and whether each was hidden; the person whose turn is next first. */
  readonly #waiting = new Map<string, Map<string, boolean>>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: MembershipNewsOptions) {
    this.#options = options;
  }

  /** Tells a person of a membership soon, also that it has ended if the room was `hidden`. */
  add(person: string, room: string, hidden = false): void {
    if (!this.#options.isHere(person)) return;
    const rooms = getOrMake(this.#waiting, person, () => new Map<string, boolean>());
    rooms.set(room, hidden || rooms.get(room) === true);
    this.#timer ??= setTimeout(() => this.#tell(), GATHER_MS);
  }

  /** Tells nothing any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#waiting.clear();
  }

  #tell(): void {
    this.#timer = undefined;
    const start = performance.now();
    const tellers = new Map<string, ReturnType<MembershipNewsOptions["teller"]>>();
    // One that is put last has its next turn in the same loop.
    for (const [person, rooms] of this.#waiting) {
      this.#waiting.delete(person);
      const [next] = rooms;
      if (next === undefined) continue;
      const [room, hidden] = next;
      rooms.delete(room);
      if (rooms.size > 0) this.#waiting.set(person, rooms);
      getOrMake(tellers, person, () => this.#options.teller(person))(room, hidden);
      if (performance.now() - start > SLICE_MS) break;
    }
    if (this.#waiting.size > 0) this.#timer = setTimeout(() => this.#tell(), PAUSE_MS);
  }
}
