import { Channel, nextTurn } from "./channel.ts";
import { Directory } from "./directory.ts";
import type { Draft, Entry, MessageLog, Page } from "./log.ts";
import {
  type Command,
  type ErrorCode,
  HISTORY_LIMIT,
  type HistoryCommand,
  JOIN_MESSAGES,
  type JoinCommand,
  type Message,
  type NameCommand,
  REPLY_BYTES,
  type SendCommand,
  type ServerLine,
  type User,
} from "./protocol.ts";
import { Room, type Subscriber } from "./room.ts";
import { MuxAsyncIterator } from "./std.ts";
import { Tally } from "./tally.ts";

/** The limits of a hub. */
export interface HubOptions {
  /** Rooms that somebody is in, and rooms that have messages. */
  maxRooms: number;
  /** Rooms that one client is in. */
  maxRoomsPerClient: number;
}

/** What a client asks the hub for. */
export type HubCommand =
  | Exclude<Command, JoinCommand | NameCommand>
  /** `newest`: how many messages to give without `after`; as many as the protocol says unless told. */
  | (JoinCommand & { readonly newest?: number });

type HubEvent =
  | { type: "register"; client: Subscriber }
  | { type: "unregister"; client: Subscriber }
  | { type: "renamed"; user: User; was: string }
  | { type: "command"; client: Subscriber; command: HubCommand };

type Turn =
  | { type: "events"; events: HubEvent[] }
  | { type: "entries"; entries: Entry<Subscriber>[] };

/** How many events may wait for one turn of the hub. */
const INBOX_EVENTS = 1 << 17;

/** What the line around a message and a comma add to it in a reply, in bytes. */
const REPLY_MARGIN = 8 * 1024;

/**
 * Keeps who is in which room, and gives every message to all members, the sender included, in one
 * order.
 *
 * Registering, unregistering and commands arrive through one channel and are handled by one loop,
 * so they have one order and the state needs no lock. All messages that a turn of the event loop
 * brings are one batch for the log, and what the log gives back, committed and in order, is all
 * that is ever broadcast: one frame for each room and format, shared by all members. The busier
 * the hub, the cheaper a message.
 */
export class Hub {
  /** How long the loop's turns took, in seconds. */
  readonly turns = new Tally([0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3]);
  #deliveries = 0;
  readonly #log: MessageLog<Subscriber>;
  readonly #options: HubOptions;
  readonly #inbox = new Channel<HubEvent>({ capacity: INBOX_EVENTS, resume: nextTurn });
  /** The rooms of each registered client. */
  readonly #clients = new Map<Subscriber, Set<Room>>();
  readonly #byUser = new Map<string, Set<Subscriber>>();
  readonly #rooms = new Map<string, Room>();
  readonly #directory: Directory;

  constructor(log: MessageLog<Subscriber>, options: HubOptions) {
    this.#log = log;
    this.#options = options;
    this.#directory = new Directory(log, this.#rooms);
  }

  /** How many clients are registered. */
  get size(): number {
    return this.#clients.size;
  }

  /** How many rooms somebody is in. */
  get roomCount(): number {
    return this.#rooms.size;
  }

  /** How many people are connected. */
  get peopleCount(): number {
    return this.#byUser.size;
  }

  /** How many messages were given to how many members. */
  get deliveries(): number {
    return this.#deliveries;
  }

  /** Whether {@linkcode close} was called. */
  get closed(): boolean {
    return this.#inbox.closed;
  }

  /** Makes a client known; false when the hub is closed or has too much waiting. */
  register(client: Subscriber): boolean {
    return this.#inbox.trySend({ type: "register", client });
  }

