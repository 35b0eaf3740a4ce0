import type { ChangeEffect } from "./effects.ts";

/** The shortest time between two notices of changes in a room, in ms. */
const PAUSE_MS = 250;

/** The changes of a room that wait, by the `seq` of their messages: of each message the newest. */
type Waiting = Map<number, ChangeEffect>;

/**
 * Tells the members of rooms of changed messages. A thousand people who react to an announcement would have each member
 * receive a thousand lines: so a room is sent a change at once after it was quiet, and then four times a second of everything
 * that has changed meanwhile, each message once. Changes are sent in the order of `rev`, so that a client that has
 * received one knows that it has everything up to it.
 */
export class ChangeNews {
  readonly #tell: (room: string, changes: readonly ChangeEffect[]) => void;
  /** The rooms that were sent a change a moment ago. */
  readonly #rooms = new Map<string, Waiting>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  /** @param tell Sends the members of a room changes, by their `rev`, ascending. */
  constructor(tell: (room: string, changes: readonly ChangeEffect[]) => void) {
    this.#tell = tell;
  }

  /** Tells a room of a change, now or soon. */
  add(change: ChangeEffect): void {
    const { room, message: { seq } } = change;
    const waiting = this.#rooms.get(room);
    if (waiting === undefined) {
      this.#pause(room, new Map());
      return this.#tell(room, [change]);
    }
    // An edit is one for plain clients also if a reaction has followed it.
    const isPlain = change.plain || (waiting.get(seq)?.plain && !change.message.deleted);
    waiting.set(seq, isPlain ? { ...change, plain: true } : change);
  }

  /** Tells nothing any more. */
  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#rooms.clear();
  }

  #pause(room: string, waiting: Waiting): void {
    this.#rooms.set(room, waiting);
    this.#timers.set(room, setTimeout(() => this.#continue(room, waiting), PAUSE_MS));
  }

  #continue(room: string, waiting: Waiting): void {
    if (waiting.size === 0) {
      this.#rooms.delete(room);
      this.#timers.delete(room);
      return;
    }
    this.#pause(room, new Map());
    this.#tell(room, [...waiting.values()].sort((a, b) => a.rev - b.rev));
  }
}
