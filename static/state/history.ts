import {
  type ChangesLine,
  type Command,
  HISTORY_LIMIT,
  type HistoryBound,
  type HistoryLine,
  type JoinedLine,
  type Message,
} from "../../protocol/mod.ts";
import type { Room } from "./room.ts";
import type { HistoryRequest } from "./room_messages.ts";

type Where = HistoryBound & { readonly limit: number };
/** If more messages than this are missing, the newest are shown at once and the others when scrolled to. */
const GAP_TO_FILL = 2_000;
/** The messages that are loaded on each side of a place. */
const AROUND = 50;

/** The needs of {@linkcode History}. */
export interface HistoryOptions {
  /** Sends a line, if there is a connection. */
  readonly send: (command: Command) => boolean;
  /** Whether a room may not be created by joining it. */
  readonly mustExist?: (room: Room) => boolean;
  /** The id of this person. */
  readonly me: () => string;
  /** Called when a room starts again with these messages. */
  readonly onReplaced: (room: Room, messages: readonly Message[]) => void;
  /** Called with the messages that were missed while there was no connection. */
  readonly onMissed: (room: Room, messages: readonly Message[]) => void;
}

/**
 * Loads the messages of rooms, so that the newest ones here never have a gap. Messages around an older one are loaded
 * as a stretch of its own, which grows until it reaches them.
 */
