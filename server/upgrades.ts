import { NetworkBuckets } from "./network_buckets.ts";
import type { Peer } from "./peer.ts";
import { isLoopback, siteKey } from "../lib/ip_networks.ts";
import { CLOSE } from "../client/close_reasons.ts";
import { TokenBucket } from "../lib/token_bucket.ts";

/** Time for a socket to open after its 101, in ms. Usually it opens in the next turn of the event loop. */
const OPEN_MS = 5000;

/** Lost upgrades that a network may have at once. */
const LOST_BURST = 100;

/**
 * The same for this machine, where a proxy may connect for everyone behind it. If the proxy names its clients, they
 * are limited one by one, whether it is trusted or not: otherwise one of them could lock out all others. If it does
 * not, its upgrades are held back beyond this number, so that those that are reset meanwhile are not lost.
 */
const LOST_BURST_LOOPBACK = 1000;

/** Lost upgrades at which also this machine is refused: each has taken a file descriptor. */
const MOST_LOST_LOOPBACK = 5000;

/** The time for which an upgrade is held back, in ms; by chance, so that nobody can reset at its end. */
const HOLD_MS = { least: 200, most: 700 };

/** Lost upgrades that either may have each second after that. */
const LOST_RATE = 0.1;

/** The networks of an IPv6 /48, all of which one customer may have, may lose as many upgrades as this many. */
const SITE_NETWORKS = 10;

/** Callbacks for the two outcomes of an upgrade; one of them is called, once. */
export interface UpgradeEvents {
  /** The socket is open. */
  onOpen(): void;
  /** The socket will never open. */
  onLost(): void;
}

/**
 * Sockets between their 101 and their opening.
 *
 * If a peer resets its connection before the 101 is written, the runtime never opens the socket and never
 * reports its end, and it keeps the file descriptor until the process ends. Such an upgrade is lost: it is
 * counted, and a network with too many of them is refused for a while, so that nobody can use up the
 * descriptors.
 */
export class Upgrades {
  readonly #networks = new NetworkBuckets({ rate: LOST_RATE, burst: LOST_BURST });
  readonly #sites = new NetworkBuckets({
    rate: SITE_NETWORKS * LOST_RATE,
    burst: SITE_NETWORKS * LOST_BURST,
  }, siteKey);
  readonly #loopback = new TokenBucket({ rate: LOST_RATE, burst: MOST_LOST_LOOPBACK });
  readonly #careless = new TokenBucket({ rate: LOST_RATE, burst: LOST_BURST_LOOPBACK });
  readonly #openMs: number;
  /** The number of lost upgrades. The runtime keeps a file descriptor for each. */
  lost = 0;
  /** The number of sockets that are not open yet. */
  opening = 0;

  /** @param openMs Time for a socket to open, in ms. */
  constructor(openMs: number = OPEN_MS) {
    this.#openMs = openMs;
  }

  /**
   * The time after which a network may upgrade again, in ms; 0 when it may now.
   *
   * @param now The time, in ms.
   */
  wait(peer: UpgradingPeer, now: number): number {
    const source = sourceOf(peer);
    const buckets = this.#isThisMachine(peer)
      ? [this.#loopback]
      : [this.#networks.find(source), this.#sites.find(source)];
    return Math.max(...buckets.map((bucket) => waitFor(bucket, now)));
  }

  /**
   * The time for which an upgrade is to be held back, in ms; 0 usually. A peer that has reset its connection
   * meanwhile is not upgraded, and so costs nothing.
   *
   * @param now The time, in ms.
   */
  hold(peer: UpgradingPeer, now: number): number {
    if (!this.#isThisMachine(peer) || waitFor(this.#careless, now) === 0) return 0;
    return HOLD_MS.least + Math.random() * (HOLD_MS.most - HOLD_MS.least);
  }

  /**
   * Waits until a socket opens. It counts as lost if that fails or takes too long.
   *
   * @param signal Aborts when the 101 could not be written.
   */
  watch(
    socket: WebSocket,
    { peer, signal }: { peer: UpgradingPeer; signal: AbortSignal },
    { onOpen, onLost }: UpgradeEvents,
  ): void {
    this.opening++;
    const settle = (): void => {
      this.opening--;
      clearTimeout(timer);
      signal.removeEventListener("abort", lose);
      socket.onopen = socket.onerror = socket.onclose = null;
    };
    const lose = (): void => {
      settle();
      this.lost++;
      const source = sourceOf(peer);
      const buckets = this.#isThisMachine(peer)
        ? [this.#loopback]
        : [this.#networks.of(source), this.#sites.of(source)];
      for (const bucket of buckets) bucket.take(performance.now());
      // Those that were on their way together count, too.
      if (this.#isThisMachine(peer)) this.#careless.charge(1);
      socket.onopen = closeLate;
      onLost();
    };
    const timer = setTimeout(lose, this.#openMs);
    socket.onopen = () => {
      settle();
      onOpen();
    };
    socket.onerror = socket.onclose = lose;
    signal.addEventListener("abort", lose);
  }

  #isThisMachine({ address, claimed }: UpgradingPeer): boolean {
    return claimed === undefined && isLoopback(address);
  }
}

/** The parts of a peer that tell to whom a lost upgrade is charged. */
export type UpgradingPeer = Pick<Peer, "address" | "claimed">;

/** The time until a bucket has a token, which stays in it. */
function waitFor(bucket: TokenBucket | undefined, now: number): number {
  const wait = bucket?.take(now) ?? 0;
  if (wait === 0) bucket?.give(1);
  return wait;
}

function sourceOf({ address, claimed }: UpgradingPeer): string {
  return claimed ?? address;
}

/**
 * Closes a socket that opens too late, since the event loop was too busy. Not a closure: the runtime keeps the
 * socket of a lost upgrade, and would keep everything that a closure can see.
 */
function closeLate(this: WebSocket): void {
  this.close(CLOSE.tryAgainLater, "Too busy: reconnect");
}
