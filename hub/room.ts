import { type Format, type Frame, frameOfLine, framesOfMessages } from "./frames.ts";
import { Presence } from "./presence_changes.ts";
import type { Message, PresenceLine, ServerLine, User } from "../protocol/mod.ts";
import type { SharedPresence, SharedPresenceChange } from "./shared_presence.ts";

/** What a room and the hub know of a client. */
export interface Subscriber {
  readonly format: Format;
  /** Who it is, under the name of this moment. */
  readonly user: User;
  /** Queues the frames of a turn; false when the client's buffer is full. Never waits, never throws. */
  offer(frames: readonly Frame[]): boolean;
  /** Queues the answer to a command; its size alone never makes it false. */
  reply(line: ServerLine): boolean;
  /** Ends the connection at once, because the client could not keep up. */
  drop(): void;
  /** Writes what is queued, then ends the connection, because the hub is going away. */
  drain(): void;
  /** Ends the outbox of a client that left. */
  release(): void;
}

/** How often one person's typing is passed on, in ms. */
const TYPING_MS = 1000;

/** How many messages may wait for a member whose history is still being read. */
const PENDING_MESSAGES = 50_000;

interface Membership {
  /** The lowest `seq` that is sent to it live; what is below, its `joined` had. */
  from: number;
  /** The messages since its `join`, until its history is read. */
  pending: Message[] | undefined;
  /** When its typing may be passed on again. */
  typingAt: number;
}

/** A room that somebody is in: the members who are connected here, and what each has been told. */
export class Room {
  readonly name: string;
  /** The newest `seq` known here. */
  last = 0;
  /** When the newest message known here was sent, in ms since 1970. */
  at = 0;
  readonly #members = new Map<Subscriber, Membership>();
  /** How many of them are a person's. */
  readonly #connections = new Map<string, number>();
  readonly #everyone: SharedPresence;
  readonly #presence: Presence;

  /**
   * @param everyone knows who is in the room, here and on other servers.
   * @param due is called when it is time to send {@linkcode news} to all members.
   */
  constructor(name: string, everyone: SharedPresence, due: (room: Room) => void) {
    this.name = name;
    this.#everyone = everyone;
    this.#presence = new Presence(() => everyone.members(name), () => due(this));
  }

  /** How many connections are in the room. */
  get size(): number {
    return this.#members.size;
  }

  /** How many people are in the room, on all servers. */
  get count(): number {
    return this.#presence.count;
  }

  /** Somebody came or left, here or on another server. */
  notice({ type, user }: SharedPresenceChange & { type: "joined" | "left" }): void {
    this.#presence[type](user);
  }

  /** Who came and left since it was told last, if there is anything to tell. */
  news(): PresenceLine | undefined {
    const change = this.#presence.tell();
    return change && { type: "presence", room: this.name, ...change, count: this.count };
  }

  /** Some of the people in the room, for a member, who is told of changes from here on. */
  show(client: Subscriber): User[] {
    return this.#presence.show(client.user);
  }

  has(client: Subscriber): boolean {
    return this.#members.has(client);
  }

  /** Whether a client gets the message at `seq` with the others, now or when it is welcome. */
  tells(client: Subscriber, seq: number): boolean {
    const member = this.#members.get(client);
    return member !== undefined && (member.pending !== undefined || member.from <= seq);
  }

  /**
   * Makes `client` a member, or one again, that waits for its history: until {@linkcode welcome}
   * messages are kept for it.
   */
  add(client: Subscriber): void {
    if (!this.#members.has(client)) this.#count(client, 1);
    this.#members.set(client, { from: Infinity, pending: [], typingAt: 0 });
  }

  remove(client: Subscriber): void {
    if (this.#members.delete(client)) this.#count(client, -1);
  }

  #count({ user }: Subscriber, change: 1 | -1): void {
    const was = this.#connections.get(user.id) ?? 0;
    this.#connections.set(user.id, was + change);
    if (was === 0) this.#everyone.join(this.name, user);
    if (was + change > 0) return;
    this.#connections.delete(user.id);
    this.#everyone.leave(this.name, user.id);
  }

  /** Stops telling anything. */
  close(): void {
    this.#presence.close();
  }

  /**
   * Lets a member have messages live, behind the history up to `last` that it has just been given.
   * False when its buffer is full.
   */
  welcome(client: Subscriber, last: number): boolean {
    const member = this.#members.get(client);
    if (member?.pending === undefined) return true;
    const missed = member.pending.filter(({ seq }) => seq > last);
    member.pending = undefined;
    member.from = last + 1;
    return missed.length === 0 || client.offer(framesOfMessages(missed, client.format));
  }

  /** Sends messages to all members; `messages` ascend. Returns those whose buffer is full. */
  deliver(messages: readonly Message[]): Subscriber[] {
    const [first, newest] = [messages[0], messages.at(-1)];
    if (first === undefined || newest === undefined) return [];
    this.last = Math.max(this.last, newest.seq);
    this.at = newest.at;
    const frames: Partial<Record<Format, Frame[]>> = {};
    const full: Subscriber[] = [];
    for (const [client, member] of this.#members) {
      if (member.pending !== undefined) {
        member.pending.push(...messages);
        if (member.pending.length > PENDING_MESSAGES) full.push(client);
      } else if (member.from <= first.seq) {
        const own = frames[client.format] ??= framesOfMessages(messages, client.format);
        if (!client.offer(own)) full.push(client);
      } else {
        // It joined after these were stored and before they came here: its history has some of them.
        const missed = messages.filter(({ seq }) => seq >= member.from);
        if (missed.length > 0 && !client.offer(framesOfMessages(missed, client.format))) {
          full.push(client);
        }
      }
    }
    return full;
  }

  /** Sends a line to all members but those of the person `except`. Returns those with a full buffer. */
  send(line: ServerLine, except?: User): Subscriber[] {
    const frame = frameOfLine(line, "json");
    if (frame === undefined) return [];
    const frames = [frame];
    return this.members()
      .filter((client) => client.format === "json" && client.user.id !== except?.id)
      .filter((client) => !client.offer(frames))
      .toArray();
  }

  members(): IteratorObject<Subscriber> {
    return this.#members.keys();
  }

  /** Whether the typing of a member is to be passed on; `now` in ms. */
  mayTell(client: Subscriber, now: number): boolean {
    const member = this.#members.get(client);
    if (member === undefined || now < member.typingAt) return false;
    member.typingAt = now + TYPING_MS;
    return true;
  }
}
