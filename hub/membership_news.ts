import { getOrMake } from "../lib/maps.ts";

/** The time for which news of a membership are gathered, in ms: several are sent as one. */
const GATHER_MS = 100;

/** The time that is spent on news before others have their turn, and the pause then, in ms. */
const SLICE_MS = 6;
const PAUSE_MS = 25;

/** The parts of {@linkcode MembershipNews}. */
export interface MembershipNewsOptions {
  /** Returns a function that sends a person the present state of memberships, each by its room, at this moment. */
  readonly teller: (person: string) => (room: string) => void;
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
  /** The rooms of each person; the person whose turn is next first. */
  readonly #waiting = new Map<string, Set<string>>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: MembershipNewsOptions) {
    this.#options = options;
  }

  /** Tells a person of a membership soon. */
  add(person: string, room: string): void {
    if (!this.#options.isHere(person)) return;
    getOrMake(this.#waiting, person, () => new Set<string>()).add(room);
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
    const tellers = new Map<string, (room: string) => void>();
    // One that is put last has its next turn in the same loop.
    for (const [person, rooms] of this.#waiting) {
      this.#waiting.delete(person);
      const [room] = rooms;
      if (room === undefined) continue;
      rooms.delete(room);
      if (rooms.size > 0) this.#waiting.set(person, rooms);
      getOrMake(tellers, person, () => this.#options.teller(person))(room);
      if (performance.now() - start > SLICE_MS) break;
    }
    if (this.#waiting.size > 0) this.#timer = setTimeout(() => this.#tell(), PAUSE_MS);
  }
}
