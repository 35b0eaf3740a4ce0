import { Channel, nextTurn } from "./lib/channel.ts";
import { Directory } from "./hub/room_list.ts";
import { gatherFullTurns } from "./lib/event_loop.ts";
import { type JoinRequest, readHistory } from "./hub/history.ts";
import type { Draft, Entry, MessageLog, Page } from "./hub/message_log.ts";
import {
  type Command,
  type ErrorCode,
  type HistoryCommand,
  type JoinCommand,
  type Message,
  type NameCommand,
  type SendCommand,
  type ServerLine,
  type User,
} from "./protocol/mod.ts";
import { Registry } from "./hub/clients.ts";
import { Room, type Subscriber } from "./hub/room.ts";
import type { RenamedChange, SharedPresence, SharedPresenceChange } from "./hub/shared_presence.ts";
import { MuxAsyncIterator } from "./lib/std.ts";
import { Tally } from "./lib/histogram.ts";

/** What a hub is made of, and its limits. */
export interface HubOptions {
  log: MessageLog<Subscriber>;
  /** Knows who is in which room, here and on other servers. */
  presence: SharedPresence;
  /** Told of a person's other name before anyone else is; it may have been taken on another server. */
  onRenamed?(user: User): void;
  /** Rooms that a client is in, and rooms that have messages. */
  maxRooms: number;
  /** Rooms that one client is in. */
  maxRoomsPerClient: number;
}

/** What a client asks the hub for. */
export type HubCommand = Exclude<Command, JoinCommand | NameCommand> | JoinRequest;

type HubEvent =
  | { type: "register"; client: Subscriber }
  | { type: "unregister"; client: Subscriber }
  | { type: "command"; client: Subscriber; command: HubCommand };

type Turn =
  | { type: "events"; events: HubEvent[] }
  | { type: "entries"; entries: Entry<Subscriber>[] }
  /** There are changes of who is where. */
  | { type: "changes" };

/** How many events may wait for one turn of the hub. */
const INBOX_EVENTS = 1 << 17;

/**
 * Keeps who is in which room, and gives every message to all members, the sender included, in one
 * order.
 *
 * Registering, unregistering and commands arrive through one channel and are handled by one loop,
 * so they have one order and the state needs no lock. All messages that a turn of the event loop
 * brings are one batch for the log, and what the log gives back, committed and in order, is all
 * that is ever broadcast: one frame for each room and format, shared by all members. The busier
 * the hub, the cheaper a message. In the same way it tells of people what the presence gives back.
 * Whether the log and the presence are this server's alone or those of many, it can't tell.
 */
export class Hub {
  /** How long the loop's turns took, in seconds. */
  readonly turns = new Tally([0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3]);
  #deliveries = 0;
  readonly #log: MessageLog<Subscriber>;
  readonly #options: HubOptions;
  readonly #inbox = new Channel<HubEvent>({ capacity: INBOX_EVENTS, resume: nextTurn });
  readonly #presence: SharedPresence;
  readonly #clients = new Registry();
  readonly #rooms = new Map<string, Room>();
  readonly #directory: Directory;

  constructor(options: HubOptions) {
    const { log, presence } = options;
    this.#log = log;
    this.#presence = presence;
    this.#options = options;
    this.#directory = new Directory({ log, presence, open: this.#rooms });
  }

  /** How many clients are registered. */
  get size(): number {
    return this.#clients.size;
  }

  /** How many rooms a client is in. */
  get roomCount(): number {
    return this.#rooms.size;
  }

