import { batch, type ReadonlySignal, signal } from "@preact/signals";
import {
  type ErrorLine,
  type HelloLine,
  type HistoryLine,
  type JoinedLine,
  type Limits,
  type Message,
  type RoomSummary,
  type ServerLine,
  type User,
} from "../../protocol/mod.ts";
import { Connection } from "./connection.ts";
import { History } from "./history.ts";
import { mentions } from "./mentions.ts";
import { Outbox } from "./outbox.ts";
import type { Room } from "./room.ts";
import { Rooms } from "./rooms.ts";
import { Sender } from "./sender.ts";
import type { TextStore } from "./storage.ts";

/** How often, in ms, others are told that this person goes on typing. */
const TYPING_EVERY_MS = 3_000;

/** How long to wait, in ms, with a room that is refused for now when the server does not say. */
const REFUSED_WAIT = 2_000;

/** Something to tell about a room or a command that was refused. */
export interface Problem {
  readonly code: ErrorLine["code"];
  readonly room?: string;
}

/** What became of a wish for a name. */
export type NameAnswer = { readonly ok: true } | { readonly ok: false; readonly code: string };

/** What a {@linkcode Chat} needs. */
export interface ChatOptions {
  /** The address of the WebSocket. */
  readonly url: string;
  readonly store: TextStore;
  /** Whether the browser believes to be online. */
  readonly online?: () => boolean;
  /** Whether somebody is looking at the page. */
  readonly attentive?: () => boolean;
  /** A new message came, while the page was open, from someone else. */
  readonly onMessage?: (message: Message, about: { mention: boolean; active: boolean }) => void;
  /** The server refused a message for good. */
  readonly onFailed?: (code: ErrorLine["code"]) => void;
  /** A connection was refused or failed before it said `hello`. */
  readonly onRefused?: () => void;
}

/** All that the page knows: the connection, the person, the rooms, and what is on its way out. */
export class Chat implements Disposable {
  readonly connection: Connection;
  readonly outbox: Outbox;
  readonly me = signal<User | undefined>(undefined);
  readonly limits = signal<Limits | undefined>(undefined);
  readonly rooms: ReadonlySignal<readonly Room[]>;
  /** The room that is shown. */
  readonly active: ReadonlySignal<Room>;
  /** How many messages are unread in all rooms. */
  readonly unread: ReadonlySignal<number>;
  /** All rooms there are, or `undefined` until the server has told. */
  readonly directory = signal<readonly RoomSummary[] | undefined>(undefined);
  /** Whether the server is another version than the one this page came from. */
  readonly outdated = signal(false);
  readonly problem = signal<Problem | undefined>(undefined);
  /** Names that changed, by the person's id. */
  readonly names = signal<ReadonlyMap<string, string>>(new Map());
  readonly #options: ChatOptions;
  readonly #sender: Sender;
  readonly #history: History;
  readonly #rooms: Rooms;
  #version: string | undefined;
  #naming: ((answer: NameAnswer) => void) | undefined;
  #typingAt = 0;
  #clockAhead = 0;

