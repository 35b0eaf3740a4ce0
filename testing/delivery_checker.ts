/**
 * Checks what clients receive of a room: everyone the same, at the same `seq` and the same `rev`.
 *
 * @module
 */
import type { Deleter, Message } from "../protocol/mod.ts";

/** A message as the clients of a test have seen it. */
interface SeenMessage {
  /** The part that no change touches. */
  readonly sent: string;
  /** The state after each change, by `rev`. */
  readonly states: Map<number, string>;
  /** The `rev` of the newest of them. */
  rev: number;
}

/** The messages of a room, by `seq`. */
interface SeenRoom {
  readonly messages: Map<number, SeenMessage>;
  /** The sum of the newest `rev` of each. */
  revs: number;
}

/**
 * The messages that all clients of a test have seen together: one at each `seq`, and of each the same state at
 * each `rev`.
 */
export class DeliveryChecker {
  readonly #rooms = new Map<string, SeenRoom>();
  readonly #places = new Map<string, number>();

  /** @throws {Error} if another was seen in its place or at its `rev`, or the same one in another place. */
  see(message: Message): void {
    const { room, seq, id, user, at, rev = 0 } = message;
    const sent = JSON.stringify([id, user.id, user.name, at]);
    const state = stateOf(message);
    const places = this.#room(room);
    const seen = places.messages.get(seq);
    if (seen === undefined) {
      const own = `${room} ${user.id} ${id}`;
      const place = this.#places.get(own);
      if (place !== undefined) throw new Error(`In ${room}, ${id} is at ${place} and at ${seq}`);
      this.#places.set(own, seq);
      places.messages.set(seq, { sent, states: new Map([[rev, state]]), rev });
      places.revs += rev;
      return;
    }
    if (seen.sent !== sent) throw new Error(`In ${room}, ${seq} is ${seen.sent} and ${sent}`);
    change(places, { room, seq, rev, state });
  }

  /**
   * Sees that a message was deleted. Of one that nobody has seen yet, history has this state.
   *
   * @throws {Error} as {@linkcode see}.
   */
  seeDeleted({ room, seq, rev, deleted }: {
    readonly room: string;
    readonly seq: number;
    readonly rev: number;
    readonly deleted: Deleter;
  }): void {
    change(this.#room(room), { room, seq, rev, state: stateOf({ text: "", deleted }) });
  }

  /** The number of messages of a room that have been seen. */
  size(room: string): number {
    return this.#room(room).messages.size;
  }

  /** The sum of the newest `rev` that was seen of each message of a room. */
  revs(room: string): number {
    return this.#room(room).revs;
  }

  /** The newest `rev` that was seen of a message. */
  rev(room: string, seq: number): number | undefined {
    return this.#room(room).messages.get(seq)?.rev;
  }

  #room(name: string): SeenRoom {
    let room = this.#rooms.get(name);
    if (room === undefined) this.#rooms.set(name, room = { messages: new Map(), revs: 0 });
    return room;
  }
}

/** Notes the state that a message of a room has at a `rev`. */
function change(
  places: SeenRoom,
  { room, seq, rev, state }: {
    readonly room: string;
    readonly seq: number;
    readonly rev: number;
    readonly state: string;
  },
): void {
  const seen = places.messages.get(seq);
  if (seen === undefined) return;
  const other = seen.states.get(rev);
  if (other === undefined) seen.states.set(rev, state);
  else if (other !== state) {
    throw new Error(`In ${room}, ${seq} is ${other} and ${state} after change ${rev}`);
  }
  if (rev <= seen.rev) return;
  places.revs += rev - seen.rev;
  seen.rev = rev;
}

/** The part of a message that changes may touch. */
function stateOf(message: Partial<Message>): string {
  const { text, mentions, re, answers, files, edited, deleted, reactions, pinned } = message;
  return JSON.stringify([text, mentions, re, answers, files, edited, deleted, reactions, pinned]);
}
