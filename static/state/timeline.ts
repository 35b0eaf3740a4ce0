import type { Deleter, Message, User } from "../../protocol/mod.ts";

/** More changes of messages that aren't here than arrive while an answer is under way. */
const CHANGED_KEPT = 1_000;

/** The remaining data of a deleted message. */
export interface DeletedState {
  readonly seq: number;
  readonly rev: number;
  readonly deleted: Deleter;
}

/**
 * The messages of a room that are here, as the server has them: without holes, but for messages that the
 * server itself lacks. A live message beyond the end waits until the messages between are here.
 */
export class Timeline {
  #messages: Message[] = [];
  /** By author, the `seq` of their newest message here. */
  readonly #newest = new Map<string, number>();
  readonly #ahead = new Map<number, Message>();
  /** The states of messages that were changed while they weren't here; what is asked for may be older. */
  readonly #changed = new Map<number, Message | DeletedState>();
  /** Whether the room has older messages than the first here. */
  hasOlder = false;

  /** Ascending. */
  get messages(): readonly Message[] {
    return this.#messages;
  }

  /** The `seq` of the first message here, or `undefined` without any. */
  get first(): number | undefined {
    return this.#messages[0]?.seq;
  }

  /** The `seq` of the last message here, or `undefined` without any. */
  get last(): number | undefined {
    return this.#messages.at(-1)?.seq;
  }

  /** The message of a `seq`, if it is here. */
  get(seq: number): Message | undefined {
    const message = this.#messages[this.indexOf(seq)];
    return message?.seq === seq ? message : undefined;
  }

  /** The author of this id, as their newest message here has them. */
  author(id: string): User | undefined {
    return this.get(this.#newest.get(id) ?? 0)?.user;
  }

  /**
   * Takes the state of a message that was changed, unless a newer one is here. Returns the message that it replaces.
   */
  change(message: Message): Message | undefined {
    const { seq } = message;
    const index = this.indexOf(seq);
    const here = this.#messages[index];
    if (here?.seq === seq) {
      if (newer(here, message) === here) return undefined;
      this.#messages[index] = message;
      return here;
    }
    const ahead = this.#ahead.get(seq);
    if (ahead) this.#ahead.set(seq, newer(ahead, message));
    else this.#keep(message);
    return undefined;
  }

  /** Takes that a message was deleted; as {@linkcode change}. */
  delete(state: DeletedState): Message | undefined {
    const { seq } = state;
    const here = this.get(seq) ?? this.#ahead.get(seq);
    if (here) return this.change(deletedMessage(here, state));
    this.#keep(state);
    return undefined;
  }

  #keep(state: Message | DeletedState): void {
    const { seq } = state;
    const kept = this.#changed.get(seq);
    if (kept === undefined || (state.rev ?? 0) > (kept.rev ?? 0)) this.#changed.set(seq, state);
    const [oldest] = this.#changed.keys();
    if (oldest !== undefined && this.#changed.size > CHANGED_KEPT) this.#changed.delete(oldest);
  }

  /** Forgets the changes of messages that aren't here: those of another history have the same numbers. */
  forgetChanges(): void {
    this.#changed.clear();
  }

  /** Begins anew with a stretch of messages. */
  replace(messages: readonly Message[], hasOlder: boolean): void {
    this.#newest.clear();
    this.#messages = messages.map((message) => this.#take(message));
    this.hasOlder = hasOlder;
    // All that came before this stretch was asked for is in it.
    this.#ahead.clear();
  }

  /** Takes live messages that are newer or known. Returns those that were appended. */
  append(messages: readonly Message[]): Message[] {
    const before = this.#messages.length;
    for (const message of messages) {
      const last = this.last;
      if (last === undefined || message.seq === last + 1) {
        this.#messages.push(this.#take(message));
      } else if (message.seq > last) this.#ahead.set(message.seq, this.latest(message));
    }
    this.#catchUp();
    return this.#messages.slice(before);
  }

  /**
   * Takes the server's answer for the messages after a `seq`. Messages that are missing in it are missing on
   * the server. Returns those that were appended.
   *
   * @param more whether the server has more of them
   */
  extend(messages: readonly Message[], after: number, more: boolean): Message[] {
    const { last } = this;
    // Meanwhile it may have begun afresh.
    if (last !== undefined && last < after) return [];
    const before = this.#messages.length;
    for (const message of messages) {
      if (message.seq > (this.last ?? -1)) this.#messages.push(this.#take(message));
    }
    // The server has nothing between the end here and what is ahead.
    const isAll = !more || this.#messages.length === before;
    this.#catchUp(isAll);
    return this.#messages.slice(before);
  }

  /**
   * Takes the server's answer for the messages before a `seq`. Returns their number; it is 0 for an answer
   * to a question from before the messages here.
   */
  prepend(messages: readonly Message[], hasOlder: boolean, before: number): number {
    const { first } = this;
    if (first !== before) return 0;
    const older = messages.filter(({ seq }) => seq < first)
      .map((message) => this.#take(message));
    this.#messages = [...older, ...this.#messages];
    // An answer without messages promises none: asking again would bring the same.
    this.hasOlder = hasOlder && older.length > 0;
    return older.length;
  }

  /** Whether the message of a `seq` is here. */
  has(seq: number): boolean {
    return this.get(seq) !== undefined;
  }

  /** The place among {@linkcode messages} of a `seq`, or of the next one that is not missing; or -1. */
  indexOf(seq: number): number {
    const { first, last } = this;
    if (first === undefined || last === undefined || seq < first || seq > last) return -1;
    let low = 0;
    // Without anything missing it is right here, else before.
    let high = Math.min(seq - first, this.#messages.length - 1);
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#messages[middle]?.seq ?? seq) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The newest known state of a message that is taken in. */
  latest(message: Message): Message {
    const changed = this.#changed.get(message.seq);
    if (!changed) return message;
    this.#changed.delete(message.seq);
    return newer(message, "id" in changed ? changed : deletedMessage(message, changed));
  }

  #catchUp(overHoles = false): void {
    for (const seq of [...this.#ahead.keys()].sort((a, b) => a - b)) {
      const last = this.last;
      if (last !== undefined && seq > last + 1 && !overHoles) return;
      const message = this.#ahead.get(seq);
      this.#ahead.delete(seq);
      if (message && (last === undefined || seq > last)) this.#messages.push(this.#take(message));
    }
  }

  /** The newest known state of a message that becomes one of those here. */
  #take(message: Message): Message {
    const { user, seq } = message;
    if (seq > (this.#newest.get(user.id) ?? 0)) this.#newest.set(user.id, seq);
    return this.latest(message);
  }
}

/** A message as it is when it was deleted. */
function deletedMessage({ room, seq, id, user, at }: Message, state: DeletedState): Message {
  const { deleted, rev } = state;
  return { room, seq, id, user, at, text: "", deleted, rev };
}

/** The newer of two states of a message. */
function newer(a: Message, b: Message): Message {
  return (b.rev ?? 0) > (a.rev ?? 0) ? b : a;
}
