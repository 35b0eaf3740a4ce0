import {
  type Command,
  HISTORY_LIMIT,
  type HistoryLine,
  type JoinedLine,
  type Message,
} from "../../protocol/mod.ts";
import type { Room } from "./room.ts";

/** If more messages than this are missing, the newest are shown at once and the others when scrolled to. */
const GAP_TO_FILL = 2_000;

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

/** Loads the messages of rooms, so that the loaded part of a room never has a gap. */
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
      ...(after !== undefined && { after }),
      ...(mustExist && { create: false }),
    });
  }

  /** Handles the reply to `join`. Returns whether the room can be used now: otherwise it was joined again. */
  joined(room: Room, line: JoinedLine): boolean {
    const { askedAfter: asked } = room;
    if (asked !== undefined && (line.last < asked || line.last - asked > GAP_TO_FILL)) {
      // The server's history is another one than ours, or too far ahead of it.
      this.join(room, { afresh: true });
      return false;
    }
    room.enter(line);
    if (asked === undefined) this.#replace(room, line.messages, line.more);
    else if (line.first > asked + 1) {
      // The messages that followed ours are no longer kept, and neither are ours.
      this.#replace(room, line.messages, false);
      if (line.more) this.askNewer(room);
    } else this.#takeNewer(room, line, asked);
    return true;
  }

  /** Handles a reply. */
  take(room: Room, line: HistoryLine): void {
    const { request } = room;
    room.request = undefined;
    if (request?.kind === "newer") this.#takeNewer(room, line, request.seq);
    else if (request?.kind === "older") {
      room.prepend(line.messages, line.more, request.seq, this.#options.me());
      if (room.sought !== undefined) this.seek(room, room.sought);
    }
  }

  /** Handles a temporary refusal about a room; `retry` in ms, by default two seconds. */
  refused(room: Room, retry = 2_000): void {
    const { request } = room;
    room.request = undefined;
    if (!room.live.peek()) setTimeout(() => this.join(room), retry);
    // Without these there would be a hole.
    else if (request?.kind === "newer") setTimeout(() => this.askNewer(room), retry);
  }

  /** Asks for messages before the first one here. Returns whether something was asked. */
  askOlder(room: Room, limit = HISTORY_LIMIT / 2): boolean {
    const { first, hasOlder } = room.timeline;
    if (room.request || !room.live.peek() || !hasOlder || first === undefined) return false;
    const sent = this.#options.send({ type: "history", room: room.name, before: first, limit });
    if (sent) room.request = { kind: "older", seq: first };
    return sent;
  }

  /** Asks for older messages until that of a `seq` is here. */
  seek(room: Room, seq: number): void {
    const { first = seq, hasOlder } = room.timeline;
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

  #takeNewer(room: Room, line: JoinedLine | HistoryLine, after: number): void {
    const { last } = room.timeline;
    this.#options.onMissed(room, room.extend(line, after, this.#options.me()));
    // A reply without anything new would be requested again and again.
    if (line.more && room.timeline.last !== last) this.askNewer(room);
  }

  #replace(room: Room, messages: readonly Message[], hasOlder: boolean): void {
    room.replace(messages, hasOlder, this.#options.me());
    this.#options.onReplaced(room, messages);
  }
}
