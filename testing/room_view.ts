/**
 * A room as one client knows it.
 *
 * @module
 */
import type {
  ChangedLine,
  ChangesLine,
  DeletedLine,
  HistoryLine,
  JoinedLine,
  Message,
  PresenceLine,
  User,
} from "../protocol/mod.ts";
import type { DeliveryChecker } from "./delivery_checker.ts";

/** From where a `join` asked to resume. */
export interface Resumed {
  readonly after?: number | undefined;
  readonly rev?: number | undefined;
}

/**
 * The state of one room as one client knows it. It receives every line about the room in the order
 * of arrival, and throws an `Error` at the first one that breaks a promise.
 */
export class RoomView {
  /** All up to this `seq` was seen: where to resume. */
  seen = 0;
  /** All changes up to this `rev` were seen, as far as they concern messages up to {@linkcode seen}. */
  rev = 0;
  /** The people in the room, by id, under their names. */
  readonly members = new Map<string, string>();
  readonly #checker: DeliveryChecker;
  readonly #room: string;
  /** The `rev` of each message that it holds, by `seq`: of two states of one, the later one counts. */
  readonly #revs = new Map<number, number>();
  /** The sum of them. */
  #sum = 0;
  /** The `seq` of the next live message; undefined outside of the room. */
  #live: number | undefined;
  /** The end of what has to be asked for, while it is. */
  #until: number | undefined;
  /** The `rev` that the answer to `join` ended at, while changes before it have to be asked for. */
  #changedUntil: number | undefined;
  /** Everything up to this `rev` was sent live, or before that. */
  #told = 0;

  constructor(checker: DeliveryChecker, room: string) {
    this.#checker = checker;
    this.#room = room;
  }

  /** Whether live messages come. */
  get inside(): boolean {
    return this.#live !== undefined;
  }

  /** Whether no message has to be asked for. */
  get hasAll(): boolean {
    return this.inside && this.#until === undefined;
  }

  /** Whether no change has to be asked for. */
  get hasAllChanges(): boolean {
    return this.inside && this.#changedUntil === undefined;
  }

  /** Whether neither messages nor changes have to be asked for. */
  get current(): boolean {
    return this.hasAll && this.hasAllChanges;
  }

  /** Whether it holds the newest state that anybody has seen of each of its messages. */
  get present(): boolean {
    return this.#revs.entries().every(([seq, rev]) => rev === this.#checker.rev(this.#room, seq));
  }

  /** Whether it holds every message that anybody has seen, each in its newest state. */
  get complete(): boolean {
    return this.#revs.size === this.#checker.size(this.#room) &&
      this.#sum === this.#checker.revs(this.#room);
  }

