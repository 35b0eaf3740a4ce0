import { siteOf } from "../lib/ip_networks.ts";
import { DAY_MS } from "../lib/time.ts";

/** The person and the network that something is charged to; with the network also its IPv6 /48. */
export interface QuotaOwner {
  /** The id of a person. */
  readonly person: string;
  /** The network, as `networkOf` returns it. */
  readonly network: string;
}

/** The number that counts as few: enough for anyone who is not up to mischief, and little for one who is. */
const FEW = 3;

/**
 * The number of times that the things of one network may exceed those left, for a person who has few. So the
 * people of a network, which may be an office or a proxy, still get some when one of them has taken many: half
 * of all goes to those who have many, up to two thirds to all of them.
 */
const FEW_FACTOR = 2;

/** The number that counts as few for a network of an IPv6 /48. */
const FEW_OF_NETWORK = 10;

/**
 * The same as {@linkcode FEW_FACTOR} for an IPv6 /48, which may be one customer or 65,536, and a network in it that
 * has few: three quarters of all may go to a /48, and after one network in it has taken two thirds, as one
 * of many customers may, the others still get some.
 */
const FEW_NETWORKS_FACTOR = 3;

/**
 * A share for each person and network of a limited number of things, and for each IPv6 /48.
 *
 * Each of them may have one more while it has fewer than are left for all (dynamic thresholds). So
 * one who takes all they can get has half of the limit, two have two thirds together, and newcomers still get
 * some. The limit itself is never exceeded.
 */
export class RoomQuota {
  readonly #people = new Map<string, number>();
  readonly #networks = new Map<string, number>();
  readonly #sites = new Map<string, number>();
  readonly #limit: number;
  #halvedAt = performance.now();

  /** @param limit The most things of all owners together. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Returns true if an owner may have one more.
   *
   * @param used The things of all owners together.
   */
  allows({ person, network }: QuotaOwner, used: number): boolean {
    const left = this.#limit - used;
    const own = this.#people.get(person) ?? 0;
    const few = own < FEW;
    const neighbours = this.#networks.get(network) ?? 0;
    if (left <= 0) return false;
    if (few ? neighbours > FEW_FACTOR * left : own >= left || neighbours >= left) return false;
    const site = this.#sites.get(siteOf(network) ?? "") ?? 0;
    if (neighbours < FEW_OF_NETWORK) return site < FEW_NETWORKS_FACTOR * left;
    return few ? site <= FEW_FACTOR * left : site < left;
  }

  /** Charges one thing to an owner. */
  add(owner: QuotaOwner): void {
    this.#change(owner, 1);
  }

  /** Returns one thing of an owner. */
  remove(owner: QuotaOwner): void {
    this.#change(owner, -1);
  }

  #change({ person, network }: QuotaOwner, by: number): void {
    change(this.#people, person, by);
    change(this.#networks, network, by);
    const site = siteOf(network);
    if (site !== undefined) change(this.#sites, site, by);
  }

  /**
   * Halves all counts once a day, for things that are never removed.
   *
   * @param now The time in ms, as `performance.now` has it: a clock that is set wrong and right again would
   * halve them at once, and then not for a long time.
   */
  age(now: number): void {
    if (now - this.#halvedAt < DAY_MS) return;
    this.#halvedAt = now;
    for (const counts of [this.#people, this.#networks, this.#sites]) {
      for (const [key, count] of counts) change(counts, key, Math.floor(count / 2) - count);
    }
  }
}

function change(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
