/**
 * A crowd of clients in some rooms of one chat, on one server or several, who must agree on all
 * messages.
 *
 * @module
 */
import { ReconnectingClient, type ReconnectingClientOptions } from "./reconnecting_client.ts";
import { type AnsweredChange, PIN } from "./pending_changes.ts";
import { pick } from "./random.ts";
import { Waiter } from "./waiter.ts";
import { DeliveryChecker } from "./delivery_checker.ts";
import { ulid } from "../lib/std.ts";

/** The options of a {@linkcode TestCrowd}. */
export interface CrowdOptions
  extends Pick<ReconnectingClientOptions, "rooms" | "random" | "port" | "retryMs"> {
  size: number;
}

/** The load of each client. */
export interface Load {
  readonly messages: number;
  readonly changes?: number;
}

/** The texts are mostly short. */
const LONG = 0.02;
const LONG_LENGTH = 4000;
const SHORT_LENGTH = 200;
/** The shares of changes that are edits and deletions; the others are reactions. */
const EDITS = 0.4;
const DELETIONS = 0.1;
/** The share of messages that reply to others, of those that are changed. */
const REPLIES = 0.2;
/** The share of pins among the changes of a moderator. */
const PINS = 0.3;
/** Reactions are to one of so many newest messages of a room, so that many are to the same. */
const NEWEST = 30;
/** The emoji of their reactions. */
export const EMOJI: readonly string[] = ["👍", "❤️", "🎉"];

/** A crowd of clients. Disposing ends them. */
export class TestCrowd implements AsyncDisposable {
  readonly clients: ReconnectingClient[] = [];
  /** Checks everything that all of them receive. */
  readonly checker = new DeliveryChecker();
  readonly #options: CrowdOptions;
  readonly #waiter = new Waiter();
  readonly #failure = Promise.withResolvers<never>();
  #load: Load = { messages: 0 };
  #edits = 0;

  constructor(options: CrowdOptions) {
    this.#options = options;
    // It is looked at in each race; this keeps it quiet between them.
    this.#failure.promise.catch(() => {});
    for (let i = 0; i < options.size; i++) this.add(`person ${i}`);
  }

  /** Adds a client, which has yet to connect. */
  add(name: string): ReconnectingClient {
    const { rooms, random, port, retryMs } = this.#options;
    const client = new ReconnectingClient({
      ...{ name, rooms, random, port, retryMs, checker: this.checker },
      onLines: (client) => {
        this.#fill(client);
        this.#waiter.check();
      },
      onFailure: this.#failure.reject,
    });
    this.clients.push(client);
    return client;
  }

