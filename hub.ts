import { Channel, nextTurn } from "./channel.ts";

/** Text on its way to clients; one frame is shared by all who get it. */
export interface Frame {
  readonly text: string;
  /** The length of `text` in UTF-8 bytes. */
  readonly bytes: number;
}

/** What the hub knows of a client. */
export interface Subscriber {
  /** Queues a frame; false when the client's buffer is full. Never waits, never throws. */
  offer(frame: Frame): boolean;
  /** Ends the connection at once, because the client could not keep up. */
  drop(reason: DropReason): void;
  /** Writes what is queued, then ends the connection, because the hub is going away. */
  drain(): void;
  /** Ends the outbox of a client that left. */
  release(): void;
}

/** Why the hub dropped a client. */
export type DropReason = "buffer full";

type HubEvent =
  | { type: "register"; client: Subscriber }
  | { type: "unregister"; client: Subscriber }
  | { type: "broadcast"; line: string };

/** How many events may wait for one turn of the hub. */
const INBOX_EVENTS = 1 << 17;

const encoder = new TextEncoder();

/**
 * Keeps the set of registered clients and gives every message to each of them, the sender
 * included, in one order.
 *
 * Registering, unregistering and messages arrive through one channel and are handled by one loop,
 * so they have one order and the state needs no lock. All that a turn of the event loop brings is
 * handled as one batch and leaves as one frame: the busier the hub, the cheaper a message.
 */
export class Hub {
  readonly #inbox = new Channel<HubEvent>({ capacity: INBOX_EVENTS, resume: nextTurn });
  readonly #clients = new Set<Subscriber>();

  /** How many clients are registered. */
  get size(): number {
    return this.#clients.size;
  }

  /** Whether {@linkcode close} was called. */
  get closed(): boolean {
    return this.#inbox.closed;
  }

  /** Asks for every later message; false when the hub is closed or has too much waiting. */
  register(client: Subscriber): boolean {
    return this.#inbox.trySend({ type: "register", client });
  }

  /** Asks for no more messages. A client that is not registered is ignored. */
  unregister(client: Subscriber): void {
    if (this.#inbox.trySend({ type: "unregister", client })) return;
    this.#remove(client);
  }

  /** Sends a line to all; false when the hub is closed or has too much waiting. */
  broadcast(line: string): boolean {
    return this.#inbox.trySend({ type: "broadcast", line });
  }

  /** Takes no more events; {@linkcode run} handles what waits, then drains every client. */
  close(): void {
    this.#inbox.close();
  }

  /** The hub's loop. Resolves after {@linkcode close}. */
  async run(): Promise<void> {
    for await (const batch of this.#inbox.batches()) this.#handle(batch);
    for (const client of this.#clients) client.drain();
    this.#clients.clear();
  }

  #handle(batch: HubEvent[]): void {
    let lines: string[] = [];
    for (const event of batch) {
      if (event.type === "broadcast") {
        lines.push(event.line);
        continue;
      }
      this.#send(lines);
      lines = [];
      if (event.type === "register") this.#clients.add(event.client);
      else this.#remove(event.client);
    }
    this.#send(lines);
  }

  #send(lines: string[]): void {
    if (lines.length === 0 || this.#clients.size === 0) return;
    const text = lines.join("\n");
    const frame = { text, bytes: encoder.encode(text).length };
    for (const client of this.#clients) {
      if (client.offer(frame)) continue;
      this.#clients.delete(client);
      client.drop("buffer full");
    }
  }

  #remove(client: Subscriber): void {
    if (this.#clients.delete(client)) client.release();
  }
}
