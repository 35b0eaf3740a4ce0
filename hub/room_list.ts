import type { MessageLog } from "./message_log.ts";
import { isHiddenRoom, ROOMS_LIMIT, type RoomSummary } from "../protocol/mod.ts";
import type { Room } from "./room.ts";
import type { SharedPresence } from "./shared_presence.ts";

/** The time for which a list is used again, in ms; making one looks at every room. */
const FRESH_MS = 1000;

/** The sources of a {@linkcode RoomList}. */
export interface RoomListOptions {
  log: Pick<MessageLog, "rooms">;
  presence: Pick<SharedPresence, "rooms">;
  /** The rooms that have members on this server, by name. */
  open: ReadonlyMap<string, Pick<Room, "last" | "at">>;
  /** The time, in ms; by default that of the process. */
  now?: () => number;
}

/** The list of the most active rooms: those with the most people first, then those written to last. */
export class RoomList {
  readonly #options: Required<RoomListOptions>;
  #latest: Promise<RoomSummary[]> | undefined;
  #madeAt = 0;

  constructor(options: RoomListOptions) {
    this.#options = { now: () => performance.now(), ...options };
  }

  /**
   * Returns at most 200 rooms as they were within the last second.
   *
   * @throws The log can't be read.
   */
  list(): Promise<RoomSummary[]> {
    const now = this.#options.now();
    if (this.#latest === undefined || now - this.#madeAt > FRESH_MS) {
      this.#madeAt = now;
      this.#latest = this.#make();
    }
    return this.#latest;
  }

  async #make(): Promise<RoomSummary[]> {
    const { log, presence, open } = this.#options;
    const rooms = new Map<string, RoomSummary>();
    for (const { room, last, at } of await log.rooms(ROOMS_LIMIT)) {
      rooms.set(room, { room, last, at, count: 0 });
    }
    for (const [room, { size: count }] of presence.rooms) {
      if (isHiddenRoom(room)) continue;
      const stored = rooms.get(room);
      const occupied = open.get(room);
      rooms.set(room, {
        room,
        count,
        last: Math.max(occupied?.last ?? 0, stored?.last ?? 0),
        at: Math.max(occupied?.at ?? 0, stored?.at ?? 0),
      });
    }
    const all = [...rooms.values()];
    if (all.length <= ROOMS_LIMIT) return all.sort(byActivity);
    // Anyone can open hundreds of rooms without messages: they must not displace the others.
    const [written, empty] = [
      all.filter(({ last }) => last > 0),
      all.filter(({ last }) => last === 0),
    ];
    return [...written.sort(byActivity), ...empty.sort(byActivity)]
      .slice(0, ROOMS_LIMIT)
      .sort(byActivity);
  }
}

function byActivity(a: RoomSummary, b: RoomSummary): number {
  return b.count - a.count || b.at - a.at;
}
