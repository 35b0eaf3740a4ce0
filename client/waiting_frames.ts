import type { Frame } from "../protocol/frame.ts";
import { siteKey } from "../lib/ip_networks.ts";
import { memoryOf } from "../lib/memory.ts";
import { NetworkMemory } from "../lib/network_memory.ts";

/** What the frames that wait for all clients take. */
const MEMORY = new NetworkMemory(256 * 1024 * 1024);

/** The weight of a frame on top of its characters, and that of its place in an outbox, in bytes. */
const FRAME_BYTES = 512;
const PLACE_BYTES = 16;

/**
 * The networks that are charged for the same frame. A room of ten thousand people may have as many networks, and to remember
 * them for each frame would take more than the frames.
 */
const NETWORKS = 64;

/** A frame that waits. */
interface Waiting {
  readonly bytes: number;
  /** The outboxes in which it waits. */
  outboxes: number;
  /** The networks that are charged for it, with the number of outboxes of each. */
  readonly networks: Map<string, number>;
  /** True once so many networks were charged that no other one is. */
  isCommon: boolean;
}

/**
 * The memory of the frames that wait in outboxes for longer than a turn of the event loop. A frame takes it once, for however
 * many clients it waits: it counts once in all, and once for each network that has clients for which it waits.
 */
export class WaitingFrames {
  readonly #memory: NetworkMemory;
  readonly #frames = new Map<Frame, Waiting>();

  constructor(memory = MEMORY) {
    this.#memory = memory;
  }

  /** Counts a frame for an outbox of a network. Returns false if there is no memory left for it. */
  add(frame: Frame, network: string): boolean {
    const site = siteKey(network);
    const waiting = this.#frames.get(frame) ?? {
      ...{ bytes: FRAME_BYTES + memoryOf(frame.text), outboxes: 0, isCommon: false },
      networks: new Map<string, number>(),
    };
    const { bytes, outboxes, networks } = waiting;
    const count = networks.get(site);
    const isCharged = count === undefined && !waiting.isCommon;
    const own = PLACE_BYTES + (isCharged ? bytes : 0);
    const fresh = PLACE_BYTES + (outboxes === 0 ? bytes : 0);
    if (!this.#memory.take(site, own, fresh)) return false;
    if (outboxes === 0) this.#frames.set(frame, waiting);
    waiting.outboxes++;
    if (count !== undefined || isCharged) networks.set(site, (count ?? 0) + 1);
    if (networks.size === NETWORKS) waiting.isCommon = true;
    return true;
  }

  /** Counts a frame no longer that was counted for an outbox of a network. */
  remove(frame: Frame, network: string): void {
    const waiting = this.#frames.get(frame);
    if (waiting === undefined) return;
    const site = siteKey(network);
    const { bytes, networks } = waiting;
    const count = networks.get(site);
    if (count === 1) networks.delete(site);
    else if (count !== undefined) networks.set(site, count - 1);
    waiting.outboxes--;
    if (waiting.outboxes === 0) this.#frames.delete(frame);
    this.#memory.give(
      site,
      PLACE_BYTES + (count === 1 ? bytes : 0),
      PLACE_BYTES + (waiting.outboxes === 0 ? bytes : 0),
    );
  }
}

/** The frames that wait for the clients of this process. */
export const WAITING = new WaitingFrames();
