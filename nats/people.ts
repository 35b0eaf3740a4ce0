/**
 * People in JetStream's key-value store, the same for all servers of a cluster.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import type { Alive } from "./heartbeat.ts";
import { Bucket } from "./bucket.ts";
import type { Nats } from "./connection.ts";
import {
  damaged,
  ENDED_BUCKET,
  IMPORTING,
  isOwner,
  nameKey,
  PEOPLE_BUCKET,
  personKey,
  readName,
  readOwner,
  readPerson,
  type Seen,
  SIGNING_KEY,
  STORE_ID,
  type StoredName,
  type StoredPerson,
} from "./people_records.ts";
import type { Owner, PeopleStore } from "../people/store.ts";
import { SESSION_SECONDS } from "../people/session.ts";

export interface NatsPeopleOptions {
  /** Begins the names of the buckets; `hubbub` unless told. */
  readonly prefix?: string;
  /** How many servers of NATS have a copy; 1 unless told. */
  readonly replicas?: number;
  /** Is told when another took a name that was held here, which happens only while NATS is lost. */
  readonly onLost?: (key: string, id: string) => void;
}

/** Between a name's reservation and its person lie milliseconds; after this, in ms, it was given up. */
const GIVEN_UP_MS = 30_000;

/** Between two tries to let go of names that could not be let go of. */
const RELEASE_RETRY_MS = 2000;

/**
 * People in a bucket as `people_bucket.ts` says. As there is one value for a name, and each change names
 * the one it replaces, a name has never two. Where a server died between a name's value and its
 * person's, the name is free.
 */
export class NatsPeople implements PeopleStore, AsyncDisposable {
  readonly #people: Bucket;
  readonly #ended: Bucket;
  readonly #alive: Alive;
  readonly #onLost: NonNullable<NatsPeopleOptions["onLost"]>;
  /** The names held here, by key. */
  readonly #held = new Map<string, string>();
  /** The names that could not be let go of while NATS was lost. */
  readonly #owed = new Map<string, string>();
  /** What each name's last change on this server is waiting for. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #watch: Disposable;
  /** In base64url. It never changes, so it is asked for once. */
  #signingKey: string | undefined;

  private constructor(
    nats: Nats,
    people: Bucket,
    ended: Bucket,
    alive: Alive,
    onLost: NatsPeopleOptions["onLost"],
  ) {
    this.#people = people;
    this.#ended = ended;
    this.#alive = alive;
    this.#onLost = onLost ?? (() => {});
    this.#timer = setInterval(() => this.#releaseOwed(), RELEASE_RETRY_MS);
    this.#watch = nats.onOutage({ lost: () => {}, back: () => void this.#holdAgain() });
  }

  /** @param alive this server's sign of life, by which the names it holds are seen to be held. */
  static async open(
    nats: Nats,
    alive: Alive,
    { prefix = "hubbub", replicas = 1, onLost }: NatsPeopleOptions = {},
  ): Promise<NatsPeople> {
    const people = await Bucket.open(nats, { name: `${prefix}_${PEOPLE_BUCKET}`, replicas });
    const ttlMs = SESSION_SECONDS * 1000;
    const ended = await Bucket.open(nats, { name: `${prefix}_${ENDED_BUCKET}`, replicas, ttlMs });
    return new NatsPeople(nats, people, ended, alive, onLost);
  }

  /** 32 hex digits that all servers of the cluster share and no other cluster has. */
  storeId(): Promise<string> {
    return this.#once(STORE_ID, () => randomBytes(16).toString("hex"));
  }

