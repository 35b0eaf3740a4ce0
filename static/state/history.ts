import {
  type Command,
  HISTORY_LIMIT,
  type HistoryLine,
  type JoinedLine,
  type Message,
} from "../../protocol/mod.ts";
import type { Room } from "./room.ts";

/** Missing more than this, the newest messages are shown at once and the others when scrolled to. */
const GAP_TO_FILL = 2_000;

/** What {@linkcode History} needs. */
export interface HistoryOptions {
  /** Sends a line, if there is a connection. */
  readonly send: (command: Command) => boolean;
  /** The id of this person. */
  readonly me: () => string;
  /** The room begins anew with these messages. */
  readonly onReplaced: (room: Room, messages: readonly Message[]) => void;
  /** These came that were missed while there was no connection. */
  readonly onMissed: (room: Room, messages: readonly Message[]) => void;
}

/** Brings the messages of rooms here, so that what is here of a room never has a hole. */
export class History {
  readonly #options: HistoryOptions;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** Asks to be let into a room, for what came after the last message here or, afresh, for the newest. */
  join(room: Room, { afresh = false } = {}): void {
    const after = afresh ? undefined : room.timeline.last;
    room.askedAfter = after;
    this.#options.send({
      type: "join",
      room: room.name,
      ...(after !== undefined && { after }),
    });
  }

  /** The server has let this person in. Whether the room can be used now: else it was asked again. */
  joined(room: Room, line: JoinedLine): boolean {
    const { askedAfter: asked } = room;
    if (asked !== undefined && (line.last < asked || line.last - asked > GAP_TO_FILL)) {
      // The server's memory is another one than ours, or too far ahead of it.
      this.join(room, { afresh: true });
      return false;
    }
    room.enter(line);
    const [oldest] = line.messages;
    if (asked === undefined) this.#replace(room, line.messages, line.more);
    else if (oldest && oldest.seq > asked + 1) {
      // What followed ours is no longer kept.
      this.#replace(room, line.messages, false);
      if (line.more) this.#askNewer(room);
    } else this.#takeNewer(room, line);
    return true;
  }

  /** Takes what was asked for. */
  take(room: Room, line: HistoryLine): void {
    const { request } = room;
    room.request = undefined;
    if (request === "newer") this.#takeNewer(room, line);
    else if (request === "older") {
      room.prepend(line.messages, line.more, this.#options.me());
      if (room.sought !== undefined) this.seek(room, room.sought);
    }
  }

  /** The server refused what was asked about a room for now; `retry` in ms. */
  refused(room: Room, retry: number): void {
    const { request } = room;
    room.request = undefined;
    if (!room.live.peek()) setTimeout(() => this.join(room), retry);
    // Without these there would be a hole.
    else if (request === "newer") setTimeout(() => this.#askNewer(room), retry);
  }

  /** Asks for messages before the first one here. Whether something is on its way. */
  askOlder(room: Room, limit = HISTORY_LIMIT / 2): boolean {
    const { first, hasOlder } = room.timeline;
    if (room.request || !room.live.peek() || !hasOlder || first === undefined) return false;
    const sent = this.#options.send({ type: "history", room: room.name, before: first, limit });
    if (sent) room.request = "older";
    return sent;
  }

  /** Asks for older messages until that of a `seq` is here. */
  seek(room: Room, seq: number): void {
    const { first = seq, hasOlder } = room.timeline;
    room.sought = first > seq && hasOlder ? seq : undefined;
    if (room.sought !== undefined) this.askOlder(room, HISTORY_LIMIT);
  }

  #askNewer(room: Room): void {
    if (room.request) return;
    const after = room.timeline.last ?? 0;
    const { name } = room;
    if (this.#options.send({ type: "history", room: name, after, limit: HISTORY_LIMIT })) {
      room.request = "newer";
    }
  }

  #takeNewer(room: Room, { messages, more }: JoinedLine | HistoryLine): void {
    this.#options.onMissed(room, room.append(messages, this.#options.me()));
    if (more) this.#askNewer(room);
  }

  #replace(room: Room, messages: readonly Message[], hasOlder: boolean): void {
    room.replace(messages, hasOlder, this.#options.me());
    this.#options.onReplaced(room, messages);
  }
}
