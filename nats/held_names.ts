/**
 * Names that people have for as long as they are connected, across servers.
 *
 * @module
 */
import type { Subscription } from "@nats-io/transport-node";
import type { Nats } from "./connection.ts";
import { parseFields } from "../protocol/fields.ts";
import { isNumber, isText } from "../state/kind.ts";
import type { NameHolds } from "../state/people.ts";

/** The settings of {@linkcode HeldNames}. */
export interface HeldNamesOptions {
  /** Prefix of the names of all subjects; by default `hubbub`. */
  readonly prefix?: string;
  /** This server's id, of letters and digits; no other server, nor a former one, has it. */
  readonly server: string;
  /** Returns the log's time, in ms since 1970: the clocks of servers may be wrong. */
  readonly now: () => number;
  /** Receives a name that was held here and now belongs to another person. */
  readonly onLost?: (key: string, person: string) => void;
}

/** A name that is held. */
interface Hold {
  readonly id: string;
  /** Since when, in ms since 1970, by the log's time: of two who take it at once, the first one has it. */
  readonly since: number;
  /** When its server last sent something, by `performance.now()`. */
  heard: number;
}

/** A server says which names it holds this often, and holds none when it was silent for longer. */
const BEAT_MS = 3000;
const DEAD_MS = 9000;
/** The most names in one message. The key of a name may have a kilobyte: one letter may look like 18 others. */
const NAMES = 200;

/**
 * Best effort: servers notify each other over plain subjects. Nothing of it is stored, so a server that
 * died holds nothing. Of a claim and a hold at the same moment the claim wins.
 */
export class HeldNames implements NameHolds, Disposable {
  readonly #nats: Nats;
  readonly #subject: string;
  readonly #server: string;
  readonly #now: () => number;
  readonly #onLost: (key: string, person: string) => void;
  /** The names held here. */
  readonly #own = new Map<string, Hold>();
  /** The names held elsewhere, by name and server. */
  readonly #others = new Map<string, Map<string, Hold>>();
  readonly #subscription: Subscription;
  readonly #watch: Disposable;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(
    nats: Nats,
    { prefix = "hubbub", server, now, onLost = () => {} }: HeldNamesOptions,
  ) {
    this.#nats = nats;
    this.#now = now;
    this.#subject = `${prefix}.held`;
    this.#server = server;
    this.#onLost = onLost;
    this.#subscription = nats.hear(this.#subject, (from, text) => {
      if (from !== server) this.#hear(from, text);
    });
    this.#watch = nats.onOutage({ lost: () => {}, back: () => this.#introduce() });
    this.#timer = setInterval(() => this.#beat(), BEAT_MS);
    this.#introduce();
  }

  async hold(key: string, id: string): Promise<boolean> {
    // Earlier messages of other servers have arrived once NATS has answered.
    await this.#flush();
    if (this.#isAnothers(key, id, -Infinity)) return false;
    const hold = { id, since: this.#own.get(key)?.since ?? this.#now(), heard: 0 };
    this.#own.set(key, hold);
    this.#tell({ names: [[key, id, hold.since]] });
    await this.#flush();
    if (!this.#isAnothers(key, id, hold.since)) return this.#own.get(key) === hold;
    this.#drop(key, id);
    return false;
  }

  release(key: string, id: string): Promise<void> {
    this.#drop(key, id);
    return Promise.resolve();
  }

  async isHeld(key: string, id: string): Promise<boolean> {
    await this.#flush();
    return this.#isAnothers(key, id, -Infinity);
  }

  /** Handles that a person now owns a name: a person who only holds it here loses it. */
  claimed(key: string, id: string): void {
    const own = this.#own.get(key);
    if (own === undefined || own.id === id) return;
    this.#drop(key, own.id);
    this.#onLost(key, own.id);
  }

  #drop(key: string, id: string): void {
    if (this.#own.get(key)?.id !== id) return;
    this.#own.delete(key);
    this.#tell({ released: key });
  }

  /** Whether another person holds a name elsewhere, and took it before `since`. */
  #isAnothers(key: string, id: string, since: number): boolean {
    const now = performance.now();
    return this.#others.get(key)?.entries().some(([server, hold]) =>
      hold.id !== id && (!this.#nats.connected || now - hold.heard < DEAD_MS) &&
      (since === -Infinity || hold.since < since ||
        (hold.since === since && server < this.#server))
    ) ?? false;
  }

  #hear(from: string, text: string): void {
    const said = parse(text);
    if (said === undefined) return;
    if ("ask" in said) return this.#tellAll();
    if ("released" in said) return this.#forget(said.released, from);
    for (const [key, id, since] of said.names) {
      const servers = this.#others.get(key) ?? new Map<string, Hold>();
      servers.set(from, { id, since, heard: performance.now() });
      this.#others.set(key, servers);
      // Two who were cut off from each other may both have it.
      const own = this.#own.get(key);
      if (own && this.#isAnothers(key, own.id, own.since)) {
        this.#drop(key, own.id);
        this.#onLost(key, own.id);
      }
    }
  }

  #forget(key: string, server: string): void {
    const servers = this.#others.get(key);
    servers?.delete(server);
    if (servers?.size === 0) this.#others.delete(key);
  }

  #beat(): void {
    if (!this.#nats.connected) return;
    this.#tellAll();
    const now = performance.now();
    for (const [key, servers] of this.#others) {
      for (const [server, { heard }] of servers) {
        if (now - heard >= DEAD_MS) this.#forget(key, server);
      }
    }
  }

  #introduce(): void {
    const now = performance.now();
    for (const servers of this.#others.values()) {
      for (const hold of servers.values()) hold.heard = now;
    }
    this.#tell({ ask: true });
    this.#tellAll();
  }

  #tellAll(): void {
    const names = [...this.#own].map(([key, { id, since }]): HeldName => [key, id, since]);
    for (let i = 0; i < names.length; i += NAMES) {
      this.#tell({ names: names.slice(i, i + NAMES) });
    }
  }

  #tell(said: Said): void {
    if (!this.#nats.connected) return;
    this.#nats.connection.publish(`${this.#subject}.${this.#server}`, JSON.stringify(said));
  }

  async #flush(): Promise<void> {
    try {
      await this.#nats.ask(() => this.#nats.connection.flush());
    } catch {
      // Cut off, a server knows of its own people only.
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#watch[Symbol.dispose]();
    this.#subscription.unsubscribe();
    for (const [key, { id }] of this.#own) this.#drop(key, id);
  }
}

type HeldName = readonly [key: string, id: string, since: number];

/** A message of a server: the names that it holds, one that it no longer holds, or a question to all. */
type Said =
  | { readonly names: readonly HeldName[] }
  | { readonly released: string }
  | { readonly ask: true };

function parse(text: string): Said | undefined {
  const { ask, released, names } = parseFields(text) ?? {};
  if (ask === true) return { ask };
  if (isText(released)) return { released };
  return Array.isArray(names) ? { names: names.filter(isHeldName) } : undefined;
}

function isHeldName(value: unknown): value is HeldName {
  return Array.isArray(value) && isText(value[0]) && isText(value[1]) && isNumber(value[2]);
}
