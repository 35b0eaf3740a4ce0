import { batch, computed, signal } from "@preact/signals";
import {
  type ErrorLine,
  type HelloLine,
  HISTORY_LIMIT,
  type HistoryLine,
  isRoom,
  type JoinedLine,
  type Limits,
  type Message,
  type RoomSummary,
  type ServerLine,
  type User,
} from "../../protocol.ts";
import { Connection } from "./connection.ts";
import { mentions } from "./mentions.ts";
import { Outbox } from "./outbox.ts";
import { Room } from "./room.ts";
import { Sender } from "./sender.ts";
import { readJson, type TextStore } from "./storage.ts";

/** The room everyone begins in. */
export const FIRST_ROOM = "lobby";

/** Missing more than this, the newest messages are shown at once and the others when scrolled to. */
const GAP_TO_FILL = 2_000;
/** How often, in ms, others are told that this person goes on typing. */
const TYPING_EVERY_MS = 3_000;

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
  /** A connection was refused or failed before it said `hello`. */
  readonly onRefused?: () => void;
}

/** All that the page knows: the connection, the person, the rooms, and what is on its way out. */
export class Chat implements Disposable {
  readonly connection: Connection;
  readonly outbox: Outbox;
  readonly me = signal<User | undefined>(undefined);
  readonly limits = signal<Limits | undefined>(undefined);
  readonly rooms = signal<readonly Room[]>([]);
  readonly active = signal<Room>(new Room(FIRST_ROOM, undefined));
  /** All rooms there are, or `undefined` until the server has told. */
  readonly directory = signal<readonly RoomSummary[] | undefined>(undefined);
  /** Whether the server is another version than the one this page came from. */
  readonly outdated = signal(false);
  readonly problem = signal<Problem | undefined>(undefined);
  /** Names that changed, by the person's id. */
  readonly names = signal<ReadonlyMap<string, string>>(new Map());
  readonly unread = computed(() =>
    this.rooms.value.reduce((sum, room) => sum + room.unread.value, 0)
  );
  readonly #options: ChatOptions;
  readonly #store: TextStore;
  #version: string | undefined;
  #naming: ((answer: NameAnswer) => void) | undefined;
  readonly #sender: Sender;
  #typingAt = 0;

  constructor(options: ChatOptions) {
    this.#options = options;
    this.#store = options.store;
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
    const names = readJson(this.#store, "rooms", isRooms) ?? [FIRST_ROOM];
    const waiting = this.outbox.pending.map(({ room }) => room);
    this.rooms.value = [...new Set([...names, ...waiting])].map((name) => this.#newRoom(name));
    this.open(this.#store.get("room") ?? FIRST_ROOM);
  }

  /** Shows a room, entering it first if need be. Whether its name can be one. */
  open(name: string): boolean {
    if (!isRoom(name)) return false;
    batch(() => {
      let room = this.room(name);
      if (!room) {
        room = this.#newRoom(name);
        this.rooms.value = [...this.rooms.value, room];
        this.#saveRooms();
        this.#join(room);
      }
      if (this.active.value === room) return;
      this.active.value.line.value = undefined;
      this.active.value = room;
      this.#store.set("room", name);
      if (room.unread.value > 0) room.line.value = room.read.value;
    });
    return true;
  }

  room(name: string): Room | undefined {
    return this.rooms.value.find((room) => room.name === name);
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

  /** Asks for messages before the first one here. Whether something is on its way. */
  loadOlder(room: Room): boolean {
    const { first, hasOlder } = room.timeline;
    if (room.request || !room.live.value || !hasOlder || first === undefined) return false;
    const sent = this.connection.send({
      type: "history",
      room: room.name,
      before: first,
      limit: HISTORY_LIMIT / 2,
    });
    if (sent) room.request = "older";
    return sent;
  }

  /** Everything of a room that is here was seen by somebody. */
  markRead(room: Room): void {
    const { last } = room.timeline;
    const read = room.read.peek();
    if (last === undefined || read === undefined || last <= read) return;
    batch(() => {
      room.read.value = last;
      if (last >= room.last.peek()) room.mentioned.value = false;
    });
    this.#store.set(`read.${room.name}`, String(last));
  }

  /** Another tab read further. */
  readElsewhere(name: string, seq: number): void {
    const room = this.room(name);
    if (room && seq > (room.read.peek() ?? -1)) room.read.value = seq;
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

  #newRoom(name: string): Room {
    const read = Number.parseInt(this.#store.get(`read.${name}`) ?? "", 10);
    return new Room(name, Number.isSafeInteger(read) ? read : undefined);
  }

  #saveRooms(): void {
    this.#store.set("rooms", JSON.stringify(this.rooms.value.map(({ name }) => name)));
  }

  #forget(room: Room): void {
    batch(() => {
      for (const { id } of this.outbox.of(room.name)) this.outbox.remove(id);
      this.rooms.value = this.rooms.value.filter((each) => each !== room);
      this.#store.remove(`read.${room.name}`);
      this.#saveRooms();
      if (this.active.value === room) this.open(this.rooms.value[0]?.name ?? FIRST_ROOM);
    });
  }

  get #myId(): string {
    return this.me.peek()?.id ?? "";
  }

  #join(room: Room): void {
    room.askedAfter = room.timeline.last;
    this.connection.send(
      room.askedAfter === undefined
        ? { type: "join", room: room.name }
        : { type: "join", room: room.name, after: room.askedAfter },
    );
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
        return this.#history(line);
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
      this.#join(room);
    }
  }

