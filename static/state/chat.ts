import { batch, type ReadonlySignal, signal } from "@preact/signals";
import type { Command, HelloLine, Limits, Role, ServerLine, User } from "../../protocol/mod.ts";
import type { ChatOptions, NameAnswer, Problem } from "./chat_options.ts";
import { ChatInfo } from "./chat_info.ts";
import { Connection } from "./connection.ts";
import type { OwnFiles } from "./files/own_files.ts";
import { RoomDepartures } from "./room_departures.ts";
import { isGuest } from "./guests.ts";
import { History } from "./history.ts";
import { Ignoring } from "./ignoring.ts";
import { MessageActions } from "./message_actions.ts";
import { Incoming } from "./incoming.ts";
import { NameRequest, type NameWish } from "./name_request.ts";
import { Drafts } from "./drafts.ts";
import { OwnMemberships } from "./own_memberships.ts";
import type { Outbox, Pending } from "./outbox.ts";
import { OwnAccess } from "./own_access.ts";
import { OwnTyping } from "./own_typing.ts";
import { followOtherTab, followOwner, type OwnedParts, passToOther } from "./owner.ts";
import { PeopleNames } from "./people_names.ts";
import { LogPlaces } from "./places.ts";
import { PersonalStore } from "./personal_store.ts";
import { randomId } from "./random_id.ts";
import { RefusedCommands } from "./refused_commands.ts";
import { Reports } from "./reports.ts";
import { Requests } from "./requests.ts";
import type { Room } from "./room.ts";
import { Rooms } from "./rooms.ts";
import type { Sender } from "./sender.ts";
import { openWaiting } from "./waiting.ts";

/** The page's state: the connection, the person, the rooms, and the messages that wait to be sent. */
export class Chat implements Disposable {
  readonly connection: Connection;
  readonly outbox: Outbox;
  /** The part of the browser's store that belongs to this person. */
  readonly store: PersonalStore;
  readonly drafts: Drafts;
  /** The files that this person has chosen, until a message on the server has them. */
  readonly files: OwnFiles;
  /** The changes to sent messages that this person has asked for. */
  readonly actions: MessageActions;
  readonly me = signal<User | undefined>(undefined);
  readonly access = new OwnAccess(() => this.serverTime(Date.now()));
  /** Commands that wait for an answer, most of them from admins and moderators. */
  readonly requests = new Requests((command) => this.connection.send(command));
  /** The open reports that this person may see. */
  readonly reports = new Reports(this.requests);
  /** The rooms of a person with a name, as the server keeps them. */
  readonly memberships: OwnMemberships;
  /** Those whom this person ignores. */
  readonly ignoring: Ignoring;
  readonly limits = signal<Limits | undefined>(undefined);
  readonly rooms: ReadonlySignal<readonly Room[]>;
  /** The room that is shown. */
  readonly active: ReadonlySignal<Room>;
  /** Whether it is not one of {@linkcode rooms}: it may not exist. */
  readonly visiting: ReadonlySignal<boolean>;
  /** The number of unread messages in all rooms. */
  readonly unread: ReadonlySignal<number>;
  readonly info = new ChatInfo(this.access, (command) => this.requests.ask(command));
  /** Whether the server is another version than the one this page came from. */
  readonly outdated = signal(false);
  /** Rises when the messages change that wait to be sent. */
  readonly unsentRevision = signal(0);
  readonly problem = signal<Problem | undefined>(undefined);
  readonly people = new PeopleNames();
  /** The name a person has now. */
  readonly nameOf = (user: User): string => this.people.nameOf(user);
  readonly #options: ChatOptions;
  readonly #sender: Sender;
  readonly #history: History;
  /** The place of the reader in each room. */
  readonly places: LogPlaces;
  readonly #rooms: Rooms;
  /** The parts that belong to this person and this store. */
  readonly #parts: OwnedParts;
  readonly #incoming: Incoming;
  readonly #departures: RoomDepartures;
  readonly #refused: RefusedCommands;
  #version: string | undefined;
  #loggedOut = false;
  readonly #naming: NameRequest;
  readonly #typing = new OwnTyping((room) => this.connection.send({ type: "typing", room }));