  async signingKey(): Promise<Uint8Array> {
    this.#signingKey ??= await this.#once(
      SIGNING_KEY,
      () => randomBytes(32).toString("base64url"),
    );
    return new Uint8Array(Buffer.from(this.#signingKey, "base64url"));
  }

  /** Whether an import is under way, or was cut off. */
  async isImporting(): Promise<boolean> {
    return await this.#people.get(IMPORTING) !== undefined;
  }

  /** What the first server that asked has made. */
  async #once(key: string, make: () => string): Promise<string> {
    await this.#people.replace(key, undefined, make());
    const value = (await this.#people.get(key))?.value;
    if (typeof value !== "string") throw damaged(key);
    return value;
  }

  byId(id: string): Promise<Owner | undefined> {
    return readOwner(this.#people, id);
  }

  async byKey(key: string): Promise<Owner | undefined> {
    const name = (await this.#name(key))?.value;
    if (!name || !("owner" in name)) return undefined;
    const person = (await this.#person(name.owner))?.value;
    return person?.key === key ? { id: name.owner, ...person } : undefined;
  }

  async claim({ id, name, key, secret, used }: Owner): Promise<boolean> {
    const had = await this.#reserve(key, id, { owner: id });
    if (!had) return false;
    while (true) {
      const former = await this.#person(id);
      const formerName = former && former.value.key !== key
        ? await this.#name(former.value.key)
        : undefined;
      const owned = former?.value.key === key ? had.owned : isOwner(formerName?.value, id);
      const kept = secret ?? (owned ? former?.value.secret : undefined);
      const person: StoredPerson = { name, key, used, ...(kept !== undefined && { secret: kept }) };
      if (!await this.#people.replace(personKey(id), former, person)) continue;
      // The very reservation that was seen: had the person come back to that name, it is another.
      if (formerName && isOwner(formerName.value, id)) await this.#people.remove(formerName);
      return true;
    }
  }

  async free({ id, used }: Pick<Owner, "id" | "used">): Promise<void> {
    const person = await this.#person(id);
    if (person?.value.used !== used) return;
    const name = await this.#name(person.value.key);
    if (!await this.#people.remove(person)) return;
    if (name && isOwner(name.value, id)) await this.#people.remove(name);
  }

  async use(id: string, day: number): Promise<void> {
    const person = await this.#person(id);
    if (!person || person.value.used >= day) return;
    // Who was quicker has changed the name or noted the day.
    await this.#people.replace(personKey(id), person, { ...person.value, used: day });
  }

  async endSession(session: string, until: number, _now: number): Promise<void> {
    await this.#ended.put(session, until);
  }

  async isEnded(session: string): Promise<boolean> {
    return await this.#ended.get(session) !== undefined;
  }

  /**
   * Gives a name to a person for as long as somebody who has it is connected, until
   * {@linkcode release}. False when it is another's, who owns or holds it; of two who try at once, one
   * succeeds. A server that died holds nothing.
   */
  hold(key: string, id: string): Promise<boolean> {
    return this.#inTurn(key, async () => {
      const { server } = this.#alive;
      const got = await this.#reserve(key, id, (servers) => ({
        holder: id,
        servers: [...servers.filter((other) => other !== server), server],
      }));
      if (!got) return false;
      this.#held.set(key, id);
      this.#owed.delete(key);
      return true;
    });
  }

  /** Lets go of a name for this server; others may hold it for the same person. Never rejects. */
  async release(key: string, id: string): Promise<void> {
    await this.#inTurn(key, async () => {
      if (this.#held.get(key) !== id) return;
      this.#held.delete(key);
      this.#owed.set(key, id);
      await this.#letGo(key, id);
    }).catch(() => {});
  }

  async #letGo(key: string, id: string): Promise<void> {
    let done = false;
    while (!done) {
      const name = await this.#name(key);
      if (!name || !("holder" in name.value) || name.value.holder !== id) break;
      const servers = name.value.servers.filter((server) => server !== this.#alive.server);
      done = servers.length === 0
        ? await this.#people.remove(name)
        : await this.#people.replace(nameKey(key), name, { holder: id, servers });
    }
    this.#owed.delete(key);
  }

  #releaseOwed(): void {
    for (const [key, id] of this.#owed) {
      void this.#inTurn(key, async () => {
        if (this.#owed.get(key) === id) await this.#letGo(key, id);
      }).catch(() => {});
    }
  }

  /** Who was cut off for longer than it takes to be taken for dead may have lost names. */
  async #holdAgain(): Promise<void> {
    await this.#alive.beat().catch(() => {});
    for (const [key, id] of this.#held) {
      const still = await this.hold(key, id).catch(() => true);
      if (still || this.#held.get(key) !== id) continue;
      this.#held.delete(key);
      this.#onLost(key, id);
    }
  }

  /**
   * Makes a name a person's, unless it is another's. Says whether the person owned it before.
   *
   * @param value what to write; of a held name, made of the servers it was held on.
   */
  async #reserve(
    key: string,
    id: string,
    value: StoredName | ((servers: readonly string[]) => StoredName),
  ): Promise<{ owned: boolean } | undefined> {
    while (true) {
      const name = await this.#name(key);
      if (name && await this.#isAnothers(name, key, id)) return undefined;
      const own = name && "holder" in name.value && name.value.holder === id;
      const servers = own && "servers" in name.value ? name.value.servers : [];
      const next = typeof value === "function" ? value(servers) : value;
      const owned = isOwner(name?.value, id);
      // To hold what one owns changes nothing.
      if (owned && "holder" in next) return { owned };
      if (await this.#people.replace(nameKey(key), name, next)) return { owned };
    }
  }

  async #isAnothers({ value, at }: Seen<StoredName>, key: string, id: string): Promise<boolean> {
    if ("holder" in value) return value.holder !== id && await this.#alive.any(value.servers);
    if (value.owner === id) return false;
    if ((await this.#person(value.owner))?.value.key === key) return true;
    return Date.now() - at < GIVEN_UP_MS;
  }

  #person(id: string): Promise<Seen<StoredPerson> | undefined> {
    return readPerson(this.#people, id);
  }

  #name(key: string): Promise<Seen<StoredName> | undefined> {
    return readName(this.#people, key);
  }

  /** Runs one change of a name after the other, so that to let go and to take again keep their order. */
  #inTurn<T>(key: string, run: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(run, run);
    this.#turns.set(key, turn);
    const end = () => {
      if (this.#turns.get(key) === turn) this.#turns.delete(key);
    };
    turn.then(end, end);
    return turn;
  }

  /** Lets go of all names held here. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#watch[Symbol.dispose]();
    await Promise.all([...this.#held].map(([key, id]) => this.release(key, id)));
  }
}