  constructor(options: ChatOptions) {
    this.#options = options;
    this.outbox = new Outbox(options.store);
    this.connection = new Connection({
      url: options.url,
      onLines: (lines) => batch(() => lines.forEach((line) => this.#take(line))),
      onEnd: ({ early }) => this.#ended(early),
      ...(options.online && { online: options.online }),
    });
    this.#sender = new Sender({
      outbox: this.outbox,
      send: (command) => this.connection.send(command),
      isLive: (room) => this.room(room)?.live.peek() === true,
    });
    this.#history = new History({
      send: (command) => this.connection.send(command),
      me: () => this.#myId,
      onReplaced: (room, messages) => this.#noteMentions(room, messages),
      onMissed: (room, messages) => this.#arrived(room, messages),
    });
    this.#rooms = new Rooms({
      store: options.store,
      besides: this.outbox.pending.map(({ room }) => room),
      onEnter: (room) => this.#history.join(room),
      onLeftElsewhere: ({ name }) => this.connection.send({ type: "leave", room: name }),
    });
    this.rooms = this.#rooms.list;
    this.active = this.#rooms.active;
    this.unread = this.#rooms.unread;
  }

  /** Shows a room, entering it first if need be. Whether its name can be one. */
  open(name: string): boolean {
    return this.#rooms.open(name);
  }

  room(name: string): Room | undefined {
    return this.#rooms.get(name);
  }

  /** Leaves a room; the last one is only left for the first. */
  leave(room: Room): void {
    this.connection.send({ type: "leave", room: room.name });
    this.#forget(room);
  }

  /** Writes a message to the room that is shown. */
  send(text: string): void {
    const room = this.active.value;
    this.outbox.add(room.name, text);
    this.#typingAt = 0;
    batch(() => {
      room.line.value = undefined;
      room.touch();
    });
    this.#sender.flush();
  }

  retry(id: string): void {
    this.outbox.retry(id);
    this.rooms.value.forEach((room) => room.touch());
    this.#sender.flush();
  }

  discard(id: string): void {
    this.outbox.remove(id);
    this.rooms.value.forEach((room) => room.touch());
    this.#sender.flush();
  }

  /** Tells the others, now and then, that this person is typing. */
  typing(): void {
    const now = Date.now();
    if (now - this.#typingAt < TYPING_EVERY_MS || !this.active.value.live.value) return;
    this.#typingAt = now;
    this.connection.send({ type: "typing", room: this.active.value.name });
  }

  /** Asks for messages before the first one here. */
  loadOlder(room: Room): void {
    this.#history.askOlder(room);
  }

  /** Asks for older messages until that of a `seq` is here. */
  seek(room: Room, seq: number): void {
    this.#history.seek(room, seq);
  }

  /** Everything of a room that is here was seen by somebody. */
  markRead(room: Room): void {
    this.#rooms.markRead(room);
  }

  /** Another tab of this browser changed something in the store. */
  changedElsewhere(key: string, value: string): void {
    const id = /^outbox\.(.+)$/.exec(key)?.[1];
    if (id === undefined) return this.#rooms.changedElsewhere(key, value);
    const pending = this.outbox.find(id);
    // It was sent or deleted there.
    if (!pending || value !== "") return;
    this.outbox.remove(id);
    this.room(pending.room)?.touch();
    this.#sender.flush();
  }

  /** Asks for a name; with a secret, it is kept for other devices. */
  takeName(name: string, secret?: string): Promise<NameAnswer> {
    this.#naming?.({ ok: false, code: "offline" });
    const { promise, resolve } = Promise.withResolvers<NameAnswer>();
    const command = secret
      ? { type: "name", name, secret } as const
      : { type: "name", name } as const;
    if (this.connection.send(command)) this.#naming = resolve;
    else resolve({ ok: false, code: "offline" });
    return promise;
  }

  askRooms(): void {
    this.connection.send({ type: "rooms" });
  }

  /** The server's time of something, from this device's: their clocks may differ. */
  serverTime(at: number): number {
    return at + this.#clockAhead;
  }

  /** The name a person has now. */
  nameOf({ id, name }: User): string {
    return this.names.value.get(id) ?? name;
  }

  /** Ends the connection for good. */
  [Symbol.dispose](): void {
    this.connection.stop();
    this.#sender.stop();
    for (const room of this.rooms.value) room.lost();
  }

  #forget(room: Room): void {
    batch(() => {
      for (const { id } of this.outbox.of(room.name)) this.outbox.remove(id);
      this.#rooms.leave(room);
    });
  }

  get #myId(): string {
    return this.me.peek()?.id ?? "";
  }

  #ended(early: boolean): void {
    batch(() => this.rooms.value.forEach((room) => room.lost()));
    this.#sender.stop();
    this.#naming?.({ ok: false, code: "offline" });
    this.#naming = undefined;
    if (early) this.#options.onRefused?.();
  }

  #take(line: ServerLine): void {
    switch (line.type) {
      case "hello":
        return this.#hello(line);
      case "joined":
        return this.#joined(line);
      case "message":
        return this.#message(line);
      case "history":
        return this.#taken(line);
      case "rooms":
        this.directory.value = line.rooms;
        return;
      case "presence":
        return this.room(line.room)?.presence(line, this.#myId);
      case "typing":
        if (line.user.id !== this.#myId) this.room(line.room)?.isTyping(line.user);
        return;
      case "renamed":
        return this.#renamed(line.user, line.was);
      case "error":
        return this.#error(line);
      case "left":
        return;
    }
  }

  #hello({ version, user, limits }: HelloLine): void {
    this.outdated.value = this.outdated.value || (this.#version ?? version) !== version;
    this.#version ??= version;
    this.me.value = user;
    this.limits.value = limits;
    this.#sender.start(limits);
    // The one that is looked at comes first.
    const active = this.active.value;
    for (const room of [active, ...this.rooms.value.filter((room) => room !== active)]) {
      this.#history.join(room);
    }
  }

  #joined(line: JoinedLine): void {
    const room = this.room(line.room);
    if (!room) return;
    const wasUnread = room.unread.value > 0;
    this.#acknowledge(line.messages);
    if (!this.#history.joined(room, line)) return;
    this.#rooms.saveRead(room);
    if (room === this.active.value && !wasUnread && room.unread.value > 0) {
      room.line.value = room.read.value;
    }
    this.#sender.flush();
  }

  #taken(line: HistoryLine): void {
    const room = this.room(line.room);
    if (!room) return;
    this.#acknowledge(line.messages);
    this.#history.take(room, line);
  }

  #message(message: Message): void {
    const room = this.room(message.room);
    if (!room) return;
    this.#acknowledge([message]);
    this.#clockAhead = message.at - Date.now();
    room.stoppedTyping(message.user.id);
    const allRead = room.unread.value === 0;
    const readBefore = room.read.value;
    room.last.value = Math.max(room.last.value, message.seq);
    const attentive = this.#options.attentive?.() ?? true;
    if (room === this.active.value && allRead && !attentive && message.user.id !== this.#myId) {
      room.line.value = readBefore;
    }
    this.#arrived(room, room.append([message], this.#myId));
  }

  /** Messages came that were not here before. */
  #arrived(room: Room, messages: readonly Message[]): void {
    this.#noteMentions(room, messages);
    const active = room === this.active.peek();
    for (const message of messages) {
      // Whoever answers has read what came before.
      if (message.user.id === this.#myId) this.markRead(room);
      else this.#options.onMessage?.(message, { mention: this.#mentionsMe(message), active });
    }
  }

  #noteMentions(room: Room, messages: readonly Message[]): void {
    const read = room.read.peek() ?? Infinity;
    if (messages.some((message) => message.seq > read && this.#mentionsMe(message))) {
      room.mentioned.value = true;
    }
  }

  #mentionsMe({ user, text }: Message): boolean {
    const me = this.me.peek();
    return me !== undefined && user.id !== me.id && mentions(text, me.name);
  }

  /** The server has sent back what this person wrote. */
  #acknowledge(messages: readonly Message[]): void {
    let changed = false;
    for (const { user, id, room } of messages) {
      if (user.id !== this.#myId || !this.outbox.remove(id)) continue;
      this.room(room)?.touch();
      changed = true;
    }
    if (!changed) return;
    this.#sender.acknowledged();
  }

  #renamed(user: User, was: string): void {
    this.names.value = new Map(this.names.value).set(user.id, user.name);
    if (user.id === this.me.value?.id) {
      this.me.value = user;
      this.#naming?.({ ok: true });
      this.#naming = undefined;
    }
    for (const room of this.rooms.value) room.renamed(user, was, this.#myId);
  }

  #error({ code, ref, retry }: ErrorLine): void {
    if (ref !== undefined && this.outbox.find(ref)) return this.#sendRefused(ref, code, retry);
    const room = ref === undefined ? undefined : this.room(ref);
    if (room) {
      if (room.live.value || code === "rate_limited" || code === "storage") {
        return this.#history.refused(room, retry ?? REFUSED_WAIT);
      }
      this.problem.value = { code, room: room.name };
      // Without any other, this one is tried again with the next connection.
      if (this.rooms.value.length > 1) this.#forget(room);
    } else if (this.#naming) {
      this.#naming({ ok: false, code });
      this.#naming = undefined;
    }
  }

  #sendRefused(id: string, code: ErrorLine["code"], retry?: number): void {
    const pending = this.outbox.find(id);
    const room = pending && this.room(pending.room);
    if (code === "not_joined" && room) {
      room.live.value = false;
      this.#history.join(room);
    }
    this.#sender.refused(id, code, retry);
    if (this.outbox.find(id)?.failed) this.#options.onFailed?.(code);
    room?.touch();
  }
}