  /** Resolves when every client is in all rooms. */
  async connect(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.connect()));
    await this.until(() => this.#views.every(([, { inside }]) => inside));
  }

  /** Keeps so many messages, and changes, of each client in flight from now on; 0 ends it. */
  keepSending(messages: number, changes = 0): void {
    this.#load = { messages, changes };
    for (const client of this.clients) this.#fill(client);
  }

  #fill(client: ReconnectingClient): void {
    const { random, rooms } = this.#options;
    const { messages, changes = 0 } = this.#load;
    while (client.unconfirmed.size < messages) {
      const room = pick(random, rooms);
      const re = changes > 0 && random() < REPLIES ? this.#recent(client, room) : undefined;
      client.send(room, this.#text(), re);
    }
    // A change that can't be made now is none: then others come with the next line.
    for (let free = changes - client.changes.size; free > 0; free--) {
      const command = this.#change(client);
      if (command !== undefined && client.changes.isFree(command)) client.change(command);
    }
  }

  #text(): string {
    const { random } = this.#options;
    const length = random() < LONG ? LONG_LENGTH : random() * SHORT_LENGTH;
    return `line\n${"x".repeat(length)} 🦊`;
  }

  /** A random change, unless there is nothing to be changed yet. */
  #change(client: ReconnectingClient): AnsweredChange | undefined {
    const { random, rooms } = this.#options;
    const id = ulid();
    const what = random();
    const moderated = [...client.moderated];
    if (moderated.length > 0 && random() < PINS) {
      const room = pick(random, moderated);
      const seq = this.#recent(client, room);
      if (seq === undefined) return undefined;
      return { type: "pin", room, seq, on: !client.changes.hasReacted(room, seq, PIN), id };
    }
    if (what < EDITS + DELETIONS) {
      if (client.stored.length === 0) return undefined;
      const target = { ...pick(random, client.stored), id };
      if (what < DELETIONS) return { type: "delete", ...target };
      return { type: "edit", ...target, text: `edit ${this.#edits++}: ${this.#text()}` };
    }
    const room = pick(random, rooms);
    const seq = this.#recent(client, room);
    if (seq === undefined) return undefined;
    const emoji = pick(random, EMOJI);
    const on = !client.changes.hasReacted(room, seq, emoji);
    return { type: "react", room, seq, emoji, on, id };
  }

  /** One of the newest messages of a room that a client has seen, if there are some. */
  #recent(client: ReconnectingClient, room: string): number | undefined {
    const seq = (client.views.get(room)?.seen ?? 0) - Math.floor(this.#options.random() * NEWEST);
    return seq < 1 ? undefined : seq;
  }

  /** Every client sends one message in every room. */
  send(text: string): void {
    for (const client of this.clients) {
      for (const room of this.#options.rooms) client.send(room, text);
    }
  }

  /** Every client sends again what is not known to be stored. */
  resend(): void {
    for (const client of this.clients) client.resend();
  }

  /** Whether every client knows of each of its messages whether it was stored. */
  get settled(): boolean {
    return this.clients.every(({ unconfirmed, refused }) => unconfirmed.size === refused.size);
  }

  /** Whether every client has had a message refused. */
  get refused(): boolean {
    return this.clients.every(({ refused }) => refused.size > 0);
  }

  /** Whether all messages are stored and all changes answered, and everyone has seen them. */
  get agreed(): boolean {
    return this.clients.every(({ unconfirmed, changes }) =>
      unconfirmed.size === 0 && changes.size === 0
    ) && this.#views.every(([, view]) => view.current && view.complete);
  }

  /** The numbers of messages and changes that their people know to be stored. */
  get progress(): { readonly messages: number; readonly changes: number } {
    return {
      messages: this.clients.reduce((sum, { stored }) => sum + stored.length, 0),
      changes: this.clients.reduce((sum, { changes }) => sum + changes.applied, 0),
    };
  }

  /** The number of all connections so far. */
  get connections(): number {
    return this.clients.reduce((sum, { connections }) => sum + connections, 0);
  }

  /** Every message, with the text that it was sent with. */
  get sent(): { room: string; author: string; id: string; text: string; re?: number }[] {
    return this.clients.flatMap((client) =>
      [...client.sent].map(([id, sent]) => ({ ...sent, author: client.id, id }))
    );
  }

  get #views() {
    return this.clients.flatMap(({ views }) => [...views]);
  }

  /**
   * Resolves when the messages in flight now are stored, and every client has seen what is stored
   * by then.
   */
  async caughtUp(patience?: number): Promise<void> {
    const open = this.clients.map(({ unconfirmed }) => [...unconfirmed.keys()]);
    await this.until(
      () => this.clients.every(({ unconfirmed }, i) => !open[i]?.some((id) => unconfirmed.has(id))),
      patience,
    );
    const sizes = new Map(this.#options.rooms.map((room) => [room, this.checker.size(room)]));
    await this.until(
      () => this.#views.every(([room, { seen }]) => seen >= (sizes.get(room) ?? 0)),
      patience,
    );
  }

  /**
   * Resolves when the condition holds; rejects when that takes too long, or a promise is broken.
   */
  async until(condition: () => boolean, patience?: number): Promise<void> {
    await this.unbroken(this.#waiter.until(condition, patience));
  }

  /**
   * Waits for a promise, but rejects as soon as a client sees that the server broke one of its own
   * promises.
   */
  unbroken<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.#failure.promise]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.clients.map((client) => client.stop()));
  }
}
