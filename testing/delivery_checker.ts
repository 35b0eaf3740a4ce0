/**
 * Checks what clients receive of a room, line by line: everyone the same, nothing missing and
 * nothing twice.
 *
 * @module
 */
import type { HistoryLine, JoinedLine, Message, PresenceLine, User } from "../protocol/mod.ts";

/** The messages that all clients of a test have seen together: one at each `seq`. */
export class DeliveryChecker {
  readonly #rooms = new Map<string, Map<number, string>>();
  readonly #places = new Map<string, number>();

  /** @throws {Error} if another was seen in its place, or the same one in another. */
  see(message: Message): void {
    const { room, seq, id, user, text, at } = message;
    const said = JSON.stringify([id, user.id, user.name, text, at]);
    const seen = this.#room(room).get(seq);
    if (seen === said) return;
    if (seen !== undefined) throw new Error(`In ${room}, ${seq} is ${seen} and ${said}`);
    const own = `${room} ${user.id} ${id}`;
    const place = this.#places.get(own);
    if (place !== undefined) throw new Error(`In ${room}, ${id} is at ${place} and at ${seq}`);
    this.#places.set(own, seq);
    this.#room(room).set(seq, said);
  }

  /** The number of messages of a room that have been seen. */
  size(room: string): number {
    return this.#room(room).size;
  }

  #room(name: string): Map<number, string> {
    let room = this.#rooms.get(name);
    if (room === undefined) this.#rooms.set(name, room = new Map());
    return room;
  }
}

/**
 * The state of one room as one client knows it. It receives every line about the room in the order
 * of arrival, and throws an `Error` at the first one that breaks a promise.
 */
export class RoomView {
  /** All up to this `seq` was seen: where to resume. */
  seen = 0;
  /** The people in the room, by id, under their names. */
  readonly members = new Map<string, string>();
  readonly #checker: DeliveryChecker;
  readonly #room: string;
  /** The `seq` of the next live message; undefined outside of the room. */
  #live: number | undefined;
  /** The end of what has to be asked for, while it is. */
  #until: number | undefined;

  constructor(checker: DeliveryChecker, room: string) {
    this.#checker = checker;
    this.#room = room;
  }

  /** Whether live messages come. */
  get inside(): boolean {
    return this.#live !== undefined;
  }

  /** Whether nothing has to be asked for. */
  get current(): boolean {
    return this.inside && this.#until === undefined;
  }

  /** The room was entered, or entered again; `after` as the `join` had it. */
  enter(line: JoinedLine, after?: number): void {
    const { last, messages, more } = line;
    this.members.clear();
    this.#add(line.members);
    this.#expect(this.members.size === line.count, `${line.count} members`, line.members);
    this.#live = last + 1;
    this.#until = undefined;
    if (after === undefined) {
      const first = messages[0]?.seq ?? last + 1;
      this.#take(messages, first);
      this.#expect(first + messages.length === last + 1, `the newest up to ${last}`, messages);
      this.#expect(more === first > line.first, `more: ${!more}`, line.first);
      this.seen = last;
    } else if (after >= last) {
      this.#expect(messages.length === 0 && !more, `nothing after ${after}`, messages);
      this.seen = last;
    } else {
      this.seen = after;
      this.#until = last;
      this.#goOn(messages, more);
    }
  }

  /** The answer to a `history` after {@linkcode seen}. */
  extend({ messages, more }: HistoryLine): void {
    if (this.#until !== undefined) this.#goOn(messages, more);
  }

  /** The room was left, or the connection has ended. */
  leave(): void {
    this.#live = undefined;
    this.#until = undefined;
    this.members.clear();
  }

  /** Whether a message came live; else it can only be an answer to its sender. */
  receive(message: Message): boolean {
    this.#checker.see(message);
    if (this.#live === undefined || message.seq < this.#live) return false;
    this.#expect(message.seq === this.#live, `${this.#live}`, message.seq);
    this.#live++;
    if (this.#until === undefined) this.seen = Math.max(this.seen, message.seq);
    return true;
  }

  /** Takes in the people who joined and left. */
  notice({ joined, left, count }: PresenceLine): void {
    if (!this.inside) return;
    for (const { id } of left) this.members.delete(id);
    this.#add(joined);
    this.#expect(this.members.size === count, `${count} members`, [...this.members]);
  }

  /** Somebody, who may be in the room, has another name. */
  rename({ id, name }: User): void {
    if (this.members.has(id)) this.members.set(id, name);
  }

  #goOn(messages: readonly Message[], more: boolean): void {
    this.#expect(messages.length > 0, `something after ${this.seen}`, messages);
    this.#take(messages, this.seen + 1);
    this.seen += messages.length;
    // The room may have grown since it was entered: then the end lies among what came live.
    if (this.seen < (this.#until ?? 0)) return this.#expect(more, "more", this.seen);
    this.#until = undefined;
    this.seen = Math.max(this.seen, (this.#live ?? 0) - 1);
  }

  #take(messages: readonly Message[], first: number): void {
    for (const [i, message] of messages.entries()) {
      this.#expect(message.seq === first + i, `${first + i}`, message.seq);
      this.#checker.see(message);
    }
  }

  #add(users: readonly User[]): void {
    for (const { id, name } of users) this.members.set(id, name);
  }

  #expect(holds: boolean, expected: string, received: unknown): void {
    if (holds) return;
    throw new Error(`Of ${this.#room}: expected ${expected}, received ${Deno.inspect(received)}`);
  }
}
