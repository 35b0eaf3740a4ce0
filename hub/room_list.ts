import type { MessageLog } from "./message_log.ts";
import { ROOMS_LIMIT, type RoomSummary } from "../protocol/mod.ts";
import type { Room } from "./room.ts";
import type { SharedPresence } from "./shared_presence.ts";

/** How long a list is good enough, in ms; making it looks at every room. */
const FRESH_MS = 1000;

/** The list of rooms, the most lively first: those with the most people, then those written to last. */
export class Directory {
  readonly #log: Pick<MessageLog, "rooms">;
  readonly #presence: Pick<SharedPresence, "rooms">;
  readonly #open: ReadonlyMap<string, Pick<Room, "last" | "at">>;
  #listed: Promise<RoomSummary[]> | undefined;
  #listedAt = 0;

  /** `open` are the rooms that somebody is in who is connected here, by name. */
  constructor(
    { log, presence, open }: {
      log: Pick<MessageLog, "rooms">;
      presence: Pick<SharedPresence, "rooms">;
      open: ReadonlyMap<string, Pick<Room, "last" | "at">>;
    },
  ) {
    this.#log = log;
    this.#presence = presence;
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
    for (const [room, { size: count }] of this.#presence.rooms) {
      const stored = rooms.get(room);
      const open = this.#open.get(room);
      rooms.set(room, {
        room,
        count,
        last: Math.max(open?.last ?? 0, stored?.last ?? 0),
        at: Math.max(open?.at ?? 0, stored?.at ?? 0),
      });
    }
    return [...rooms.values()]
      .sort((a, b) => b.count - a.count || b.at - a.at)
      .slice(0, ROOMS_LIMIT);
  }
}
