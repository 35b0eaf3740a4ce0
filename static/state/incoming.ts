import {
  type ChangedLine,
  type ChangesLine,
  type DeletedLine,
  EVERYONE,
  type HistoryLine,
  type InfoLine,
  type JoinedLine,
  type Message,
  type PresenceLine,
  type TypingLine,
  type User,
} from "../../protocol/mod.ts";
import type { ChatOptions } from "./chat_options.ts";
import type { History } from "./history.ts";
import type { MessageActions } from "./message_actions.ts";
import { type KnownNames, mentionsOwn } from "./mentions.ts";
import { knownNamesOf } from "./names.ts";
import type { Outbox } from "./outbox.ts";
import type { Room } from "./room.ts";
import type { Rooms } from "./rooms.ts";
import type { Sender } from "./sender.ts";

/** The needs of {@linkcode Incoming}. */
export interface IncomingOptions
  extends Pick<ChatOptions, "attentive" | "onMessage" | "onChanged"> {
  readonly outbox: Outbox;
  readonly sender: Sender;
  readonly rooms: Rooms;
  readonly history: History;
  readonly actions: MessageActions;
  readonly me: () => User | undefined;
  /** The present name of a person. */
  readonly nameOf: (user: User) => string;
  /** Whether this person ignores another. */
  readonly ignores: (person: string) => boolean;
}

/** Takes what the server sends about the messages and the people of rooms. */
export class Incoming {
  readonly #options: IncomingOptions;
  /** The time in ms by which the server's clock is ahead of this device's. */
  #clockAhead = 0;

  constructor(options: IncomingOptions) {
    this.#options = options;
  }

  /** The server's time of something, from this device's: their clocks may differ. */
  serverTime(at: number): number {
    return at + this.#clockAhead;
  }

  /** Takes the answer to a `join`. */
  joined(line: JoinedLine): void {
    const { rooms, history, sender } = this.#options;
    const room = rooms.get(line.room);
    if (!room) return;
    const wasUnread = room.wasUnread ?? room.unread.value > 0;
    this.#acknowledge(line.messages);
    if (!history.joined(room, line)) return;
    room.wasUnread = undefined;
    rooms.saveRead(room);
    this.#addIfExists(room);
    this.#options.actions.flush();
    if (room === rooms.active.value && !wasUnread && room.unread.value > 0) {
      room.line.value = room.read.value;
    }
    sender.flush();
  }

  /** Takes the answer to a request for history. */
  history(line: HistoryLine): void {
    const { rooms, history } = this.#options;
    const room = rooms.get(line.room);
    if (!room) return;
    this.#acknowledge(line.messages);
    history.take(room, line);
  }

