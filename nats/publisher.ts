/**
 * Publishing drafts to JetStream, and what becomes of each.
 *
 * @module
 */
import { createInbox } from "@nats-io/transport-node";
import type { Msg, Subscription } from "@nats-io/transport-node";
import { type Flight, Flights } from "./in_flight.ts";
import type { Draft, Entry } from "../hub/message_log.ts";
import type { Nats } from "./connection.ts";
import type { Message } from "../protocol/mod.ts";
import type { RoomStreams } from "./room_streams.ts";
import { deadline } from "../lib/std.ts";

/** What a {@linkcode Publisher} needs from outside. */
export interface PublisherOptions<Origin> {
  readonly streams: RoomStreams;
  /** Writes something, to see whether JetStream can. */
  readonly probe: () => Promise<unknown>;
  /** Takes the outcomes that {@linkcode Publisher.arrived} does not give: "duplicate" and "failed". */
  readonly tell: (entry: Entry<Origin>) => void;
  /** A room has a message with this `seq`, which is yet to arrive; false if it has. */
  readonly expect: (room: string, seq: number) => boolean;
}

/** A draft that was published has this long to come back; and at the end, this long. */
const PUBLISH_TIMEOUT_MS = 5000;
const FINISH_TIMEOUT_MS = 1000;
/** How many streams are made at once: more of them gain nothing, and each would take longer. */
const MAKING_AT_ONCE = 16;
/** Between two looks at what has waited for too long. */
const TIMEOUT_CHECK_MS = 250;
/** Between two looks at whether a JetStream that failed can be written again. */
const PROBE_INTERVAL_MS = 1000;

/** JetStream's way to say that the subject, and so the id, has its message. */
const REFUSED = "maximum messages per subject exceeded";

/**
 * Publishes drafts, many at a time, in their order, and makes a room's stream before the first.
 *
 * Nothing is published twice: a draft whose publishing failed is the sender's to repeat, because by
 * then later ones of the same sender may be stored.
 */
export class Publisher<Origin> implements Disposable {
  readonly #nats: Nats;
  readonly #options: PublisherOptions<Origin>;
  readonly #streams: RoomStreams;
  readonly #flights = new Flights<Origin>();
  /** The rooms that have a stream, as far as is known. */
  readonly #made = new Set<string>();
  /** The tokens of what is to be published once a room has its stream. */
  readonly #waiting = new Map<string, number[]>();
  /** Those of them whose stream is being made. */
  readonly #making = new Set<string>();
  readonly #inbox = createInbox();
  readonly #answers: Subscription;
  readonly #lateTimer: ReturnType<typeof setInterval>;
  #probeTimer: ReturnType<typeof setTimeout> | undefined;
  #broken = false;
  #closed = false;

