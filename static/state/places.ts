import { batch } from "@preact/signals";
import type { History } from "./history.ts";
import type { Room } from "./room.ts";

/** A message this far before the first one here is loaded without those between. */
const FAR = 1_000;

/** Moves the reader within the messages of a room, which are loaded where they are not here. */
export class LogPlaces {
  readonly #history: History;

  constructor(history: History) {
    this.#history = history;
  }

  /** Asks for a message that another one answers. */
  loadQuote(room: Room, seq: number): void {
    this.#history.loadQuote(room, seq);
  }

  /** Asks for messages before the first one that is shown. */
  loadOlder(room: Room): void {
    this.#history.askOlder(room);
  }

  /** Asks for messages after the older stretch that is shown. */
  loadFurther(room: Room): void {
    this.#history.askFurther(room);
  }

  /** Asks for older messages until that of a `seq` is here. */
  seek(room: Room, seq: number): void {
    // A reader who wants to see that message need not wait for all that follow it.
    if (seq < (room.shown.first ?? 0) - FAR) void this.goTo(room, seq, { isMarked: false });
    else this.#history.seek(room, seq);
  }

  /**
   * Shows a message, which is loaded with what is around it if it is not here.
   *
   * @param options.offset the distance of the message's top above that of the view, in px
   * @param options.isMarked whether to mark the message
   * @returns whether there is such a message
   */
  goTo(
    room: Room,
    seq: number,
    { isMarked = true, offset }: { isMarked?: boolean; offset?: number } = {},
  ): Promise<boolean> {
    return new Promise((resolve) =>
      this.#history.goTo(room, seq, (isFound) => {
        const target = { kind: "message", seq, isMarked } as const;
        if (isFound) room.target.value = offset === undefined ? target : { ...target, offset };
        resolve(isFound);
      })
    );
  }

  /** Shows the newest messages, and the end of the log. */
  toNewest(room: Room): void {
    batch(() => {
      room.wanted = undefined;
      room.closePlace();
      room.target.value = { kind: "end" };
    });
  }

  /** Returns the `seq` of the first message that was sent at a time, in ms since 1970, or after it, if there is one. */
  findDate(room: Room, at: number): Promise<number | undefined> {
    return new Promise((resolve) => this.#history.findDate(room, at, resolve));
  }
}
