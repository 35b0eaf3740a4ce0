/** The interval, in ms, at which others are notified that this person is still typing. */
const EVERY_MS = 3_000;

/** Tells the others, now and then, that this person is typing. */
export class OwnTyping {
  readonly #send: (room: string) => void;
  #sentAt = 0;

  /** @param send sends the line */
  constructor(send: (room: string) => void) {
    this.#send = send;
  }

  /** Call this for each key: the person is typing. */
  goesOn(room: string): void {
    const now = Date.now();
    if (now - this.#sentAt < EVERY_MS) return;
    this.#sentAt = now;
    this.#send(room);
  }

  /** Call this when the typed message has been sent: the next key notifies the room at once. */
  stopped(): void {
    this.#sentAt = 0;
  }
}
