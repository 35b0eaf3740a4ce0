import { delay } from "../lib/std.ts";
import { TokenBucket } from "../lib/token_bucket.ts";

/** The commands of a person per second, and at once, over all of the person's connections to this server. */
const COMMANDS = { rate: 10, burst: 100 };

/** The people who are remembered; each takes some 200 bytes. */
const PEOPLE = 20_000;

/**
 * Spreads what a person asks for over time. What a command changes is sent to all connections of the person: with 500
 * of them, each of which may give ten commands a second, one person would else have the server send 2.5 million lines a
 * second.
 */
export class PersonPace {
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #now: () => number;

  /** @param now The time, in ms; by default that of the process. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Resolves when it is the turn of a command of a person; they keep their order. Undefined if that is now. */
  turn(person: string): Promise<void> | undefined {
    const bucket = this.#buckets.get(person) ?? new TokenBucket(COMMANDS);
    // The last used is moved to the end of the map, so that the longest unused is forgotten first.
    this.#buckets.delete(person);
    this.#buckets.set(person, bucket);
    if (this.#buckets.size > PEOPLE) {
      for (const oldest of this.#buckets.keys()) {
        this.#buckets.delete(oldest);
        break;
      }
    }
    const wait = bucket.take(this.#now());
    if (wait === 0) return undefined;
    // Its place in the future is taken, too.
    bucket.charge(1);
    return delay(wait);
  }
}
