import type { Clients } from "./clients.ts";
import type { Departures } from "./departures.ts";
import { type JoinRequest, readHistory } from "./history.ts";
import { type Memberships, takerOf } from "./memberships.ts";
import type { Draft, MessageLog, Page } from "./message_log.ts";
import type { OpenRooms } from "./open_rooms.ts";
import { type HubPermissions, type Mute, type VisibleRoom, whoMayBeIn } from "./permissions.ts";
import type { PresenceSender } from "./presence_sender.ts";
import type { HubCommand } from "./requests.ts";
import type { Room, Subscriber } from "./room.ts";
import { RoomList } from "./room_list.ts";
import type { SharedPresence } from "./shared_presence.ts";
import { getOrMake } from "../lib/maps.ts";
import {
  type ActionCommand,
  DEFAULT_ROOM,
  type ErrorCode,
  type HistoryCommand,
  type LeaveCommand,
  type RoomsCommand,
  type SendCommand,
  type TypingCommand,
  type User,
} from "../protocol/mod.ts";

/** The parts and limits of {@linkcode RoomCommands}. */
export interface RoomCommandsOptions {
  readonly log: MessageLog<Subscriber>;
  /** Names the log's history for clients; see `HelloLine`. */
  readonly store: string;
  readonly memberships: Memberships;
  readonly permissions: HubPermissions;
  readonly presence: SharedPresence;
  readonly clients: Clients;
  readonly rooms: OpenRooms;
  readonly presenceSender: PresenceSender;
  /** The most rooms that one client can be in, besides those of which its person is a member. */
  readonly maxRoomsPerClient: number;
  readonly departures: Departures;
}

/** A command about the rooms that a client is in, which the hub handles itself. */
export type RoomRequest = Exclude<HubCommand, ActionCommand>;

/** Handles the commands about the rooms that a client is in, within a step of the hub's loop. */
export class RoomCommands {
  readonly #options: RoomCommandsOptions;
  readonly #log: MessageLog<Subscriber>;
  readonly #presence: SharedPresence;
  readonly #clients: Clients;
  readonly #rooms: OpenRooms;
  readonly #presenceSender: PresenceSender;
  readonly #departures: Departures;
  readonly #roomList: RoomList;
  /** The rooms that clients have joined whose people were no members, as far as they count; some have been left since. */
  readonly #visits = new WeakMap<Subscriber, Set<string>>();

  constructor(options: RoomCommandsOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#presence = options.presence;
    this.#clients = options.clients;
    this.#rooms = options.rooms;
    this.#presenceSender = options.presenceSender;
    this.#departures = options.departures;
    const { log, presence, rooms } = options;
    this.#roomList = new RoomList({ log, presence, open: rooms.open });
  }

  /** Handles a command of a registered client. Messages are added to `drafts`. */
  handle(client: Subscriber, command: RoomRequest, drafts: Draft<Subscriber>[]): void {
    switch (command.type) {
      case "send":
        return this.#send(client, command, drafts);
      case "join":
        return this.#join(client, command);
      case "leave":
        return this.#leave(client, command);
      case "history":
        return this.#history(client, command);
      case "rooms":
        return this.#listRooms(client, command);
      case "typing":
        return this.#typing(client, command);
    }
  }