export class History {
  readonly #options: HistoryOptions;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** Joins a room, with what followed the last message here or, afresh, with the newest. */
  join(room: Room, { afresh = false } = {}): void {
    const after = afresh ? undefined : room.timeline.last;
    room.askedAfter = after;
    const mustExist = this.#options.mustExist?.(room) ?? false;
    this.#options.send({
      type: "join",
      room: room.name,
      ...(after !== undefined && { after, rev: room.changes.rev }),
      ...(mustExist && { create: false }),
    });
  }

  /** Handles the reply to `join`. Returns whether the room can be used now: otherwise it was joined again. */
  joined(room: Room, line: JoinedLine): boolean {
    const { askedAfter: asked } = room;
    if (asked !== undefined && (line.last < asked || line.last - asked > GAP_TO_FILL)) {
      // The server's history is another one than ours, or too far ahead of it.
      if (line.last < asked) room.closePlace();
      this.join(room, { afresh: true });
      return false;
    }
    room.enter(line);
    // Messages that the server no longer keeps are not shown, either.
    if ((room.place.peek()?.last ?? Infinity) < line.first) room.closePlace();
    this.#takeChanged(room, line, asked !== undefined);
    if (asked === undefined) this.#replace(room, line.messages, line.more);
    else if (line.first > asked + 1) {
      // The messages that followed ours are no longer kept, and neither are ours.
      this.#replace(room, line.messages, false);
      if (line.more) this.askNewer(room);
    } else this.#takeNewer(room, line, asked);
    this.#advance(room);
    return true;
  }

  /** Handles a reply. */
  take(room: Room, line: HistoryLine): void {
    const { request } = room;
    room.request = undefined;
    switch (request?.kind) {
      case "newer":
        this.#takeNewer(room, line, request.seq);
        // The server lacks it.
        if (line.messages.length === 0 && room.wanted?.kind === "message") {
          if (room.wanted.seq > (room.timeline.last ?? 0)) this.#arrived(room, false);
        }
        break;
      case "older":
        room.prepend(line.messages, line.more, request.seq, this.#options.me());
        if (room.sought !== undefined) this.seek(room, room.sought);
        break;
      case "further":
        room.growPlace(line, request.seq, this.#options.me());
        break;
      case "around":
        this.#takeAround(room, line, request);
        break;
      case "date":
        this.#found(room, line.messages[0]?.seq);
        break;
      case "quote": {
        const [message] = line.messages;
        room.takeQuote(request.seq, message?.seq === request.seq ? message : undefined);
        break;
      }
    }
    this.#advance(room);
  }

  /** Shows the message of a `seq`, once it and what is around it are here. */
  goTo(room: Room, seq: number, done: (isFound: boolean) => void): void {
    room.wanted = { kind: "message", seq, done };
    this.#advance(room);
  }

  /** Loads a single message that another one answers. */
  loadQuote(room: Room, seq: number): void {
    if (room.wantQuote(seq)) this.#advance(room);
  }

  /** Looks for the first message that was sent at a time or after it; gives undefined if there is none. */
  findDate(room: Room, at: number, done: (seq: number | undefined) => void): void {
    room.wanted = { kind: "date", at, done };
    this.#advance(room);
  }

  /** Handles a temporary refusal about a room; `retry` in ms, by default two seconds. */
  refused(room: Room, retry = 2_000): void {
    const { request, losses } = room;
    room.request = undefined;
    function later(ask: () => void): void {
      // The person may have left meanwhile, be another one, or be back on a new connection.
      setTimeout(() => room.losses === losses && ask(), retry);
    }
    if (!room.live.peek()) later(() => this.join(room));
    // Without these there would be a hole.
    else if (request?.kind === "newer") later(() => this.askNewer(room));
    else if (room.wanted || room.wantedQuotes.size > 0) later(() => this.#advance(room));
    else if (!room.changes.isComplete) later(() => this.#askChanges(room));
  }

  /** Asks for messages before the first one here. Returns whether something was asked. */
  askOlder(room: Room, limit = HISTORY_LIMIT / 2): boolean {
    const { first, hasOlder } = room.shown;
    if (room.request || !room.live.peek() || !hasOlder || first === undefined) return false;
    const sent = this.#options.send({ type: "history", room: room.name, before: first, limit });
    if (sent) room.request = { kind: "older", seq: first };
    return sent;
  }

  /** Asks for messages after the older stretch that is shown. */
  askFurther(room: Room): void {
    const after = room.place.peek()?.last;
    if (room.request || !room.live.peek() || after === undefined) return;
    const limit = HISTORY_LIMIT / 2;
    const sent = this.#options.send({ type: "history", room: room.name, after, limit });
    if (sent) room.request = { kind: "further", seq: after };
  }

  /** Asks for older messages until that of a `seq` is here. */
  seek(room: Room, seq: number): void {
    const { first = seq, hasOlder } = room.shown;
    room.sought = first > seq && hasOlder ? seq : undefined;
    if (room.sought !== undefined) this.askOlder(room, HISTORY_LIMIT);
  }

  /** Asks for messages after the last one here. Returns whether something was asked. */
  askNewer(room: Room): boolean {
    if (room.request || !room.live.peek()) return false;
    const after = room.timeline.last ?? 0;
    const { name } = room;
    const sent = this.#options.send({ type: "history", room: name, after, limit: HISTORY_LIMIT });
    if (sent) room.request = { kind: "newer", seq: after };
    return sent;
  }

  /** Takes a part of the changes that were missed. */
  changes(room: Room, { messages, rev, more }: ChangesLine): void {
    for (const message of messages) room.change(message);
    room.changes.extend(rev, more);
    if (more) this.#askChanges(room);
  }

  /** Takes the changes in the answer to a `join`. */
  #takeChanged(room: Room, line: JoinedLine, resumed: boolean): void {
    const { rev = 0, changed = [], moreChanged = false } = line;
    const { changes } = room;
    for (const message of changed) room.change(message);
    if (resumed) {
      changes.resume(rev, moreChanged ? changed.at(-1)?.rev ?? changes.rev : undefined);
    } else if (room.place.peek() === undefined) changes.reset(rev);
    // An older stretch is shown, and was not part of what was asked for.
    else changes.resume(rev, changes.rev < rev ? changes.rev : undefined);
    if (!changes.isComplete) this.#askChanges(room);
  }

  #askChanges(room: Room): void {
    const { name, changes: { rev } } = room;
    this.#options.send({ type: "changes", room: name, rev });
  }

  #takeNewer(room: Room, line: JoinedLine | HistoryLine, after: number): void {
    const { last } = room.timeline;
    this.#options.onMissed(room, room.extend(line, after, this.#options.me()));
    // A reply without anything new would be requested again and again.
    if (line.more && room.timeline.last !== last) this.askNewer(room);
  }

  /** Goes on with what is wanted of a room. */
  #advance(room: Room): void {
    const { wanted, timeline } = room;
    if (wanted?.kind === "date") {
      const { at } = wanted;
      return this.#ask(room, { at, limit: 1 }, { kind: "date", at });
    }
    if (wanted === undefined) {
      const [seq] = room.wantedQuotes;
      if (seq !== undefined) this.#ask(room, { after: seq - 1, limit: 1 }, { kind: "quote", seq });
      return;
    }
    const { seq } = wanted;
    if (timeline.has(seq)) {
      room.closePlace();
      return this.#arrived(room, true);
    }
    if (room.place.peek()?.has(seq)) return this.#arrived(room, true);
    if (!room.live.peek() || room.request) return;
    if (seq > room.last.peek() || seq < room.first.peek()) return this.#arrived(room, false);
    // The messages missed during a disconnect are on their way.
    if (seq > (timeline.last ?? 0)) return void this.askNewer(room);
    this.#ask(room, { after: seq - 1, limit: AROUND }, { kind: "around", seq });
  }

  #takeAround(
    room: Room,
    line: HistoryLine,
    { seq, newer }: { readonly seq: number; readonly newer?: readonly Message[] },
  ): void {
    const { wanted } = room;
    // Another place is wanted meanwhile.
    if (wanted?.kind !== "message" || wanted.seq !== seq) return;
    if (newer) {
      room.openPlace([...line.messages, ...newer], line.more, this.#options.me());
      return this.#arrived(room, true);
    }
    if (line.messages[0]?.seq !== seq) return this.#arrived(room, false);
    this.#ask(room, { before: seq, limit: AROUND }, { kind: "around", seq, newer: line.messages });
  }

  #ask(room: Room, which: Where, next: HistoryRequest): void {
    if (room.request || !room.live.peek()) return;
    if (this.#options.send({ type: "history", room: room.name, ...which })) room.request = next;
  }

  #arrived(room: Room, isFound: boolean): void {
    const { wanted } = room;
    room.wanted = undefined;
    if (wanted?.kind === "message") wanted.done(isFound);
  }

  #found(room: Room, seq: number | undefined): void {
    const { wanted } = room;
    room.wanted = undefined;
    if (wanted?.kind === "date") wanted.done(seq);
  }

  #replace(room: Room, messages: readonly Message[], hasOlder: boolean): void {
    room.replace(messages, hasOlder, this.#options.me());
    this.#options.onReplaced(room, messages);
  }
}
