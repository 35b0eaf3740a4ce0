/** The time for which news of a membership are gathered, in ms: several are sent as one. */
const GATHER_MS = 100;

/** The time that is spent on news before others have their turn, and the pause then, in ms. */
const SLICE_MS = 6;
const PAUSE_MS = 25;

/** The parts of {@linkcode MembershipNews}. */
export interface MembershipNewsOptions {
  /** Sends a person the present state of a membership. */
  readonly tell: (person: string, room: string) => void;
  /** Returns whether a person is connected here. */
  readonly isHere: (person: string) => boolean;
}

/**
 * Tells people of memberships that others, or markers by the thousand, have changed. A message that mentions fifty
 * people changes as many memberships, each of which takes longer to count than the message to deliver. So each is sent
 * once for all changes of a moment, and sending takes at most a fifth of the time.
 */
export class MembershipNews {
  readonly #options: MembershipNewsOptions;
  /** By person and room; the one that has waited longest first. */
  readonly #waiting = new Map<string, readonly [person: string, room: string]>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: MembershipNewsOptions) {
    this.#options = options;
  }

  /** Tells a person of a membership soon. */
  add(person: string, room: string): void {
    if (!this.#options.isHere(person)) return;
    this.#waiting.set(`${person} ${room}`, [person, room]);
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
    for (const [key, [person, room]] of this.#waiting) {
      this.#waiting.delete(key);
      this.#options.tell(person, room);
      if (performance.now() - start > SLICE_MS) break;
    }
    if (this.#waiting.size > 0) this.#timer = setTimeout(() => this.#tell(), PAUSE_MS);
  }
}
