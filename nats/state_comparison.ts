/**
 * Comparing the states of servers: each tells the others its position and checksum.
 *
 * @module
 */
import type { Subscription } from "@nats-io/transport-node";
import type { Nats } from "./connection.ts";
import { parseFields } from "../protocol/fields.ts";
import { isNumber, isText } from "../state/kind.ts";
import type { Progress } from "../state/state.ts";
import { DAY_MS } from "../lib/time.ts";

/** The claim of a server about its state. */
interface Claim {
  readonly position: number;
  readonly checksum: string;
  /** The newest rules that its program knows. */
  readonly rules: number;
  /** Whether it lets people in. */
  readonly ready: boolean;
  /** Whether its copy was made from the log since it was started: then it is right as far as its program is. */
  readonly isNew: boolean;
}

/** Options of a {@linkcode StateComparison}. */
export interface StateComparisonOptions {
  /** Begins the names of all subjects; `hubbub` by default. */
  readonly prefix?: string;
  /** This server's id; no other server, nor a former one, has it. */
  readonly server: string;
  /** Returns the claim of this server. */
  readonly own: () =>
    & Pick<Claim, "rules" | "ready" | "isNew">
    & Pick<Progress, "position" | "checksum">;
  /**
   * Called when this server's state differs from what others have, and theirs counts.
   *
   * @param again whether the copy must be made again; if not, it was, and differs nevertheless
   */
  readonly onDifferent: (line: string, again: boolean) => void;
  /** Between two claims, in milliseconds. */
  readonly everyMs?: number;
  /** Between two positions at which every server makes a claim. */
  readonly everyEntries?: number;
}

const EVERY_MS = 10_000;
const EVERY_ENTRIES = 1000;
/** The number of its own checksums that a server remembers, to compare with a server that is behind. */
const REMEMBERED = 100;
/** When a difference was noticed, the claims of other servers are awaited for so long. */
const JUDGE_MS = 1000;

/**
 * Best effort, over a plain subject. Of servers that differ, the minority makes its copy again. Without a
 * majority, a copy that was just made from the log is right, else the server with the lowest id; the others make
 * theirs again, one at a time. The last server that is ready continues, whatever its checksum.
 */
export class StateComparison implements Disposable {
  readonly #nats: Nats;
  readonly #options: StateComparisonOptions;
  readonly #subject: string;
  readonly #everyEntries: number;
  readonly #everyMs: number;
  readonly #subscription: Subscription;
  readonly #timer: ReturnType<typeof setInterval>;
  /** This server's checksums, by position, the oldest first. */
  readonly #own = new Map<number, string>();
  /** The latest claim of each server, and when it came, by `performance.now()`. */
  readonly #latest = new Map<string, { readonly claim: Claim; readonly at: number }>();
  /** The claims by position, the oldest first. */
  readonly #claims = new Map<number, Map<string, Claim>>();
  #judging: ReturnType<typeof setTimeout> | undefined;