  constructor(options: ChatOptions) {
    this.#options = options;
    const tab = options.tab ?? randomId();
    this.store = new PersonalStore(options.store, tab);
    const sending = {
      send: (command: Command) => this.connection.send(command),
      isLive: (room: string) => this.room(room)?.live.peek() === true,
      onUnanswered: () => this.connection.giveUp(),
    };
    ({ outbox: this.outbox, files: this.files, sender: this.#sender } = openWaiting({
      ...options,
      ...sending,
      store: this.store,
      everyone: options.store,
      tab,
      limits: () => this.limits.peek(),
      isOnline: () => this.connection.state.peek().kind === "open",
      room: (name) => this.room(name),
      onChange: () => {
        this.unsentRevision.value++;
        for (const room of this.#entered) room.touch();
      },
    }));
    this.drafts = new Drafts(this.store, tab);
    this.connection = new Connection({
      ...options,
      onLines: (lines) => batch(() => lines.forEach((line) => this.#take(line))),
      onEnd: ({ early, loggedOut }) => this.#ended(early, loggedOut),
      onQuiet: () => this.#history.askNewer(this.active.value),
    });
    this.#naming = new NameRequest((command) => this.connection.send(command));
    this.actions = new MessageActions({
      ...sending,
      outbox: this.outbox,
      store: this.store,
      me: () => this.#myId,
      messageAt: (room, seq) => this.room(room)?.messageAt(seq),
      onShown: (room) => this.room(room)?.touch(),
      onRefused: (action, code) => options.onActionRefused?.(action, code),
    });
    this.#history = new History({
      ...sending,
      me: () => this.#myId,
      mustExist: (room) => !this.#rooms.list.peek().includes(room),
      onReplaced: (room, messages) => this.#incoming.noteRead(room, messages),
      onMissed: (room, messages) => this.#incoming.arrived(room, messages),
    });
    this.places = new LogPlaces(this.#history);
    this.#rooms = new Rooms({
      store: this.store,
      besides: this.outbox.rooms,
      onEnter: (room) => this.#history.join(room),
      onLeft: ({ name }) => this.#departures.leave(name, { keep: true }),
      onRead: (room) => this.memberships.read(room),
    });
    this.memberships = new OwnMemberships({
      store: this.store,
      rooms: this.#rooms,
      ask: (command) => this.requests.ask(command),
      onGone: (rooms) => this.#departures.missed(rooms),
    });
    this.ignoring = new Ignoring(this.store, (command) => this.requests.ask(command));
    const parts = {
      store: this.store,
      outbox: this.outbox,
      files: this.files,
      drafts: this.drafts,
      sender: this.#sender,
      rooms: this.#rooms,
      history: this.#history,
      actions: this.actions,
      memberships: this.memberships,
    };
    this.#parts = parts;
    this.#departures = new RoomDepartures({
      ...sending,
      ...parts,
      onGone: (gone) => options.onGone?.(gone),
    });
    this.#incoming = new Incoming({
      ...options,
      ...parts,
      me: () => this.me.peek(),
      nameOf: (user) => this.nameOf(user),
      ignores: (person) => this.ignoring.has(person),
    });
    this.#refused = new RefusedCommands({
      ...options,
      ...parts,
      requests: this.requests,
      departures: this.#departures,
      naming: this.#naming,
      info: this.info,
      problem: this.problem,
    });
    const { list, visiting, active, unread } = this.#rooms;
    [this.rooms, this.visiting, this.active, this.unread] = [list, visiting, active, unread];
  }

  /**
   * Shows a room, entering it first if need be. Whether its name can be one.
   *
   * @param create whether to be in it even if there is no such room yet
   */
  open(name: string, { create = false } = {}): boolean {
    return this.#rooms.open(name, { create });
  }

  room(name: string): Room | undefined {
    return this.#rooms.get(name);
  }

  /**
   * Leaves a room, the last one only for the first, and discards what waits to be sent there. Returns what
   * undoes it.
   */
  leave(room: Room): () => void {
    const pending = this.outbox.of(room.name);
    this.#departures.leave(room.name);
    const left = batch(() => {
      for (const { id } of pending) this.outbox.remove(id);
      return this.#rooms.leave(room);
    });
    return () =>
      batch(() => {
        this.outbox.restore(pending);
        this.#rooms.restore(left);
      });
  }

  /**
   * Writes a message, with the files in the tray, to the room that is shown.
   *
   * @param re the `seq` of the message that it answers
   */
  send(text: string, re?: number): void {
    const room = this.active.value;
    const files = this.files.inTray(room.name).map(({ key }) => key);
    this.files.send(room.name, this.outbox.add(room.name, text, { re, files }).id);
    this.#typing.stopped();
    room.line.value = undefined;
    this.#sender.flush();
  }

  retry(id: string): void {
    this.outbox.retry(id);
    this.#sender.flush();
  }

  discard(id: string): void {
    this.actions.messageDiscarded(id);
    this.outbox.remove(id);
    this.#sender.flush();
  }

  /** Tells the others, now and then, that this person is typing. */
  typing(): void {
    if (this.active.value.live.value) this.#typing.goesOn(this.active.value.name);
  }

  /** Marks a message of a room, and all that follow it, as unread on all devices. */
  markUnread(room: Room, seq: number): void {
    batch(() => {
      room.line.value = seq - 1;
      void this.memberships.markUnread(room, seq);
    });
  }

  /** The messages that wait for rooms which this person is not in any more. */
  unsent(): Pending[] {
    return this.outbox.pending.filter(({ room }) => this.room(room) === undefined);
  }

  /** Marks all messages of a room that are here as read. */
  markRead(room: Room): void {
    this.#rooms.markRead(room);
  }

  /** Another tab of this browser changed something in the store. */
  changedElsewhere(key: string, value: string): void {
    if (followOtherTab(this.#parts, { key, value })) this.#sender.flush();
  }

  /** Asks for a name; with a secret, it is kept for other devices. */
  takeName(wish: NameWish): Promise<NameAnswer> {
    return this.#naming.ask(wish);
  }

  askRooms(): void {
    this.connection.send({ type: "rooms" });
  }

  /** The server's time of something, from this device's: their clocks may differ. */
  serverTime(at: number): number {
    return this.#incoming.serverTime(at);
  }

  /** Ends the connection permanently. */
  [Symbol.dispose](): void {
    this.connection.stop();
    this.#sender.stop();
    this.actions.stop();
    this.access.stop();
    this.memberships[Symbol.dispose]();
    this.reports[Symbol.dispose]();
    this.files[Symbol.dispose]();
    for (const room of this.#entered) room.lost();
  }

  /** The rooms to be in on the server: that of the list, and the one that is shown if it is none of them. */
  get #entered(): Room[] {
    return [...new Set([this.active.peek(), ...this.rooms.peek()])];
  }

  get #myId(): string {
    return this.me.peek()?.id ?? "";
  }

  #ended(early: boolean, loggedOut = false): void {
    this.#loggedOut ||= loggedOut;
    batch(() => this.#entered.forEach((room) => room.lost()));
    this.#sender.stop();
    this.actions.stop();
    this.#departures.end();
    this.#naming.answer({ ok: false, code: "offline" });
    this.requests.end();
    if (early) this.#options.onRefused?.();
  }

  #take(line: ServerLine): void {
    // The rest of a frame whose `hello` was not for this page.
    if (this.connection.state.peek().kind === "stopped") return;
    switch (line.type) {
      case "hello":
        return this.#hello(line);
      case "joined":
        this.#incoming.joined(line);
        return void this.memberships.loadPeople(this.room(line.room));
      case "message":
        return this.#incoming.message(line);
      case "history":
        return this.#incoming.history(line);
      case "changed":
      case "deleted":
      case "changes":
        return this.#incoming.take(line);
      case "presence":
        return this.#incoming.presence(line);
      case "typing":
        return this.#incoming.typing(line);
      case "renamed":
        return this.#renamed(line.user, line.was);
      case "account_deleted":
        this.people.delete(line.person);
        return this.requests.take(line);
      case "error":
        return this.#refused.take(line);
      case "ignored":
      case "ignoring":
        return this.ignoring.take(line);
      case "you":
        this.me.value = line.user;
        this.access.take(line);
        return this.#followRole(line.role);
      case "state":
        if (!this.memberships.take(line)) return;
        this.#joinAll();
        return void this.memberships.handOver();
      case "room":
        // Lines that the server sent before it received `leave` would bring the room back.
        return this.#departures.isLeaving(line.room) ? undefined : this.memberships.update(line);
      case "left":
        return this.#departures.left(line);
      case "moved":
        return this.#departures.moved(line);
      case "info":
        return this.#incoming.info(line);
      case "member":
        return this.room(line.room)?.member(line, this.#myId);
      default:
        if (line.type === "ok" && line.id !== undefined) this.actions.confirmed(line.id);
        return this.info.take(line) ? undefined : this.requests.take(line);
    }
  }

  #hello(line: HelloLine): void {
    const { version, store, user, limits } = line;
    const person = { ...this.#options, store, user, before: this.me.peek() };
    if (passToOther(this.store, person)) return this.connection.stop();
    this.#own(store, user);
    this.outdated.value ||= (this.#version ??= version) !== version;
    this.me.value = user;
    this.access.take(line);
    this.info.greet(line);
    this.ignoring.begin(line.role);
    this.limits.value = limits;
    this.#sender.start(limits);
    this.files.settle();
    // Else the list follows.
    if (!this.memberships.begin(line.role)) this.#joinAll();
  }

  /** Joins all rooms, the one that is shown first. */
  #joinAll(): void {
    for (const room of this.#entered) this.#history.join(room);
  }

  /** A guest who takes a name has a list on the server from now on. */
  #followRole(role: Role): void {
    if (this.#rooms.isKept === (role !== "guest")) return;
    this.ignoring.begin(role);
    if (!this.memberships.begin(role)) return;
    this.#joinAll();
    void this.memberships.handOver();
  }

  #own(store: string, user: User): void {
    const before = this.me.peek();
    const change = followOwner(this.#parts, { ...this.#options, store, user, before });
    if (change !== "none") this.reports.clear();
    // Without cookies a person is taken for a new one each time.
    const isOther = this.#loggedOut || (this.store.isKept && before && !isGuest(before.name));
    if (change === "person" && isOther) this.#options.onLoggedOut?.(user);
    this.#loggedOut = false;
  }

  #renamed(user: User, was: string): void {
    this.people.rename(user);
    if (user.id === this.me.value?.id) {
      this.me.value = user;
      this.#naming.answer({ ok: true });
    }
    for (const room of this.#entered) room.renamed(user, was, this.#myId);
  }
}
