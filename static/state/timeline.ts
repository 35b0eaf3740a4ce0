import type { Message } from "../../protocol/mod.ts";

/**
 * The messages of a room that are here, as the server has them: without holes, but for messages that the
 * server itself lacks. A live message beyond the end waits until the messages between are here.
 */
export class Timeline {
  #messages: Message[] = [];
  readonly #ahead = new Map<number, Message>();
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

  /** Begins anew with a stretch of messages. */
  replace(messages: readonly Message[], hasOlder: boolean): void {
    this.#messages = [...messages];
    this.hasOlder = hasOlder;
    // All that came before this stretch was asked for is in it.
    this.#ahead.clear();
  }

  /** Takes live messages that are newer or known. Returns those that were appended. */
  append(messages: readonly Message[]): Message[] {
    const before = this.#messages.length;
    for (const message of messages) {
      const last = this.last;
      if (last === undefined || message.seq === last + 1) this.#messages.push(message);
      else if (message.seq > last) this.#ahead.set(message.seq, message);
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
      if (message.seq > (this.last ?? -1)) this.#messages.push(message);
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
    const older = messages.filter(({ seq }) => seq < first);
    this.#messages = [...older, ...this.#messages];
    // An answer without messages promises none: asking again would bring the same.
    this.hasOlder = hasOlder && older.length > 0;
    return older.length;
  }

  /** Whether the message of a `seq` is here. */
  has(seq: number): boolean {
    return this.#messages[this.indexOf(seq)]?.seq === seq;
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

  #catchUp(overHoles = false): void {
    for (const seq of [...this.#ahead.keys()].sort((a, b) => a - b)) {
      const last = this.last;
      if (last !== undefined && seq > last + 1 && !overHoles) return;
      const message = this.#ahead.get(seq);
      this.#ahead.delete(seq);
      if (message && (last === undefined || seq > last)) this.#messages.push(message);
    }
  }
}