  /** Takes a client out of all rooms. A client that is not registered is ignored. */
  unregister(client: Subscriber): void {
    if (this.#inbox.trySend({ type: "unregister", client })) return;
    this.#remove(client);
  }

  /** Hands over a client's command; false when the hub is closed or has too much waiting. */
  command(client: Subscriber, command: HubCommand): boolean {
    return this.#inbox.trySend({ type: "command", client, command });
  }

  /** Tells that a person has another name: all in the same rooms, and the person's own clients. */
  renamed(user: User, was: string): void {
    this.#inbox.trySend({ type: "renamed", user, was });
  }

  /** Takes nothing more; {@linkcode run} handles what waits, then drains every client. */
  close(): void {
    this.#inbox.close();
  }

  /** The hub's loop. Resolves after {@linkcode close}; the log is closed then. */
  async run(): Promise<void> {
    const turns = new MuxAsyncIterator<Turn>();
    turns.add(this.#events());
    turns.add(this.#entries());
    for await (const turn of turns) {
      const start = performance.now();
      if (turn.type === "events") this.#handle(turn.events);
      else this.#deliver(turn.entries);
      this.turns.record((performance.now() - start) / 1000);
    }
    for (const room of this.#rooms.values()) room.close();
    this.#rooms.clear();
    for (const client of this.#clients.keys()) client.drain();
    this.#clients.clear();
    this.#byUser.clear();
  }

  async *#events(): AsyncGenerator<Turn> {
    for await (const events of this.#inbox.batches()) yield { type: "events", events };
    await this.#log[Symbol.asyncDispose]();
  }

  async *#entries(): AsyncGenerator<Turn> {
    for await (const entries of this.#log.entries) yield { type: "entries", entries };
  }

  #handle(events: HubEvent[]): void {
    const drafts: Draft<Subscriber>[] = [];
    for (const event of events) {
      switch (event.type) {
        case "register":
          this.#add(event.client);
          break;
        case "unregister":
          this.#remove(event.client);
          break;
        case "renamed":
          this.#rename(event.user, event.was);
          break;
        case "command":
          // What a client sent right before it was dropped is not worth a reply.
          if (this.#clients.has(event.client)) this.#obey(event.client, event.command, drafts);
      }
    }
    if (drafts.length > 0) this.#log.append(drafts);
  }

  #obey(client: Subscriber, command: HubCommand, drafts: Draft<Subscriber>[]): void {
    switch (command.type) {
      case "send":
        return this.#send(client, command, drafts);
      case "join":
        return this.#join(client, command);
      case "leave":
        return this.#leave(client, command.room);
      case "history":
        return this.#history(client, command);
      case "rooms":
        return this.#list(client);
      case "typing":
        return this.#typing(client, command.room);
    }
  }

  #send(
    client: Subscriber,
    { room: name, id, text }: SendCommand,
    drafts: Draft<Subscriber>[],
  ): void {
    const room = this.#roomOf(client, name, id);
    if (room === undefined) return;
    if (room.last === 0 && this.#log.roomCount >= this.#options.maxRooms) {
      return this.#refuse(client, "too_many", `There are ${this.#options.maxRooms} rooms`, id);
    }
    drafts.push({ room: name, id, user: client.user, text, at: Date.now(), origin: client });
  }

  #join(
    client: Subscriber,
    { room: name, after, newest = JOIN_MESSAGES }: JoinCommand & { newest?: number },
  ): void {
    const rooms = this.#clients.get(client);
    if (rooms === undefined) return;
    let room = this.#rooms.get(name);
    const { maxRooms, maxRoomsPerClient } = this.#options;
    if ((room === undefined || !rooms.has(room)) && rooms.size >= maxRoomsPerClient) {
      return this.#refuse(
        client,
        "too_many",
        `You are in ${maxRoomsPerClient} rooms: leave one`,
        name,
      );
    }
    if (room === undefined) {
      if (this.#rooms.size >= maxRooms) {
        return this.#refuse(client, "too_many", `There are ${maxRooms} rooms`, name);
      }
      room = new Room(name, (room, line) => this.#dropAll(room.send(line)));
      this.#rooms.set(name, room);
    }
    rooms.add(room);
    room.add(client);
    const joined = room;
    const limit = after === undefined ? newest : HISTORY_LIMIT;
    this.#read(client, name, { ...(after === undefined ? {} : { after }), limit }, (page) => {
      joined.last = Math.max(joined.last, page.last);
      if (!joined.has(client)) return;
      this.#reply(client, {
        type: "joined",
        room: name,
        first: page.first,
        last: page.last,
        members: joined.show(client),
        count: joined.count,
        messages: newest === 0 && after === undefined ? [] : page.messages,
        more: page.more,
      });
      if (!joined.welcome(client, page.last)) this.#drop(client);
    }, () => this.#abandon(client, joined));
  }

  #leave(client: Subscriber, name: string): void {
    const room = this.#roomOf(client, name, name);
    if (room === undefined) return;
    this.#abandon(client, room);
    this.#reply(client, { type: "left", room: name });
  }

  #abandon(client: Subscriber, room: Room): void {
    this.#clients.get(client)?.delete(room);
    this.#exit(client, room);
  }

  #history(client: Subscriber, { room: name, before, after, limit }: HistoryCommand): void {
    if (this.#roomOf(client, name, name) === undefined) return;
    const bound = before === undefined ? { after } : { before };
    this.#read(client, name, { ...bound, limit }, ({ messages, more }) => {
      this.#reply(client, { type: "history", room: name, messages, more });
    });
  }

  #list(client: Subscriber): void {
    this.#directory.list().then(
      (rooms) => this.#reply(client, { type: "rooms", rooms }),
      () => this.#refuse(client, "storage", UNREADABLE),
    );
  }

  #typing(client: Subscriber, name: string): void {
    const room = this.#roomOf(client, name, name);
    if (room === undefined || !room.mayTell(client, performance.now())) return;
    const { user } = client;
    this.#dropAll(room.send({ type: "typing", room: name, user }, user));
  }

  /**
   * Reads for a client. The answer is handled when it comes, between two turns of the loop. A
   * member's messages wait in its room meanwhile, so that they have their place behind it.
   */
  #read(
    client: Subscriber,
    room: string,
    query: { after?: number | undefined; before?: number | undefined; limit: number },
    answer: (page: Page) => void,
    onFailure: () => void = () => {},
  ): void {
    const { after, before, limit } = query;
    this.#log.read({
      room,
      ...(after === undefined ? {} : { after }),
      ...(before === undefined ? {} : { before }),
      limit: Math.max(limit, 1),
      bytes: REPLY_BYTES - REPLY_MARGIN,
    }).then(answer, () => {
      onFailure();
      this.#refuse(client, "storage", UNREADABLE, room);
    });
  }

  #deliver(entries: Entry<Subscriber>[]): void {
    const batches = new Map<string, Message[]>();
    for (const entry of entries) {
      if (entry.type !== "message") continue;
      const batch = batches.get(entry.message.room);
      if (batch === undefined) batches.set(entry.message.room, [entry.message]);
      else batch.push(entry.message);
    }
    for (const [name, batch] of batches) {
      const room = this.#rooms.get(name);
      if (room === undefined) continue;
      this.#deliveries += batch.length * room.size;
      this.#dropAll(room.deliver(batch));
    }
    // After the rooms, so that nobody is told of a message ahead of those before it.
    for (const entry of entries) this.#answer(entry);
  }

  /** Tells a sender what became of a draft, unless the room tells it. */
  #answer(entry: Entry<Subscriber>): void {
    if (entry.type === "failed") {
      const { origin, id } = entry.draft;
      return this.#refuse(origin, "storage", UNKNOWN, id);
    }
    const { type, message, origin } = entry;
    // A sender who has left the room or entered it again still learns that it is stored.
    const told = type === "message" && origin &&
      this.#rooms.get(message.room)?.tells(origin, message.seq);
    if (origin && !told) this.#reply(origin, { type: "message", ...message });
  }

  #add(client: Subscriber): void {
    this.#clients.set(client, new Set());
    const { id } = client.user;
    const own = this.#byUser.get(id);
    if (own === undefined) this.#byUser.set(id, new Set([client]));
    else own.add(client);
  }

  #remove(client: Subscriber): void {
    const rooms = this.#clients.get(client);
    if (rooms === undefined) return;
    this.#clients.delete(client);
    for (const room of rooms) this.#exit(client, room);
    const own = this.#byUser.get(client.user.id);
    own?.delete(client);
    if (own?.size === 0) this.#byUser.delete(client.user.id);
    client.release();
  }

  #exit(client: Subscriber, room: Room): void {
    room.remove(client);
    if (room.size > 0 || this.#rooms.get(room.name) !== room) return;
    room.close();
    this.#rooms.delete(room.name);
  }

  #rename(user: User, was: string): void {
    const own = this.#byUser.get(user.id) ?? new Set();
    const told = new Set(own);
    for (const client of own) {
      for (const room of this.#clients.get(client) ?? []) {
        room.rename(user);
        for (const member of room.members()) told.add(member);
      }
    }
    for (const client of told) this.#reply(client, { type: "renamed", user, was });
  }

  /** The room if the client is in it; else it is told that it isn't. */
  #roomOf(client: Subscriber, name: string, ref: string): Room | undefined {
    const room = this.#rooms.get(name);
    if (room?.has(client)) return room;
    this.#refuse(client, "not_joined", `Cannot do that in "${name}": join it first`, ref);
    return undefined;
  }

  #refuse(client: Subscriber, code: ErrorCode, message: string, ref?: string): void {
    this.#reply(client, { type: "error", code, message, ...(ref === undefined ? {} : { ref }) });
  }

  #reply(client: Subscriber, line: ServerLine): void {
    if (this.#clients.has(client) && !client.reply(line)) this.#drop(client);
  }

  #dropAll(clients: Subscriber[]): void {
    for (const client of clients) this.#drop(client);
  }

  #drop(client: Subscriber): void {
    this.#remove(client);
    client.drop();
  }
}

const UNKNOWN = "Not known to be stored; the same id will tell";
const UNREADABLE = "The history can't be read at the moment; try again";
