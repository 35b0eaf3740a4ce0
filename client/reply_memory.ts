import { siteOf } from "../lib/ip_networks.ts";
import { getOrMake } from "../lib/maps.ts";
import { NetworkMemory } from "../lib/network_memory.ts";
import type { Command } from "../protocol/mod.ts";

/** The most that a large reply takes: a page of messages, and one of changed messages. */
const REPLY_BYTES = 512 * 1024;

/** What the large replies to all clients take, from their requests until they are written. */
const MEMORY = new NetworkMemory(256 * 1024 * 1024);

/**
 * The commands whose replies may have hundreds of kilobytes. Those of the others are short, and may wait for long: they
 * are stored first.
 */
const LARGE: ReadonlySet<Command["type"]> = new Set<Command["type"]>([
  ...["join", "history", "rooms", "changes", "search", "inbox", "files", "reactions"] as const,
  ...["pins", "pictures", "people", "members", "directory", "reports", "audit", "bans"] as const,
]);

/** Returns true if the reply to a command may be large. */
export function mayBeLarge({ type }: Command): boolean {
  return LARGE.has(type);
}

/** Called once a request has the memory for its reply. */
type Start = () => void;

/** The memory of large replies. A request whose network has none left waits for those before it. */
export class ReplyMemory {
  readonly #memory: NetworkMemory;
  /** By network, in the order in which they came; none is empty. */
  readonly #waiting = new Map<string, Set<Start>>();

  constructor(memory = MEMORY) {
    this.#memory = memory;
  }

  /** Takes the memory of a reply. Returns false if there is none left for the network. */
  take(network: string): boolean {
    const site = siteOf(network) ?? network;
    return !this.#waiting.has(site) && this.#memory.take(site, REPLY_BYTES);
  }

  /** Takes the memory of a reply as soon as there is some, and calls `start` then. */
  wait(network: string, start: Start): void {
    getOrMake(this.#waiting, siteOf(network) ?? network, () => new Set()).add(start);
  }

  /** Waits no longer; does nothing for one that does not wait. */
  cancel(network: string, start: Start): void {
    const site = siteOf(network) ?? network;
    const starts = this.#waiting.get(site);
    starts?.delete(start);
    if (starts?.size === 0) this.#waiting.delete(site);
  }

  /** Gives back the memory of a reply. */
  give(network: string): void {
    this.#memory.give(network, REPLY_BYTES);
    for (const [site, starts] of this.#waiting) this.#start(site, starts);
  }

  #start(site: string, starts: Set<Start>): void {
    for (const start of starts) {
      if (!this.#memory.take(site, REPLY_BYTES)) return;
      this.cancel(site, start);
      start();
    }
  }
}

/** The memory of the replies to the clients of this process. */
export const REPLIES = new ReplyMemory();
