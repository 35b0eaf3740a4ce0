import type { Message } from "../../protocol/mod.ts";

/**
 * The messages of a room that are here: a stretch without holes. What comes from beyond its end waits until
 * what lies between has come, too.
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

  /** Takes messages that are newer or known. Those that were appended. */
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

  /** Takes the messages right before the first here, and none that would leave a hole. How many they were. */
  prepend(messages: readonly Message[], hasOlder: boolean): number {
    const { first } = this;
    const older = messages.filter(({ seq }) => first !== undefined && seq < first);
    if (messages.length > 0 && older.at(-1)?.seq !== (first ?? 0) - 1) return 0;
    this.#messages = [...older, ...this.#messages];
    this.hasOlder = hasOlder;
    return older.length;
  }

  /** The place of a `seq` among {@linkcode messages}, or -1. */
  indexOf(seq: number): number {
    const first = this.first;
    if (first === undefined || seq < first || seq > (this.last ?? -1)) return -1;
    return seq - first;
  }

  #catchUp(): void {
    for (const seq of [...this.#ahead.keys()].sort((a, b) => a - b)) {
      const last = this.last;
      if (last !== undefined && seq > last + 1) return;
      const message = this.#ahead.get(seq);
      this.#ahead.delete(seq);
      if (message && (last === undefined || seq === last + 1)) this.#messages.push(message);
    }
  }
}
