/**
 * What is kept of people: who owns which name, and which sessions were ended. The interface, and its form
 * in SQLite.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";

/** A person who has a name. A person without one is not stored: the session cookie says it all. */
export interface Owner {
  /** The person's id. */
  readonly id: string;
  readonly name: string;
  /** The name's `nameKey`; no two owners have the same. */
  readonly key: string;
  /** The slow hash of the secret, if one was set. */
  readonly secret?: string;
  /** The last day of use, in days since 1970. */
  readonly used: number;
}

/** Where names are kept. All of it rejects (or throws) when the store can't be read or written. */
export interface PeopleStore {
  /** The key that signs cookies, made at the first asking. */
  signingKey(): Promise<Uint8Array>;
  /** The person with this id, if that person has a name. */
  byId(id: string): Promise<Owner | undefined>;
  /** The owner of the name with this key. */
  byKey(key: string): Promise<Owner | undefined>;
  /**
   * Gives a person a name in place of the former one, and a new secret if `secret` is there (else the
   * former stays). False, and nothing is changed, when another person owns that name. Of two who try at
   * once, one succeeds.
   */
  claim(owner: Owner): Promise<boolean>;
  /** Frees the name of a person, unless used since `used`. */
  free(owner: Pick<Owner, "id" | "used">): Promise<void>;
  /**
   * Gives a name to a person for as long as that person is connected under it, until
   * {@linkcode PeopleStore.release}. False when another owns or holds it; of two who try at once, one succeeds.
   */
  hold(key: string, id: string): Promise<boolean>;
  /** Lets go of a held name. Never rejects. */
  release(key: string, id: string): Promise<void>;
  /** Notes that a person used the name on this day. Writes at most once a day. */
  use(id: string, day: number): Promise<void>;
  /** Ends a session, for as long as a token of it could still be valid: until `until`, in seconds since 1970. */
  endSession(session: string, until: number, now: number): Promise<void>;
  /** Whether a session was ended. */
  isEnded(session: string): Promise<boolean>;
}

/** The tables {@linkcode SqlitePeople} needs. */
export const PEOPLE_TABLES = `
  CREATE TABLE people (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    secret TEXT,
    used INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE ended_sessions (
    id TEXT PRIMARY KEY,
    until INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX ended_sessions_until ON ended_sessions (until);
  CREATE TABLE signing_key (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    key BLOB NOT NULL
  ) STRICT;
`;

/** People in the tables of {@linkcode PEOPLE_TABLES}. Each method does its work before it returns. */
export class SqlitePeople implements PeopleStore {
  readonly #database: DatabaseSync;
  readonly #byId: StatementSync;
  readonly #byKey: StatementSync;
  readonly #claim: StatementSync;
  readonly #free: StatementSync;
  readonly #use: StatementSync;
  readonly #end: StatementSync;
  readonly #forget: StatementSync;
  readonly #isEnded: StatementSync;

  /** @param database open, with the tables; whoever opened it closes it. */
  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#byId = database.prepare("SELECT * FROM people WHERE id = ?");
    this.#byKey = database.prepare("SELECT * FROM people WHERE key = ?");
    // One statement, so that it is whole without a transaction; a new person and one who is renamed
    // differ in the conflict alone. OR IGNORE is no help here: it would hide a name that is taken.
    this.#claim = database.prepare(`
      INSERT INTO people (id, name, key, secret, used)
      SELECT :id, :name, :key, :secret, :used
      WHERE NOT EXISTS (SELECT 1 FROM people WHERE key = :key AND id <> :id)
      ON CONFLICT (id) DO UPDATE SET
        name = excluded.name,
        key = excluded.key,
        secret = coalesce(excluded.secret, secret),
        used = excluded.used`);
    this.#free = database.prepare("DELETE FROM people WHERE id = ? AND used = ?");
    this.#use = database.prepare("UPDATE people SET used = ? WHERE id = ?");
    this.#end = database.prepare("INSERT OR REPLACE INTO ended_sessions VALUES (?, ?)");
    this.#forget = database.prepare("DELETE FROM ended_sessions WHERE until < ?");
    this.#isEnded = database.prepare("SELECT 1 FROM ended_sessions WHERE id = ?");
  }

  signingKey(): Promise<Uint8Array> {
    this.#database.prepare("INSERT OR IGNORE INTO signing_key VALUES (1, ?)").run(randomBytes(32));
    const key = this.#database.prepare("SELECT key FROM signing_key").get()?.key;
    if (!(key instanceof Uint8Array)) throw new Error("Cannot read the signing key: it is no blob");
    return Promise.resolve(key);
  }

  byId(id: string): Promise<Owner | undefined> {
    return Promise.resolve(ownerIn(this.#byId.get(id)));
  }

  byKey(key: string): Promise<Owner | undefined> {
    return Promise.resolve(ownerIn(this.#byKey.get(key)));
  }

  claim({ id, name, key, secret, used }: Owner): Promise<boolean> {
    const { changes } = this.#claim.run({ id, name, key, secret: secret ?? null, used });
    return Promise.resolve(changes > 0);
  }

  free({ id, used }: Pick<Owner, "id" | "used">): Promise<void> {
    this.#free.run(id, used);
    return Promise.resolve();
  }

  /** The list of who is connected to the one server there is says it all. */
  hold(): Promise<boolean> {
    return Promise.resolve(true);
  }

  release(): Promise<void> {
    return Promise.resolve();
  }

  use(id: string, day: number): Promise<void> {
    const owner = ownerIn(this.#byId.get(id));
    if (owner && owner.used < day) this.#use.run(day, id);
    return Promise.resolve();
  }

  endSession(session: string, until: number, now: number): Promise<void> {
    this.#forget.run(now);
    this.#end.run(session, until);
    return Promise.resolve();
  }

  isEnded(session: string): Promise<boolean> {
    return Promise.resolve(this.#isEnded.get(session) !== undefined);
  }
}

/** The person in a row of the table `people`. */
export function ownerIn(row: Record<string, SQLOutputValue> | undefined): Owner | undefined {
  if (!row) return undefined;
  const { id, name, key, secret, used } = row;
  if (
    typeof id !== "string" || typeof name !== "string" || typeof key !== "string" ||
    typeof used !== "number"
  ) throw new Error("Cannot read a person: the row is not as it was written");
  return { id, name, key, used, ...(typeof secret === "string" && { secret }) };
}