  #send(
    client: Subscriber,
    command: SendCommand,
    drafts: Draft<Subscriber>[],
  ): void {
    const room = this.#roomOf(client, command);
    if (room === undefined) return;
    const { room: name, id, text, re, files } = command;
    const mute = this.#muteOf(client.aliases);
    if (mute !== undefined) {
      const message = "Cannot send: you are muted";
      const error = { type: "error", code: "muted", message, ref: id, ...mute } as const;
      return this.#departures.reply(client, error, command);
    }
    if (room.last === 0 && !this.#mayStore(client, name)) {
      return this.#refuse(client, command, "too_many", TOO_MANY_ROOMS);
    }
    const draft = { room: name, id, user: client.user, text, origin: client };
    if (re === undefined && files === undefined) drafts.push(draft);
    else {
      drafts.push({
        ...draft,
        ...(re !== undefined && { re }),
        ...(files !== undefined && { files }),
      });
    }
  }

  /** Returns whether a client may send the first message of a room; a room that somebody made is charged already. */
  #mayStore(client: Subscriber, name: string): boolean {
    return this.#options.permissions.viewOf(client.user.id, name)?.made === true ||
      this.#rooms.store(name, client, this.#log.roomCount);
  }

  #join(client: Subscriber, command: JoinRequest): void {
    const { room: name, create = true } = command;
    const person = client.user.id;
    const rooms = this.#clients.rooms(client);
    if (rooms === undefined) return;
    const room = this.#rooms.open.get(name);
    const { maxRoomsPerClient, permissions } = this.#options;
    const view = permissions.viewOf(person, name);
    if (view === undefined) return this.#refuseRoom(client, command);
    const isNew = room === undefined || !rooms.has(room);
    // A person's own rooms have a limit of their own, and others add them to rooms, too.
    if (isNew && view.role === undefined && !this.#visit(client, name)) {
      const reason =
        `Cannot join: you are already in ${maxRoomsPerClient} rooms of which you are ` +
        "no member; leave one first";
      return this.#refuse(client, command, "too_many", reason);
    }
    if (room !== undefined || view.made) return this.#enter(client, command);
    const isOpen = name === DEFAULT_ROOM || this.#presence.members(name).size > 0;
    const mayCreate = name === DEFAULT_ROOM || permissions.mayCreateRooms(person);
    if (!mayCreate || (!create && !isOpen)) return this.#refuseRoom(client, command);
    if (this.#rooms.mayOpen(name, client)) return this.#enter(client, command, client);
    this.#refuse(client, command, "too_many", TOO_MANY_ROOMS);
  }

  /** Counts a room that a client joins whose person is no member; returns whether it may be in one more. */
  #visit(client: Subscriber, name: string): boolean {
    const { maxRoomsPerClient, permissions } = this.#options;
    const visits = getOrMake(this.#visits, client, () => new Set());
    // The second question costs much more: a visit becomes a membership when it was answered.
    for (
      const isOver of [
        (room: string) => !this.#rooms.open.get(room)?.has(client),
        (room: string) => permissions.viewOf(client.user.id, room)?.role !== undefined,
      ]
    ) {
      if (visits.size < maxRoomsPerClient) break;
      for (const room of visits) if (isOver(room)) visits.delete(room);
    }
    if (visits.size >= maxRoomsPerClient) return false;
    visits.add(name);
    return true;
  }

  /** Answers a client for whom there is no such room, or says where it is now, for which plain clients have no line. */
  #refuseRoom(client: Subscriber, command: JoinRequest | HistoryCommand): void {
    const { room } = command;
    const to = client.format === "plain"
      ? undefined
      : this.#options.permissions.movedTo(client.user.id, room);
    if (to !== undefined) {
      return this.#departures.reply(client, { type: "moved", room, to }, command);
    }
    this.#refuse(client, command, "no_room", NO_ROOM);
  }

  /** Makes a client a member of a room; see {@linkcode OpenRooms.getOrOpen} for `opener`. */
  #enter(client: Subscriber, command: JoinRequest, opener?: Subscriber): void {
    const { room: name } = command;
    // Earlier changes are not news for a room that is opened now.
    this.#presenceSender.apply();
    const rooms = this.#clients.rooms(client);
    if (rooms === undefined) return;
    const room = this.#rooms.getOrOpen(name, opener);
    rooms.add(room);
    room.add(client);
    const leave = () => this.#departures.leave(room, client);
    this.#read(client, command, (page, { info, role, made }) => {
      const { first, last, messages, more, rev, changed, moreChanged } = page;
      room.last = Math.max(room.last, last);
      if (made || room.last > 0) this.#rooms.settle(room);
      this.#presenceSender.apply();
      // It was expelled, or has ended, meanwhile.
      if (!room.has(client)) return this.#refuseAbsent(client, command);
      const { members, count } = this.#peopleIn(room, client);
      const { store } = this.#options;
      const about = role === undefined ? { info } : { info, role };
      this.#departures.reply(client, {
        ...{ type: "joined", room: name, store, first, last, members, count, messages, more, rev },
        ...(changed !== undefined && { changed, moreChanged }),
        ...about,
      }, command);
      this.#departures.dropAll(room.goLive(client, { last, messages, rev }));
      if (made && client.format === "json") this.#options.memberships.join(takerOf(client), name);
    }, leave);
  }

  /** Returns the people in a room, or the first of many, and their number, as far as this server knows that they may be there. */
  #peopleIn(
    room: Room,
    client: Subscriber,
  ): { readonly members: readonly User[]; readonly count: number } {
    const people = room.snapshot(client);
    const members = whoMayBeIn(this.#options.permissions, people, room.name);
    return { members, count: room.count - (people.length - members.length) };
  }

  #leave(client: Subscriber, command: LeaveCommand): void {
    const { room: name, keep } = command;
    const { memberships } = this.#options;
    const answers = {
      onFailure: () => this.#refuse(client, command, "storage", UNREADABLE),
      // The client waits for an answer.
      onNone: () => this.#end(client, command),
    };
    // The end of a membership reaches all clients of the person, this one too, as `left`.
    if (!keep && memberships.leave(takerOf(client), name, answers)) return;
    if (this.#roomOf(client, command) !== undefined) this.#end(client, command);
  }

  /** Makes a client leave a room. */
  #end(client: Subscriber, command: LeaveCommand): void {
    const { room: name } = command;
    const room = this.#rooms.open.get(name);
    if (room?.has(client)) this.#departures.leave(room, client);
    this.#departures.reply(client, { type: "left", room: name }, command);
  }

  #history(client: Subscriber, command: HistoryCommand): void {
    const { room } = command;
    if (this.#roomOf(client, command) === undefined) return;
    this.#read(client, command, ({ messages, more }) => {
      this.#departures.reply(client, { type: "history", room, messages, more }, command);
    });
  }

  #listRooms(client: Subscriber, command: RoomsCommand): void {
    this.#roomList.list().then(
      (rooms) => this.#departures.reply(client, { type: "rooms", rooms }, command),
      () => this.#refuse(client, command, "storage", UNREADABLE),
    );
  }

  #typing(client: Subscriber, command: TypingCommand): void {
    const { room: name } = command;
    const room = this.#roomOf(client, command);
    if (room === undefined || !this.#presenceSender.sendsTyping) return;
    if (!room.mayNotifyTyping(client, performance.now())) return;
    const { user, aliases = [] } = client;
    if (!this.#options.permissions.mayWriteIn(user.id, name)) return;
    if (this.#muteOf([user.id, ...aliases]) === undefined) this.#presence.typing(name, user);
  }

  /** Returns the mute of one of these people, if there is one. That of the author is judged in the log. */
  #muteOf(people: readonly string[] = []): Mute | undefined {
    const { permissions } = this.#options;
    for (const person of people) {
      const mute = permissions.muteOf(person, permissions.now());
      if (mute !== undefined) return mute;
    }
  }

  /**
   * Reads history for a client. The page is handled when it arrives, between two steps of the loop. Messages
   * for a joining member wait in its room meanwhile, so that they follow the page.
   */
  #read(
    client: Subscriber,
    command: JoinRequest | HistoryCommand,
    onPage: (page: Page, view: VisibleRoom) => void,
    onFailure: () => void = () => {},
  ): void {
    const { room } = command;
    const { permissions } = this.#options;
    const view = permissions.viewOf(client.user.id, room);
    const refuse = () => {
      onFailure();
      this.#refuseRoom(client, command);
    };
    if (view === undefined) return refuse();
    const handle = (page: Page) =>
      this.#departures.contain(client, () => {
        // The messages may be newer than the person's removal, which the hub has not delivered yet.
        const now = permissions.viewOf(client.user.id, room);
        if (now?.from === view.from) onPage(page, now);
        else refuse();
      });
    readHistory(this.#log, command, view.from).then(handle, () => {
      onFailure();
      this.#refuse(client, command, "storage", UNREADABLE);
    });
  }

  /** Returns the room if the client is in it; otherwise refuses the command. */
  #roomOf(client: Subscriber, command: Exclude<RoomRequest, RoomsCommand>): Room | undefined {
    const room = this.#rooms.open.get(command.room);
    if (room?.has(client)) return room;
    this.#refuseAbsent(client, command);
    return undefined;
  }

  #refuseAbsent(client: Subscriber, command: Exclude<RoomRequest, RoomsCommand>): void {
    const message = `Cannot do that in "${command.room}": join it first`;
    this.#refuse(client, command, "not_joined", message);
  }

  #refuse(client: Subscriber, command: RoomRequest, code: ErrorCode, message: string): void {
    this.#departures.reply(client, { type: "error", code, message, ...refOf(command) }, command);
  }
}

/** Returns what an error about a command refers to: a message, or a room. */
function refOf(command: RoomRequest): { readonly ref?: string } {
  if (command.type === "rooms") return {};
  return { ref: command.type === "send" ? command.id : command.room };
}

const TOO_MANY_ROOMS =
  "Cannot create a room: there are too many new rooms, or you have created too many";
const UNREADABLE = "Cannot read from storage at the moment: try again";
const NO_ROOM = "There is no such room";