  /** The room was entered, or entered again; `resumed` is what the `join` had. */
  enter(line: JoinedLine, { after, rev }: Resumed = {}): void {
    const { last, messages, more } = line;
    this.members.clear();
    this.#add(line.members);
    this.#expect(this.members.size === line.count, `${line.count} members`, line.members);
    this.#live = last + 1;
    this.#until = undefined;
    this.#changedUntil = undefined;
    this.#forget(after ?? 0);
    this.#resumeChanges(line, after, rev);
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

  /** The answer to a `changes` after {@linkcode rev}. */
  extendChanges({ messages, rev, more }: ChangesLine): void {
    if (this.#changedUntil !== undefined) this.#goOnChanging(messages, rev, more);
  }

  /** The room was left, or the connection has ended. */
  leave(): void {
    this.#live = undefined;
    this.#until = undefined;
    this.#changedUntil = undefined;
    this.members.clear();
  }

  /** Whether a message came live; else it can only be an answer to its sender. */
  receive(message: Message): boolean {
    this.#checker.see(message);
    if (this.#live === undefined || message.seq < this.#live) {
      if (this.#revs.has(message.seq)) this.#hold(message);
      return false;
    }
    this.#expect(message.seq === this.#live, `${this.#live}`, message.seq);
    this.#live++;
    this.#hold(message);
    if (this.#until === undefined) this.seen = Math.max(this.seen, message.seq);
    return true;
  }

  /** A message has changed. */
  change({ message, rev }: ChangedLine): void {
    this.#expect(message.rev !== undefined, "a rev", message);
    // History brings messages that it does not hold in their present state.
    if (this.#revs.has(message.seq)) this.#hold(message);
    else this.#checker.see(message);
    if (rev === undefined) return;
    this.#expect(this.inside, "no changes from outside", message);
    // A client that joins may receive recent changes once more.
    this.#told = Math.max(this.#told, rev);
    if (this.#changedUntil === undefined) this.rev = Math.max(this.rev, rev);
  }

  /** Several messages were deleted. */
  delete({ messages, deleted, rev }: DeletedLine): void {
    this.#expect(this.inside, "no deletions from outside", messages);
    this.#expect(messages.at(-1)?.[1] === rev, `changes up to ${rev}`, messages);
    let before = 0;
    for (const [seq, rev] of messages) {
      this.#expect(rev > before, `changes after ${before}`, rev);
      before = rev;
      this.#checker.seeDeleted({ room: this.#room, seq, rev, deleted });
      if (this.#revs.has(seq)) this.#note(seq, rev);
    }
    this.#told = Math.max(this.#told, rev);
    if (this.#changedUntil === undefined) this.rev = Math.max(this.rev, rev);
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

  /** Takes the changes out of the answer to `join`. */
  #resumeChanges(line: JoinedLine, after: number | undefined, asked: number | undefined): void {
    const { rev, changed = [], moreChanged = false } = line;
    this.#told = rev;
    if (asked === undefined) {
      this.#expect(changed.length === 0 && !moreChanged, "no changes", changed);
      this.rev = rev;
      return;
    }
    this.#expect(changed.every(({ seq }) => seq <= (after ?? 0)), `up to ${after}`, changed);
    this.rev = asked;
    this.#changedUntil = rev;
    if (moreChanged && changed.length === 0) return;
    this.#goOnChanging(changed, moreChanged ? changed.at(-1)?.rev ?? 0 : rev, moreChanged);
  }

  #goOnChanging(messages: readonly Message[], now: number, more: boolean): void {
    this.#expect(now > this.rev || !more, `changes after ${this.rev}`, now);
    for (const message of messages) {
      const { rev = 0 } = message;
      this.#expect(rev > this.rev, `changes after ${this.rev}`, rev);
      this.rev = rev;
      if (this.#revs.has(message.seq)) this.#hold(message);
      else this.#checker.see(message);
    }
    this.#expect(this.rev <= now, `changes up to ${now}`, this.rev);
    this.rev = now;
    // More may have changed since the room was entered: that comes live.
    if (more && this.rev < (this.#changedUntil ?? 0)) return;
    this.#changedUntil = undefined;
    this.rev = Math.max(this.rev, this.#told);
  }

  #take(messages: readonly Message[], first: number): void {
    for (const [i, message] of messages.entries()) {
      this.#expect(message.seq === first + i, `${first + i}`, message.seq);
      this.#hold(message);
    }
  }

  /** Keeps a message, unless it has a later state of it. */
  #hold(message: Message): void {
    this.#checker.see(message);
    this.#note(message.seq, message.rev ?? 0);
  }

  #note(seq: number, rev: number): void {
    const held = this.#revs.get(seq);
    if (held !== undefined && held >= rev) return;
    this.#revs.set(seq, rev);
    this.#sum += rev - (held ?? 0);
  }

  /** Forgets what is sent again: all after a `seq`. */
  #forget(after: number): void {
    for (const [seq, rev] of this.#revs) {
      if (seq <= after) continue;
      this.#revs.delete(seq);
      this.#sum -= rev;
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