  constructor(nats: Nats, options: PublisherOptions<Origin>) {
    this.#nats = nats;
    this.#options = options;
    this.#streams = options.streams;
    this.#answers = nats.connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => error ? undefined : this.#acknowledged(message),
    });
    this.#lateTimer = setInterval(() => this.#failLate(), TIMEOUT_CHECK_MS);
  }

  /** Whether JetStream did not take what was published, and has taken nothing since. */
  get broken(): boolean {
    return this.#broken;
  }

  append(drafts: readonly Draft<Origin>[]): void {
    if (!this.#nats.connected || this.#closed) {
      const error = new Error("Cannot store messages: NATS is lost");
      for (const draft of drafts) this.#options.tell({ type: "failed", draft, error });
      return;
    }
    const deadline = performance.now() + PUBLISH_TIMEOUT_MS;
    for (const draft of drafts) {
      try {
        const subject = this.#streams.subject(draft);
        const payload = this.#streams.payload(draft);
        this.#launch(this.#flights.add({ draft, subject, payload, deadline }));
      } catch (thrown) {
        this.#options.tell({ type: "failed", draft, error: toError(thrown) });
      }
    }
  }

  #launch(flight: Flight<Origin>): void {
    const { room } = flight.draft;
    const waiting = this.#waiting.get(room);
    // Also if another server has made it meanwhile: those before it come first.
    if (waiting) waiting.push(flight.token);
    else if (this.#made.has(room)) this.#publish(flight);
    else {
      this.#waiting.set(room, [flight.token]);
      this.#makeMore();
    }
  }

  /** Makes streams for the rooms that wait, a few at a time, so that NATS answers each soon. */
  #makeMore(): void {
    for (const room of this.#waiting.keys()) {
      if (this.#making.size >= MAKING_AT_ONCE) return;
      if (!this.#making.has(room)) void this.#make(room);
    }
  }

  #publish({ subject, payload, token }: Flight<Origin>): void {
    this.#nats.connection.publish(subject, payload, { reply: `${this.#inbox}.${token}` });
  }

  async #make(room: string): Promise<void> {
    this.#making.add(room);
    let failure: unknown;
    try {
      if (!this.#made.has(room)) await this.#nats.ask(() => this.#streams.make(room));
      this.#made.add(room);
    } catch (error) {
      failure = error;
    }
    const waiting = this.#waiting.get(room) ?? [];
    this.#waiting.delete(room);
    this.#making.delete(room);
    for (const token of waiting) {
      const flight = this.#flights.get(token);
      if (!flight) continue;
      if (this.#made.has(room)) this.#publish(flight);
      else this.#fail(flight, toError(failure));
    }
    this.#makeMore();
  }

  /** A room is known to have a stream. */
  made(room: string): void {
    this.#made.add(room);
  }

  /** What a message that has arrived says, and to whom, if it was a draft of this server. */
  arrived(message: Message): Entry<Origin> {
    const flight = this.#flights.first(message);
    if (!flight) return { type: "message", message };
    this.#flights.end(flight);
    this.#broken = false;
    return { type: "message", message, origin: flight.draft.origin };
  }

  /** JetStream's answer. That a message was stored is mostly known by then, since it has arrived. */
  #acknowledged(answer: Msg): void {
    const flight = this.#flights.get(Number(answer.subject.slice(this.#inbox.length + 1)));
    if (!flight) return;
    const { room } = flight.draft;
    const { seq, error } = parseAcknowledgement(answer);
    if (error === REFUSED) return void this.#tellOriginal(flight);
    if (seq === undefined) {
      // Whoever writes next finds out whether the stream is there, and makes it anew if not.
      if (answer.headers?.code === 503) this.#made.delete(room);
      this.#fail(flight, new Error(`Cannot store messages: JetStream says ${error}`));
      return this.#suspect();
    }
    if (!this.#options.expect(room, seq)) void this.#tellOriginal(flight);
  }

  /** Tells the sender of an id that has its message which one that is. */
  async #tellOriginal(flight: Flight<Origin>): Promise<void> {
    const { draft, token } = flight;
    try {
      const message = await this.#streams.find(draft);
      if (!this.#flights.get(token)) return;
      if (!message) {
        throw new Error("Cannot store a message: its id's former message was just deleted");
      }
      // Not heard of yet: then it comes out as a message, with this sender's origin.
      if (this.#options.expect(draft.room, message.seq)) return;
      this.#settle(flight, { type: "duplicate", message, origin: draft.origin });
    } catch (thrown) {
      this.#fail(flight, toError(thrown));
    }
  }

  /** Lets all that is under way fail. */
  failAll(error: Error): void {
    for (const flight of this.#flights.late(Infinity)) this.#fail(flight, error);
  }

  #fail(flight: Flight<Origin>, error: Error): void {
    this.#settle(flight, { type: "failed", draft: flight.draft, error });
  }

  #settle(flight: Flight<Origin>, entry: Entry<Origin>): void {
    if (this.#flights.end(flight)) this.#options.tell(entry);
  }

  #failLate(): void {
    for (const flight of this.#flights.late(performance.now())) {
      this.#fail(flight, new Error("Cannot store messages: JetStream did not answer in time"));
      this.#suspect();
    }
  }

  /** JetStream is taken for broken until it can be written. */
  #suspect(): void {
    if (!this.#broken) this.#probeLater();
    this.#broken = true;
  }

  #probeLater(): void {
    clearTimeout(this.#probeTimer);
    this.#probeTimer = setTimeout(async () => {
      try {
        if (this.#broken) await this.#options.probe();
        this.#broken = false;
      } catch {
        if (!this.#closed) this.#probeLater();
      }
    }, PROBE_INTERVAL_MS);
  }

  /** Waits a little for what is under way, and lets the rest fail. */
  async finish(): Promise<void> {
    await deadline(this.#flights.ended(), FINISH_TIMEOUT_MS).catch(() => {});
    this.failAll(new Error("Cannot store messages: the server ended meanwhile"));
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#answers.unsubscribe();
    clearInterval(this.#lateTimer);
    clearTimeout(this.#probeTimer);
  }
}

function parseAcknowledgement(answer: Msg): { seq?: number; error?: string } {
  if (answer.headers?.code === 503) return { error: "there is no such stream" };
  try {
    const { seq, error } = answer.json<{ seq?: unknown; error?: { description?: unknown } }>();
    if (error) return { error: String(error.description) };
    if (typeof seq === "number") return { seq };
  } catch {
    // It is no answer of JetStream's.
  }
  return { error: "something that is no answer" };
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
