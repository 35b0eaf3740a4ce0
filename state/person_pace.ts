import { delay } from "../lib/std.ts";
import { TokenBucket, type TokenBucketOptions } from "../lib/token_bucket.ts";

/** The commands of a person per second, and at once, over all of the person's connections to this server. */
const COMMANDS = { rate: 10, burst: 100 };

/** The people who are remembered; each takes some 200 bytes. */
const PEOPLE = 20_000;

/**
 * The longest wait, in ms. A command that waits keeps its client in memory, also after that has gone: with a command on
 * each of thousands of short connections, one person would else fill it.
 */
const LONGEST_MS = 30_000;

/**
 * Spreads a person's commands over time. Each change is sent to all connections of the person: with 500
 * of them, each of which may give ten commands a second, one person would else have the server send 2.5 million lines a
 * second.
 */
export class PersonPace {
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #now: () => number;
  readonly #limit: TokenBucketOptions;

  /**
   * @param now The time, in ms; by default that of the process.
   * @param limit The turns of each; by default those of a person.
   */
  constructor(now: () => number = () => performance.now(), limit: TokenBucketOptions = COMMANDS) {
    this.#now = now;
    this.#limit = limit;
  }

  /**
   * Resolves when it is the turn of a command of a person; they keep their order. Undefined if that is now. Rejects if too
   * many wait.
   */
  turn(person: string): Promise<void> | undefined {
    const bucket = this.#bucketOf(person);
    const wait = bucket.take(this.#now());
    if (wait === 0) return undefined;
    if (wait > LONGEST_MS) return Promise.reject(new Error("Too many commands of one person"));
    // Its place in the future is taken, too.
    bucket.charge(1);
    return delay(wait);
  }

  /** Delays the next turns of a person by as many more, for something that cost more than others. */
  charge(person: string, turns: number): void {
    if (turns > 0) this.#bucketOf(person).charge(turns);
  }

  /** Takes a turn that must be now. Returns the time until there is one, in ms; 0 if there was. */
  take(person: string): number {
    return this.#bucketOf(person).take(this.#now());
  }

  #bucketOf(person: string): TokenBucket {
    const bucket = this.#buckets.get(person) ?? new TokenBucket(this.#limit);
    // The last used is moved to the end of the map, so that the longest unused is forgotten first.
    this.#buckets.delete(person);
    this.#buckets.set(person, bucket);
    if (this.#buckets.size > PEOPLE) {
      for (const oldest of this.#buckets.keys()) {
        this.#buckets.delete(oldest);
        break;
      }
    }
    return bucket;
  }
}
