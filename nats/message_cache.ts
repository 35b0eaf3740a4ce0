import type { Message } from "../protocol/mod.ts";

/** What a message takes in memory beside its text, about, in bytes. */
const OVERHEAD_BYTES = 400;

/**
 * The messages that came by last, of all rooms, so that the crowd which comes back after a restart
 * costs NATS one reading and not one for each of them.
 */
export class MessageCache {
  readonly #rooms = new Map<string, Map<number, Message>>();
  /** In the order in which they were added. */
  #order: Message[] = [];
  #start = 0;
  #bytes = 0;

  /** @param capacity about how many bytes of memory it may take. */
  constructor(readonly capacity: number) {}

  get(room: string, seq: number): Message | undefined {
    return this.#rooms.get(room)?.get(seq);
  }

  add(message: Message): void {
    let room = this.#rooms.get(message.room);
    if (room === undefined) this.#rooms.set(message.room, room = new Map());
    if (room.has(message.seq)) return;
    room.set(message.seq, message);
    this.#order.push(message);
    this.#bytes += weight(message);
    while (this.#bytes > this.capacity) this.#dropOldest();
  }

  clear(): void {
    this.#rooms.clear();
    this.#order = [];
    this.#start = this.#bytes = 0;
  }

  #dropOldest(): void {
    const message = this.#order[this.#start++];
    if (message === undefined) return this.clear();
    this.#bytes -= weight(message);
    const room = this.#rooms.get(message.room);
    room?.delete(message.seq);
    if (room?.size === 0) this.#rooms.delete(message.room);
    // An array forgets its beginning only by being copied: seldom enough to cost little.
    if (this.#start * 2 < this.#order.length) return;
    this.#order = this.#order.slice(this.#start);
    this.#start = 0;
  }
}

/** A text takes one or two bytes a character. */
function weight({ text }: Message): number {
  return OVERHEAD_BYTES + text.length * 2;
}
