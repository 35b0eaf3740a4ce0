import { memoryOf } from "../lib/memory.ts";
import { NetworkMemory } from "../lib/network_memory.ts";

/** The most that may wait to be read while a reply is awaited, in bytes. */
const CAPACITY_BYTES = 1024 * 1024;

/**
 * What may wait of each client in any case, in bytes: a long message, or all joins of a page that is back. So nobody pays for
 * a flood of others.
 */
const OWN_BYTES = 64 * 1024;

/** What those of all clients take beyond that. */
const MEMORY = new NetworkMemory(256 * 1024 * 1024);

/**
 * The characters of a client that are read in one turn of the loop. Those of many clients whose frames have waited for a
 * reply would else be read in the same one.
 */
const TURN_LENGTH = 128 * 1024;

/** The weight of a frame on top of its characters, so that empty ones count, too, in bytes. */
const FRAME_BYTES = 64;

/** The number of handled frames after which the list is made shorter. */
const COMPACT = 1024;

/**
 * The frames that a client has sent and that are not handled yet, oldest first, within a limit of the memory that
 * they take, and that those of its network and of all take together. A frame counts until the one after it is taken, also while a reply to one of its lines is awaited.
 */
export class UnreadFrames {
  #frames: string[] = [];
  /** The index of the next frame in `#frames`. */
  #next = 0;
  #bytes = 0;
  #bytesInHand = 0;
  /** The characters that were taken in this turn. */
  #taken = 0;
  #closed = false;
  readonly #network: string;
  readonly #memory: NetworkMemory;

  /** @param network The network of the client: an IPv4 address, or the first half of an IPv6 address. */
  constructor(network: string, memory = MEMORY) {
    this.#network = network;
    this.#memory = memory;
  }

  /** True once {@linkcode close} was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /** The memory that the frames take, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a frame. Returns false if it does not fit, or no more are taken. */
  add(frame: string): boolean {
    const bytes = weigh(frame);
    if (this.#closed || this.#bytes + bytes > CAPACITY_BYTES) return false;
    if (!this.#resize(this.#bytes + bytes)) return false;
    this.#frames.push(frame);
    return true;
  }

  /** Takes the next frame; undefined if none waits. The one before counts as handled. */
  take(): string | undefined {
    this.#resize(this.#bytes - this.#bytesInHand);
    this.#bytesInHand = 0;
    const frame = this.#frames[this.#next];
    if (frame === undefined) {
      this.#frames = [];
      this.#next = this.#taken = 0;
      return undefined;
    }
    this.#frames[this.#next++] = "";
    this.#bytesInHand = weigh(frame);
    this.#taken += frame.length;
    if (this.#next === COMPACT) {
      this.#frames = this.#frames.slice(this.#next);
      this.#next = 0;
    }
    return frame;
  }

  /** Returns true if so much was taken that others should have their turn first, after which another one begins. */
  endsTurn(): boolean {
    if (this.#taken <= TURN_LENGTH) return false;
    this.#taken = 0;
    return true;
  }

  /** Forgets all frames, and refuses others from now on. */
  close(): void {
    this.#closed = true;
    this.#frames = [];
    this.#next = this.#bytesInHand = 0;
    this.#resize(0);
  }

  /** Changes the memory that the frames take. Returns false if there is not as much for this network. */
  #resize(bytes: number): boolean {
    const more = Math.max(bytes - OWN_BYTES, 0) - Math.max(this.#bytes - OWN_BYTES, 0);
    if (more > 0 && !this.#memory.take(this.#network, more)) return false;
    if (more < 0) this.#memory.give(this.#network, -more);
    this.#bytes = bytes;
    return true;
  }
}

function weigh(frame: string): number {
  return FRAME_BYTES + memoryOf(frame);
}