  /** Takes who joined and left. */
  presence(line: PresenceLine): void {
    const room = this.#options.rooms.get(line.room);
    if (!room) return;
    room.presence(line, this.#myId);
    this.#addIfExists(room);
  }

  /** Takes that somebody is typing. */
  typing({ room, user }: TypingLine): void {
    if (user.id === this.#myId || this.#options.ignores(user.id)) return;
    this.#options.rooms.get(room)?.isTyping(user);
  }

  /** Takes the settings of a room. */
  info({ room: name, info }: InfoLine): void {
    const room = this.#options.rooms.get(name);
    if (room) room.info.value = info;
  }

  /** Takes a message that was written now. */
  message(message: Message): void {
    const { rooms, attentive } = this.#options;
    const room = rooms.get(message.room);
    if (!room) return;
    this.#acknowledge([message]);
    // Others were on their way for a while.
    if (message.seq > room.last.value) this.#clockAhead = message.at - Date.now();
    room.stoppedTyping(message.user.id);
    const allRead = room.unread.value === 0;
    const readBefore = room.read.value;
    if (this.#isNews(message) && message.seq > room.last.value) room.counted.value++;
    room.last.value = Math.max(room.last.value, message.seq);
    this.#noteSlow(room, message);
    this.#addIfExists(room);
    const isWatched = attentive?.() ?? true;
    if (room === rooms.active.value && allRead && !isWatched && this.#isNews(message)) {
      room.line.value = readBefore;
    }
    this.arrived(room, room.append([message], this.#myId));
  }

  /** Takes what has become of messages. */
  take(line: ChangedLine | DeletedLine | ChangesLine): void {
    if (line.type === "changes") return this.#changes(line);
    if (line.type === "changed") this.#changed(line);
    else this.#deleted(line);
    this.#options.onChanged?.(line);
  }

  /** Takes the present state of a message that was changed. */
  #changed(line: ChangedLine): void {
    const { rooms, actions } = this.#options;
    const { message, rev } = line;
    const room = rooms.get(line.room);
    if (room) {
      const before = room.change(message);
      if (before && before.deleted === undefined && message.deleted) {
        this.#noteDeleted(room, [before]);
      }
      if (rev !== undefined) room.changes.live(rev);
    }
    this.#acknowledge([message]);
    // Behind the new state, so that the old one isn't drawn in between.
    actions.changed(line);
  }

  /** Takes that several messages were deleted. */
  #deleted({ room: name, deleted, rev, messages }: DeletedLine): void {
    const room = this.#options.rooms.get(name);
    if (!room) return;
    const gone = room.delete(messages.map(([seq, rev]) => ({ seq, rev, deleted })));
    this.#noteDeleted(room, gone.filter(({ deleted }) => deleted === undefined));
    room.changes.live(rev);
  }

  /** Takes a part of the changes that were missed. */
  #changes(line: ChangesLine): void {
    const { rooms, history } = this.#options;
    const room = rooms.get(line.room);
    if (room) history.changes(room, line);
  }

  /** A deleted message is not unread. */
  #noteDeleted(room: Room, messages: readonly Message[]): void {
    const mentionsMe = this.#mentionTest(room);
    for (const message of messages) {
      if (message.seq <= (room.read.value ?? Infinity) || !this.#isNews(message)) continue;
      room.counted.value = Math.max(0, room.counted.value - 1);
      if (mentionsMe(message)) room.mentions.value = Math.max(0, room.mentions.value - 1);
    }
  }

  /** Takes messages that were not here before. */
  arrived(room: Room, messages: readonly Message[]): void {
    const { rooms, onMessage } = this.#options;
    const mentionsMe = this.#mentionTest(room);
    this.noteRead(room, messages, mentionsMe);
    const active = room === rooms.active.peek();
    for (const message of messages) {
      if (!this.#isNews(message)) continue;
      const mention = mentionsMe(message);
      const { value: level } = room.level;
      const quiet = level === "nothing" || (level === "mentions" && !mention);
      onMessage?.(message, { mention, active, quiet });
    }
  }

  /** Marks as read what own messages show to be read, and notes which are ignored, and whether the others mention this person. */
  noteRead(
    room: Room,
    messages: readonly Message[],
    mentionsMe = this.#mentionTest(room),
  ): void {
    // An answer, on whatever device, shows that what came before it was read.
    const own = messages.findLast(({ user }) => user.id === this.#myId);
    if (own) this.#options.rooms.markRead(room, own.seq);
    const { ignores } = this.#options;
    room.noteIgnored(messages.filter(({ user }) => ignores(user.id)).map(({ seq }) => seq));
    // Of a member's room the server counts them.
    if (room.role.peek() !== undefined) return;
    const read = room.read.peek() ?? Infinity;
    const mentions = messages.filter((message) => message.seq > read && mentionsMe(message));
    if (mentions.length > 0) room.mentions.value += mentions.length;
  }

  /** Notes until when slow mode lets this person write nothing. */
  #noteSlow(room: Room, { user, at }: Message): void {
    const { slow } = room.info.peek();
    if (slow === 0 || user.id !== this.#myId || room.role.peek() === "moderator") return;
    room.slowUntil.value = at + slow * 1_000;
  }

  /** Whether a message is of somebody else, whom this person does not ignore. */
  #isNews({ user }: Message): boolean {
    return user.id !== this.#myId && !this.#options.ignores(user.id);
  }

  /** Returns whether messages mention this person. The names in a room are gathered once for all of them. */
  #mentionTest(room: Room): (message: Message) => boolean {
    const { me, nameOf } = this.#options;
    let names: KnownNames | undefined;
    return (message) => {
      if (!this.#isNews(message)) return false;
      const { answers, mentions = [], text } = message;
      if (answers !== undefined && answers === this.#myId) return true;
      // The server knows whom it reaches: guests are nobody to it.
      if (room.role.peek() === undefined) {
        return text.includes("@") &&
          mentionsOwn(text, names ??= knownNamesOf({ room, me: me(), nameOf }));
      }
      return mentions.includes(this.#myId) || mentions.includes(EVERYONE);
    };
  }

  /** Takes the messages that the server has sent back off the outbox. */
  #acknowledge(messages: readonly Message[]): void {
    const { actions, outbox, rooms, sender } = this.#options;
    actions.resolve(messages);
    let changed = false;
    for (const { user, id, room } of messages) {
      if (user.id !== this.#myId || !outbox.remove(id)) continue;
      rooms.get(room)?.touch();
      changed = true;
    }
    if (changed) sender.acknowledged();
  }

  /** Puts the room that an address named into the list when the server knows it. */
  #addIfExists(room: Room): void {
    if (room.known.peek()) this.#options.rooms.add(room);
  }

  get #myId(): string {
    return this.#options.me()?.id ?? "";
  }
}