  #joined(line: JoinedLine): void {
    const room = this.room(line.room);
    if (!room) return;
    const asked = room.askedAfter;
    if (asked !== undefined && (line.last < asked || line.last - asked > GAP_TO_FILL)) {
      // The server's memory is another one than ours, or too far ahead of it.
      room.timeline.clear();
      this.#join(room);
      return;
    }
    const wasUnread = room.unread.value > 0;
    room.enter(line);
    this.#store.set(`read.${room.name}`, String(room.read.value));
    this.#acknowledge(line.messages);
    const missing = asked !== undefined && line.messages[0] !== undefined &&
      line.messages[0].seq > asked + 1;
    if (asked === undefined) room.replace(line.messages, line.more, this.#myId);
    else if (missing) room.replace(line.messages, false, this.#myId);
    else {
      this.#arrived(room, room.append(line.messages, this.#myId));
      if (line.more) this.#loadNewer(room);
    }
    if (room === this.active.value && !wasUnread && room.unread.value > 0) {
      room.line.value = room.read.value;
    }
    this.#sender.flush();
  }

  #loadNewer(room: Room): void {
    const after = room.timeline.last ?? 0;
    const { name } = room;
    if (this.connection.send({ type: "history", room: name, after, limit: HISTORY_LIMIT })) {
      room.request = "newer";
    }
  }

  #history({ room: name, messages, more }: HistoryLine): void {
    const room = this.room(name);
    if (!room?.request) return;
    const kind = room.request;
    room.request = undefined;
    this.#acknowledge(messages);
    if (kind === "older") room.prepend(messages, more, this.#myId);
    else {
      this.#arrived(room, room.append(messages, this.#myId));
      if (more) this.#loadNewer(room);
    }
  }

  #message(message: Message): void {
    const room = this.room(message.room);
    if (!room) return;
    this.#acknowledge([message]);
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
    const me = this.me.peek();
    for (const message of messages) {
      const own = message.user.id === me?.id;
      if (own) {
        // Whoever answers has read what came before.
        this.markRead(room);
        continue;
      }
      const mention = me !== undefined && mentions(message.text, me.name);
      if (mention && message.seq > (room.read.peek() ?? 0)) room.mentioned.value = true;
      this.#options.onMessage?.(message, { mention, active: room === this.active.peek() });
    }
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
    if (ref !== undefined && this.outbox.has(ref)) return this.#sendRefused(ref, code, retry);
    const room = ref === undefined ? undefined : this.room(ref);
    if (room) {
      room.request = undefined;
      if (room.live.value) return;
      if (code === "rate_limited") {
        setTimeout(() => this.#join(room), retry ?? 1_000);
        return;
      }
      this.#forget(room);
      this.problem.value = { code, room: room.name };
    } else if (this.#naming) {
      this.#naming({ ok: false, code });
      this.#naming = undefined;
    }
  }

  #sendRefused(id: string, code: ErrorLine["code"], retry?: number): void {
    const pending = this.outbox.pending.find((each) => each.id === id);
    const room = pending && this.room(pending.room);
    if (code === "not_joined" && room) {
      room.live.value = false;
      this.#join(room);
    }
    this.#sender.refused(id, code, retry);
    room?.touch();
  }
}

function isRooms(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every(isRoom);
}