  constructor(nats: Nats, options: StateComparisonOptions) {
    const { prefix = "hubbub", server, everyMs = EVERY_MS, everyEntries = EVERY_ENTRIES } = options;
    this.#nats = nats;
    this.#options = options;
    this.#subject = `${prefix}.state`;
    this.#everyEntries = everyEntries;
    this.#everyMs = everyMs;
    this.#subscription = nats.hear(this.#subject, (from, text) => {
      if (from !== server) this.#hear(from, text);
    });
    this.#timer = setInterval(() => this.#claim(), everyMs);
    this.#claim();
  }

  /** Notes the checksum after an entry. */
  see(position: number, checksum: string): void {
    if (position % this.#everyEntries !== 0 && !this.#claims.has(position)) return;
    this.#remember(position, checksum);
    if (position % this.#everyEntries === 0) this.#claim({ position, checksum });
    this.#compare(position);
  }

  /** The oldest rules among the servers of the last 24 hours. */
  get commonRules(): number {
    const others = [...this.#latest.values()].map(({ claim }) => claim.rules);
    return Math.min(this.#options.own().rules, ...others);
  }

  /** Forgets the servers that were not heard of for 24 hours: each start is another one. */
  #forgetEnded(): void {
    const since = performance.now() - DAY_MS;
    for (const [server, { at }] of this.#latest) if (at <= since) this.#latest.delete(server);
  }

  #claim(at: Partial<Claim> = {}): void {
    this.#forgetEnded();
    const claim: Claim = { ...this.#options.own(), ...at };
    this.#remember(claim.position, claim.checksum);
    if (!this.#nats.connected) return;
    const { server } = this.#options;
    this.#nats.connection.publish(`${this.#subject}.${server}`, JSON.stringify(claim));
  }

  #remember(position: number, checksum: string): void {
    this.#own.set(position, checksum);
    forgetOldest(this.#own);
  }

  #hear(server: string, text: string): void {
    const claim = parseClaim(text);
    if (claim === undefined) return;
    this.#latest.set(server, { claim, at: performance.now() });
    const claims = this.#claims.get(claim.position) ?? new Map<string, Claim>();
    claims.set(server, claim);
    this.#claims.set(claim.position, claims);
    forgetOldest(this.#claims);
    const own = this.#options.own();
    if (claim.position === own.position) this.#remember(own.position, own.checksum);
    this.#compare(claim.position);
  }

  #compare(position: number): void {
    const own = this.#own.get(position);
    const claims = this.#claims.get(position)?.values() ?? [];
    if (own === undefined || ![...claims].some(({ checksum }) => checksum !== own)) return;
    this.#judging ??= setTimeout(() => {
      this.#judging = undefined;
      this.#judge(position, own);
    }, JUDGE_MS);
  }

  #judge(position: number, checksum: string): void {
    const { server, own, onDifferent } = this.#options;
    const me: Claim = { ...own(), position, checksum };
    const isAlive = (id: string) =>
      performance.now() - (this.#latest.get(id)?.at ?? -Infinity) < 2.5 * this.#everyMs;
    const others = [...this.#claims.get(position) ?? []].filter(([id]) => isAlive(id));
    const all: [string, Claim][] = [...others, [server, me]];
    const right = rightChecksum(all);
    if (right === checksum) return;
    const wrong = all.filter(([, claim]) => claim.checksum !== right);
    const isLast = !others.some(([id, claim]) =>
      claim.checksum === right && this.#latest.get(id)?.claim.ready
    );
    if (isLast) return;
    const line = `this server's state at ${position} of the log differs from that of others`;
    if (me.isNew) return onDifferent(`${line}, though its copy was made again`, false);
    // One at a time: the others see by its next claims whether it is back.
    const [first] = wrong.filter(([, claim]) => !claim.isNew).map(([id]) => id).toSorted();
    if (first === server) onDifferent(`${line}: its copy is made again`, true);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    clearTimeout(this.#judging);
    this.#subscription.unsubscribe();
  }
}

/** The checksum that counts. */
function rightChecksum(claims: readonly [string, Claim][]): string | undefined {
  const counts = new Map<string, number>();
  for (const [, { checksum }] of claims) counts.set(checksum, (counts.get(checksum) ?? 0) + 1);
  const [most] = [...counts].toSorted(([, a], [, b]) => b - a);
  if (most && most[1] * 2 > claims.length) return most[0];
  const [first] = claims.toSorted(([a, one], [b, two]) =>
    Number(two.isNew) - Number(one.isNew) || (a < b ? -1 : 1)
  );
  return first?.[1].checksum;
}

function forgetOldest(map: Map<number, unknown>): void {
  if (map.size <= REMEMBERED) return;
  for (const position of map.keys()) return void map.delete(position);
}

function parseClaim(text: string): Claim | undefined {
  const { position, checksum, rules, ready, isNew } = parseFields(text) ?? {};
  return isNumber(position) && isText(checksum) && isNumber(rules) &&
      typeof ready === "boolean" && typeof isNew === "boolean"
    ? { position, checksum, rules, ready, isNew }
    : undefined;
}
