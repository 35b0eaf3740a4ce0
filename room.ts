import { type Format, type Frame, frameOfLine, frameOfMessages } from "./formats.ts";
import { MEMBERS_LIMIT, type Message, type ServerLine, type User } from "./protocol.ts";

/** What a room and the hub know of a client. */
export interface Subscriber {
  readonly format: Format;
  /** Who it is, under the name of this moment. */
  readonly user: User;
  /** Queues a frame; false when the client's buffer is full. Never waits, never throws. */
  offer(frame: Frame): boolean;
  /** Queues the answer to a command; its size alone never makes it false. */
  reply(line: ServerLine): boolean;
  /** Ends the connection at once, because the client could not keep up. */
  drop(): void;
  /** Writes what is queued, then ends the connection, because the hub is going away. */
  drain(): void;
  /** Ends the outbox of a client that left. */
  release(): void;
}

/** How soon a change of who is present is told, in ms. */
const PRESENCE_MS = 200;
/** And how much later for each member, in ms, since each one has to be told. */
const PRESENCE_MS_PER_MEMBER = 1;

/** How often one person's typing is passed on, in ms. */
const TYPING_MS = 1000;

/** How many messages may wait for a member whose history is still being read. */
const PENDING_MESSAGES = 50_000;

/** That a person came or went, which the members are yet to be told. */
interface Change {
  user: User;
  here: boolean;
  /** How many members had been welcomed when it began. */
  welcomed: number;
}

interface Membership {
  /** The lowest `seq` that is sent to it live; what is below, its `joined` had. */
  from: number;
  /** The messages since its `join`, until its history is read. */
  pending: Message[] | undefined;
  /** When its typing may be passed on again. */
  typingAt: number;
}

/** A room that somebody is in: its members, the people they are, and what each has been told. */
export class Room {
  readonly name: string;
  /** The newest `seq` known here. */
  last = 0;
  /** When the newest message known here was sent, in ms since 1970. */
  at = 0;
  readonly #members = new Map<Subscriber, Membership>();
  readonly #people = new Map<string, { user: User; connections: number }>();
  readonly #tell: (room: Room, line: ServerLine) => void;
  readonly #changes = new Map<string, Change>();
  #welcomed = 0;
  #presenceTimer: ReturnType<typeof setTimeout> | undefined;

  /** `tell` sends a line to all members, some time after what it is about. */
  constructor(name: string, tell: (room: Room, line: ServerLine) => void) {
    this.name = name;
    this.#tell = tell;
  }

  /** How many connections are in the room. */
  get size(): number {
    return this.#members.size;
  }

  /** How many people are in the room. */
  get count(): number {
    return this.#people.size;
  }

  /** Some of the people in the room. */
  get people(): User[] {
    return this.#people.values().take(MEMBERS_LIMIT).map(({ user }) => user).toArray();
  }

  has(client: Subscriber): boolean {
    return this.#members.has(client);
  }

  /**
   * Makes `client` a member, or one again, that waits for its history: until {@linkcode welcome}
   * messages are kept for it.
   */
  add(client: Subscriber): void {
    if (!this.#members.has(client)) this.#enter(client.user);
    this.#members.set(client, { from: Infinity, pending: [], typingAt: 0 });
  }

  remove(client: Subscriber): void {
    if (this.#members.delete(client)) this.#exit(client.user);
  }

  /** Stops telling anything. */
  close(): void {
    clearTimeout(this.#presenceTimer);
  }

  /**
   * Lets a member have messages live, behind the history up to `last` that it has just been given.
   * False when its buffer is full.
   */
  welcome(client: Subscriber, last: number): boolean {
    // That somebody saw themselves come is no reason to tell it.
    const own = this.#changes.get(client.user.id);
    if (this.#welcomed++ === own?.welcomed) own.welcomed++;
    const member = this.#members.get(client);
    if (member?.pending === undefined) return true;
    const missed = member.pending.filter(({ seq }) => seq > last);
    member.pending = undefined;
    member.from = last + 1;
    return missed.length === 0 || client.offer(frameOfMessages(missed, client.format));
  }

  /** Sends messages to all members; `messages` ascend. Returns those whose buffer is full. */
  deliver(messages: readonly Message[]): Subscriber[] {
    const [first, newest] = [messages[0], messages.at(-1)];
    if (first === undefined || newest === undefined) return [];
    this.last = Math.max(this.last, newest.seq);
    this.at = newest.at;
    const frames: Partial<Record<Format, Frame>> = {};
    const full: Subscriber[] = [];
    for (const [client, member] of this.#members) {
      if (member.pending !== undefined) {
        member.pending.push(...messages);
        if (member.pending.length > PENDING_MESSAGES) full.push(client);
      } else if (member.from <= first.seq) {
        const frame = frames[client.format] ??= frameOfMessages(messages, client.format);
        if (!client.offer(frame)) full.push(client);
      } else {
        // It joined after these were stored and before they came here: its history has some of them.
        const missed = messages.filter(({ seq }) => seq >= member.from);
        if (missed.length > 0 && !client.offer(frameOfMessages(missed, client.format))) {
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
    return this.members()
      .filter((client) => client.format === "json" && client.user.id !== except?.id)
      .filter((client) => !client.offer(frame))
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

  /** Gives a person in the room another name. */
  rename(user: User): void {
    const person = this.#people.get(user.id);
    if (person) person.user = user;
    const change = this.#changes.get(user.id);
    if (change) change.user = user;
  }

  #enter(user: User): void {
    const person = this.#people.get(user.id);
    if (person) {
      person.connections++;
      return;
    }
    this.#people.set(user.id, { user, connections: 1 });
    this.#change(user, true);
  }

  #exit(user: User): void {
    const person = this.#people.get(user.id);
    if (person === undefined || --person.connections > 0) return;
    this.#people.delete(user.id);
    this.#change(person.user, false);
  }

  #change(user: User, here: boolean): void {
    const earlier = this.#changes.get(user.id);
    // What is taken back need not be told, unless somebody has been shown the room in between.
    if (earlier?.welcomed === this.#welcomed) this.#changes.delete(user.id);
    else {
      const welcomed = earlier?.welcomed ?? this.#welcomed;
      this.#changes.set(user.id, { user, here, welcomed });
    }
    this.#tellSoon();
  }

  #tellSoon(): void {
    this.#presenceTimer ??= setTimeout(() => {
      this.#presenceTimer = undefined;
      this.#tellChanges();
    }, PRESENCE_MS + this.size * PRESENCE_MS_PER_MEMBER);
  }

  #tellChanges(): void {
    // No more at once than the smallest buffer of a client can take; the others follow.
    const told = this.#changes.values().take(MEMBERS_LIMIT).toArray();
    if (told.length === 0) return;
    for (const { user } of told) this.#changes.delete(user.id);
    if (this.#changes.size > 0) this.#tellSoon();
    const users = (here: boolean) =>
      told.filter((each) => each.here === here).map(({ user }) => user);
    const [joined, left] = [users(true), users(false)];
    this.#tell(this, { type: "presence", room: this.name, joined, left, count: this.count });
  }
}