  /** How many people the clients are. */
  get peopleCount(): number {
    return this.#clients.people;
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

  /** Takes nothing more; {@linkcode run} handles what waits, then drains every client. */
  close(): void {
    this.#inbox.close();
  }

  /** The hub's loop. Resolves after {@linkcode close}; the log and the presence are closed then. */
  async run(): Promise<void> {
    const turns = new MuxAsyncIterator<Turn>();
    turns.add(this.#events());
    turns.add(this.#entries());
    turns.add(this.#changes());
    for await (const turn of turns) {
      const start = performance.now();
      if (turn.type === "events") this.#handle(turn.events);
      else if (turn.type === "entries") this.#deliver(turn.entries);
      else this.#catchUp();
      this.turns.record((performance.now() - start) / 1000);
    }
    for (const room of this.#rooms.values()) room.close();
    this.#rooms.clear();
    for (const client of this.#clients.clear()) client.drain();
  }

  async *#events(): AsyncGenerator<Turn> {
    while (await this.#inbox.wait()) {
      await gatherFullTurns(this.#inbox);
      yield { type: "events", events: this.#inbox.take() };
    }
    await this.#log[Symbol.asyncDispose]();
    await this.#presence[Symbol.asyncDispose]();
  }

  async *#entries(): AsyncGenerator<Turn> {
    for await (const entries of this.#log.entries) yield { type: "entries", entries };
  }

  async *#changes(): AsyncGenerator<Turn> {
    while (await this.#presence.changes.wait()) yield { type: "changes" };
  }

  #handle(events: HubEvent[]): void {
    const drafts: Draft<Subscriber>[] = [];
    for (const event of events) {
      switch (event.type) {
        case "register":
          this.#clients.add(event.client);
          break;
        case "unregister":
          this.#remove(event.client);
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

  #join(client: Subscriber, command: JoinRequest): void {
    const { room: name } = command;
    // What came before is no news in a room that is opened now.
    this.#catchUp();
    const rooms = this.#clients.rooms(client);
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
      room = new Room(name, this.#presence, (room) => this.#tell(room));
      this.#rooms.set(name, room);
    }
    rooms.add(room);
    room.add(client);
    const joined = room;
    this.#read(client, command, ({ first, last, messages, more }) => {
      joined.last = Math.max(joined.last, last);
      this.#catchUp();
      if (!joined.has(client)) return;
      const [members, count] = [joined.show(client), joined.count];
      this.#reply(
        client,
        { type: "joined", room: name, first, last, members, count, messages, more },
      );
      if (!joined.welcome(client, last)) this.#drop(client);
    }, () => this.#abandon(client, joined));
  }

  #leave(client: Subscriber, name: string): void {
    const room = this.#roomOf(client, name, name);
    if (room === undefined) return;
    this.#abandon(client, room);
    this.#reply(client, { type: "left", room: name });
  }

  #abandon(client: Subscriber, room: Room): void {
    this.#clients.rooms(client)?.delete(room);
    this.#exit(client, room);
  }

  #history(client: Subscriber, command: HistoryCommand): void {
    const { room } = command;
    if (this.#roomOf(client, room, room) === undefined) return;
    this.#read(client, command, ({ messages, more }) => {
      this.#reply(client, { type: "history", room, messages, more });
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
    this.#presence.typing(name, client.user);
  }

  /**
   * Reads for a client. The answer is handled when it comes, between two turns of the loop. A
   * member's messages wait in its room meanwhile, so that they have their place behind it.
   */
  #read(
    client: Subscriber,
    command: JoinRequest | HistoryCommand,
    answer: (page: Page) => void,
    onFailure: () => void = () => {},
  ): void {
    readHistory(this.#log, command).then(answer, () => {
      onFailure();
      this.#refuse(client, "storage", UNREADABLE, command.room);
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

  /**
   * Handles the changes of who is where that wait: in a turn of their own, or before somebody is
   * shown or told who is there, so that nobody sees what is told of later.
   */
  #catchUp(): void {
    // Whoever is dropped on the way, because a buffer is full, leaves and so makes another change.
    for (let changes; (changes = this.#presence.changes.take()).length > 0;) {
      for (const change of changes) this.#notice(change);
    }
  }

  #notice(change: SharedPresenceChange): void {
    if (change.type === "renamed") return this.#tellName(change);
    const room = this.#rooms.get(change.room);
    if (change.type !== "typing") room?.notice(change);
    else if (room) this.#dropAll(room.send(change, change.user));
  }

  /** Tells of another name all who share a room with the person, and the person's own clients. */
  #tellName({ user, was, rooms }: RenamedChange): void {
    this.#options.onRenamed?.(user);
    const told = new Set(this.#clients.clientsOf(user.id));
    for (const name of rooms) {
      for (const member of this.#rooms.get(name)?.members() ?? []) told.add(member);
    }
    for (const client of told) this.#reply(client, { type: "renamed", user, was });
  }

  /** Tells the members of a room who came and left. */
  #tell(room: Room): void {
    this.#catchUp();
    if (this.#rooms.get(room.name) !== room) return;
    const line = room.news();
    if (line) this.#dropAll(room.send(line));
  }

  #remove(client: Subscriber): void {
    const rooms = this.#clients.remove(client);
    if (rooms === undefined) return;
    for (const room of rooms) this.#exit(client, room);
    client.release();
  }

  #exit(client: Subscriber, room: Room): void {
    room.remove(client);
    if (room.size > 0 || this.#rooms.get(room.name) !== room) return;
    room.close();
    this.#rooms.delete(room.name);
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
