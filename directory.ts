import type { MessageLog } from "./log.ts";
import { ROOMS_LIMIT, type RoomSummary } from "./protocol.ts";
import type { Room } from "./room.ts";

/** How long a list is good enough, in ms; making it looks at every room. */
const FRESH_MS = 1000;

/** The list of rooms, the most lively first: those with the most people, then those written to last. */
export class Directory {
  readonly #log: Pick<MessageLog, "rooms">;
  readonly #open: ReadonlyMap<string, Room>;
  #listed: Promise<RoomSummary[]> | undefined;
  #listedAt = 0;

  /** `open` are the rooms that somebody is in, by name. */
  constructor(log: Pick<MessageLog, "rooms">, open: ReadonlyMap<string, Room>) {
    this.#log = log;
    this.#open = open;
  }

  /** The rooms as they were within the last second. Rejects when the log can't be read. */
  list(): Promise<RoomSummary[]> {
    const now = performance.now();
    if (this.#listed === undefined || now - this.#listedAt > FRESH_MS) {
      this.#listedAt = now;
      this.#listed = this.#make();
    }
    return this.#listed;
  }

  async #make(): Promise<RoomSummary[]> {
    const rooms = new Map<string, RoomSummary>();
    for (const { room, last, at } of await this.#log.rooms(ROOMS_LIMIT)) {
      rooms.set(room, { room, last, at, count: 0 });
    }
    for (const { name, last, at, count } of this.#open.values()) {
      const stored = rooms.get(name);
      rooms.set(name, {
        room: name,
        count,
        last: Math.max(last, stored?.last ?? 0),
        at: Math.max(at, stored?.at ?? 0),
      });
    }
    return [...rooms.values()]
      .sort((a, b) => b.count - a.count || b.at - a.at)
      .slice(0, ROOMS_LIMIT);
  }
}
