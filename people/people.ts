/**
 * Who is who: people, their names and secrets, and who may enter. It knows nothing of HTTP: what a request
 * carried comes in parsed, and an answer is a person or a status with a reason.
 *
 * @module
 */
import { Connected, type Person, type Place } from "./connected.ts";
import { GUEST_PREFIX, isSecret, nameKey, parseName } from "../protocol/names.ts";
import type { Owner, PeopleStore } from "./store.ts";
import { SlowHash } from "./secret_hash.ts";
import { randomId, sameText, type Session, SESSION_SECONDS, Sessions } from "./session.ts";
import { BusyError } from "../lib/fair_queue.ts";

/** For how long an unused name stays its owner's. */
const UNUSED_DAYS = 90;

const DAY_MS = 24 * 60 * 60 * 1000;

/** When whoever comes while too many secrets are hashed may come again, in ms: some of them are done then. */
const BUSY_MS = 2000;

/** How much of a person's id the name of a guest shows. */
const GUEST_CHARACTERS = 4;

export type { Person } from "./connected.ts";

/** What a request for a WebSocket carried. */
export interface Credentials {
  /** The session cookie's value. */
  readonly cookie?: string;
  /** Basic authorization, decoded: what is before the first colon, and what is after it. */
  readonly basic?: { readonly user: string; readonly password: string };
  /** There when the client will speak plain lines; `name` as its address says. */
  readonly plain?: { readonly name?: string };
  /** Where it comes from; see {@linkcode SlowHash.hash}. */
  readonly from?: string;
}

/** What somebody filled in to log in. An empty secret or password counts as none. */
export interface LoginForm {
  readonly name: string;
  readonly secret?: string;
  readonly password?: string;
  /** Where it comes from; see {@linkcode SlowHash.hash}. */
  readonly from?: string;
}

/** A secret, and where it comes from. */
interface Secret {
  readonly text: string;
  readonly from: string | undefined;
}

/** Why somebody was not let in: bad value, not proven, name taken, or too much to do now. */
export interface Refusal {
  readonly ok: false;
  readonly status: 400 | 401 | 409 | 429;
  /** For people to read; it repeats nothing of what was received. */
  readonly reason: string;
  /** With 429: in ms, when to try again. */
  readonly retry?: number;
}

/** A connection's place among the people. Dispose it when the connection ended; twice does no harm. */
export interface Entry extends Disposable {
  readonly ok: true;
  /** Who it is, with the name of this moment. */
  readonly person: Person;
  /** The cookie's session, which a logout may end; none for a person whom Basic proved. */
  readonly session?: string;
  /** The value for a new session cookie, when one is to be set. */
  readonly token?: string;
}

export interface LoggedIn {
  readonly ok: true;
  readonly person: Person;
  /** The former name, when this login renamed someone who may be connected elsewhere. */
  readonly was?: string;
  /** The value for the session cookie. */
  readonly token: string;
}

/** The answer to a `name` command; `code` is one of the protocol's. */
export type Naming =
  | { readonly ok: true; readonly user: Person; readonly was: string }
  | {
    readonly ok: false;
    readonly code: "bad_name" | "bad_value" | "name_taken" | "rate_limited";
    readonly message: string;
    /** With `rate_limited`: in ms, when to try again. */
    readonly retry?: number;
  };

export interface PeopleOptions {
  /** The server's password, needed to enter; by default none is. */
  password?: string;
  /** Hashes the secrets. */
  hashes?: SlowHash;
  /** The time, in milliseconds since 1970; by default that of the clock. */
  now?: () => number;
}

/**
 * All who can be told apart. Three ways lead in ({@linkcode People.enter}): Basic with a secret, a session
 * cookie, or nothing, which makes a guest.
 *
 * A name has an owner, who is stored, or a holder, who has it while connected. A holder is a person apart,
 * whose id is derived from the browser's person and the name: so one id never has two names, and a
 * browser that comes back with the same name is the same person.
 *
 * Methods reject only with what the store throws; no secret and no cookie is ever part of it.
 *
 * @example
 * ```ts
 * import { DatabaseSync } from "node:sqlite";
 * import { People } from "./people.ts";
 * import { PEOPLE_TABLES, SqlitePeople } from "./store.ts";
 *
 * using database = new DatabaseSync(":memory:");
 * database.exec(PEOPLE_TABLES);
 * const people = await People.open(new SqlitePeople(database));
 * const login = await people.login({ name: "ann", secret: "open sesame" });
 * const entry = await people.enter({ basic: { user: "ann", password: "open sesame" } });
 * // login.person and entry.person have the same id
 * ```
 */
export class People {
  readonly #store: PeopleStore;
  readonly #sessions: Sessions;
  readonly #password: string | undefined;
  readonly #hashes: SlowHash;
  readonly #now: () => number;
  readonly #connected: Connected;

  private constructor(store: PeopleStore, key: Uint8Array, options: PeopleOptions) {
    this.#store = store;
    this.#connected = new Connected((key, id) => void store.release(key, id));
    this.#password = options.password?.normalize("NFC");
    this.#hashes = options.hashes ?? new SlowHash();
    this.#now = options.now ?? Date.now;
    this.#sessions = new Sessions({ key, password: this.#password, now: this.#now });
  }

  /** People as `store` knows them. */
  static async open(store: PeopleStore, options: PeopleOptions = {}): Promise<People> {
    return new People(store, await store.signingKey(), options);
  }

  /** Whether `text` is the server's password; always, when it has none. */
  isPassword(text: string): boolean {
    return this.#password === undefined || sameText(text.normalize("NFC"), this.#password);
  }

  /** Lets a connection in as the person its credentials say, or says why not. Basic wins over a cookie. */
  enter({ cookie, basic, plain, from }: Credentials): Promise<Entry | Refusal> {
    return answering(async () => {
      const session = await this.#session(cookie);
      const second = basic && this.#split(basic.password);
      if (basic ? !second : !this.#admits(session)) throw new Refused(401, NO_ENTRY);

      const proven = basic?.user && second?.secret
        ? await this.#prove(readName(basic.user), readSecret(second.secret, from))
        : undefined;
      const person = proven ?? await this.#person(session?.person ?? randomId());
      const name = plain?.name || (proven ? undefined : basic?.user);
      const place = name
        ? await this.#hold(person, readName(name))
        : this.#connected.add(plain && !proven ? this.#nameless(person) : person);

      const id = session?.id ?? randomId();
      const keep = session && (proven || (session.entered && !session.aging));
      return {
        ok: true,
        get person() {
          return place.person;
        },
        session: proven ? undefined : id,
        token: keep ? undefined : this.#sessions.issue(person.id, id),
        [Symbol.dispose]: () => {
          place[Symbol.dispose]();
          void this.#use(place.person.id);
        },
      };
    });
  }

  /**
   * Makes the browser with this cookie the person who owns a name: by the secret, or by taking it when it
   * is free. Who takes one stays the same person, unless that would leave behind a name with a secret.
   */
  login(form: LoginForm, cookie?: string): Promise<LoggedIn | Refusal> {
    return answering(async () => {
      const session = await this.#session(cookie);
      const admitted = form.password ? this.isPassword(form.password) : this.#admits(session);
      if (!admitted) throw new Refused(401, NO_ENTRY);
      const name = readName(form.name);
      const secret = form.secret ? readSecret(form.secret, form.from) : undefined;

      const me = await this.#person(session?.person ?? randomId());
      const mine = await this.#store.byId(me.id);
      const owner = await this.#store.byKey(nameKey(name));
      if (owner?.id === me.id && (secret === undefined || owner.secret === undefined)) {
        if (secret !== undefined && !await this.#take(owner, secret)) throw new Refused(409, TAKEN);
        return { ok: true, person: me, token: this.#sessions.issue(me.id, session?.id) };
      }

      const taker = mine?.secret === undefined ? me.id : randomId();
      const person = secret === undefined
        ? await this.#take({ id: taker, name })
        : await this.#prove(name, secret, taker);
      if (!person) throw new Refused(409, TAKEN);
      const same = person.id === me.id;
      return {
        ok: true,
        person,
        ...(session && same && person.name !== me.name && { was: me.name }),
        token: this.#sessions.issue(person.id, same ? session?.id : undefined),
      };
    });
  }

  /** Ends the cookie's session for good. The id of the session, if there was one, so that its connections can end. */
  async logout(cookie: string | undefined): Promise<string | undefined> {
    const session = await this.#session(cookie);
    if (!session) return undefined;
    const now = Math.floor(this.#now() / 1000);
    await this.#store.endSession(session.id, now + SESSION_SECONDS, now);
    return session.id;
  }

  /**
   * Gives a connected person a name of their own, and a secret for it if one is given (else the former
   * stays). The former name is free at once. Another's name is never given, not even for its secret: to
   * become another person is what {@linkcode People.login} is for.
   */
  async take(person: Person, name: string, secret?: string, from?: string): Promise<Naming> {
    const parsed = parseName(name);
    if ("problem" in parsed) return { ok: false, code: "bad_name", message: parsed.problem };
    if (secret !== undefined && !isSecret(secret)) {
      return { ok: false, code: "bad_value", message: BAD_SECRET };
    }
    const own = secret === undefined ? undefined : { text: secret, from };
    const answer = await answering(async () => {
      const was = this.#connected.person(person.id)?.name ?? person.name;
      const user = await this.#take({ id: person.id, name: parsed.name }, own);
      if (!user) throw new Refused(409, TAKEN);
      return { ok: true, user, was } as const;
    });
    if (answer.ok) return answer;
    const { status, reason: message, retry = BUSY_MS } = answer;
    if (status === 409) return { ok: false, code: "name_taken", message };
    return { ok: false, code: "rate_limited", message, retry };
  }

  /** A person has another name, taken on another server of the cluster. */
  renamed(person: Person): void {
    this.#connected.rename(person);
  }

  async #session(cookie: string | undefined): Promise<Session | undefined> {
    const session = cookie ? this.#sessions.read(cookie) : undefined;
    return session && !await this.#store.isEnded(session.id) ? session : undefined;
  }

  #admits(session: Session | undefined): boolean {
    return this.#password === undefined || session?.entered === true;
  }

  /** What Basic's second part says, or nothing when it lacks the server's password. */
  #split(text: string): { secret?: string } | undefined {
    if (this.#password === undefined) return { secret: text };
    const second = text.normalize("NFC");
    const start = this.#password.length + 1;
    if (sameText(second, this.#password)) return {};
    if (!sameText(second.slice(0, start), `${this.#password}:`)) return undefined;
    return { secret: second.slice(start) };
  }

  /** The person with this id, who is here: that counts as a use of the name. */
  async #person(id: string): Promise<Person> {
    await this.#use(id);
    const name = (await this.#store.byId(id))?.name ?? GUEST_PREFIX + id.slice(0, GUEST_CHARACTERS);
    return { id, name };
  }

  #nameless(person: Person): Person {
    return { id: this.#sessions.derivedId(person.id, ""), name: "" };
  }

  /** The owner of a name. An owner who has not used it for too long is none: whoever asks first ends that. */
  async #ownerOf(key: string): Promise<Owner | undefined> {
    const owner = await this.#store.byKey(key);
    if (!owner || this.#connected.person(owner.id)) return owner;
    if (this.#today() - owner.used <= UNUSED_DAYS) return owner;
    await this.#store.free(owner);
    return undefined;
  }

  /** The owner of a name by its secret; a free name becomes `taker`'s. */
  async #prove(name: string, secret: Secret, taker = randomId()): Promise<Person> {
    const key = nameKey(name);
    // Also a name unused for too long is still its owner's, if nobody else asked for it before.
    const owner = await this.#store.byKey(key);
    if (owner && await this.#hashes.verify(secret.text, owner.secret, secret.from)) {
      return await this.#person(owner.id);
    }
    if (await this.#ownerOf(key)) throw new Refused(401, NOT_PROVEN);
    const person = await this.#take({ id: taker, name }, secret);
    if (person) return person;
    // Two connections of one program may both be the first to use its name: the second proves itself.
    if (await this.#ownerOf(key)) return await this.#prove(name, secret, taker);
    throw new Refused(409, TAKEN);
  }

  /** Makes a person the owner of a name, or gives nothing when it is another's or in use by another. */
  async #take({ id, name }: Person, secret?: Secret): Promise<Person | undefined> {
    const key = nameKey(name);
    const former = await this.#ownerOf(key);
    if (former && former.id !== id) return undefined;
    const hash = secret && await this.#hashes.hash(secret.text, secret.from);
    // Nothing is awaited between these two, so that nobody comes to hold what is claimed.
    if (this.#connected.isHeld(key, id)) return undefined;
    const owner = { id, name, key, secret: hash, used: this.#today() };
    if (!await this.#store.claim(owner)) return undefined;
    this.#connected.rename({ id, name });
    return { id, name };
  }

  /** A place under a name that `person` has while connected, or owns. */
  async #hold(person: Person, name: string): Promise<Place> {
    const key = nameKey(name);
    const derived = this.#sessions.derivedId(person.id, key);
    const taken = await this.#store.byId(derived);
    const id = taken && taken.key !== key ? randomId() : derived;

    let owner: Owner | undefined;
    {
      // Held first and looked up then: so nobody takes the name in between.
      using held = new DisposableStack();
      const place = held.use(this.#connected.hold(key, { id, name }));
      if (!place) throw new Refused(409, TAKEN);
      owner = await this.#ownerOf(key);
      if (!owner) {
        if (!await this.#store.hold(key, id)) throw new Refused(409, TAKEN);
        held.move();
        return place;
      }
    }
    if (owner.id !== person.id && owner.id !== id) throw new Refused(409, TAKEN);
    return this.#connected.add(await this.#person(owner.id));
  }

  /** Notes the day of use. That it can't be noted on a full disk is no reason to turn a person away. */
  async #use(id: string): Promise<void> {
    try {
      await this.#store.use(id, this.#today());
    } catch {
      // Whoever writes next meets the same trouble and reports it.
    }
  }

  #today(): number {
    return Math.floor(this.#now() / DAY_MS);
  }
}

const NO_ENTRY = "Cannot enter: the server's password is needed";
const NOT_PROVEN = "Cannot enter: the name is another person's, and this is not its secret";
const TAKEN = "Cannot have the name: it is another person's or in use";
const BAD_SECRET = "Cannot use the secret: it must have 1 to 256 characters";

class Refused extends Error {
  constructor(readonly status: Refusal["status"], readonly reason: string) {
    super(reason);
  }
}

/** Runs what may refuse or be too busy, and makes these answers. */
async function answering<T>(run: () => Promise<T>): Promise<T | Refusal> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Refused) return { ok: false, status: error.status, reason: error.reason };
    if (error instanceof BusyError) {
      return { ok: false, status: 429, reason: error.message, retry: BUSY_MS };
    }
    throw error;
  }
}

function readName(text: string): string {
  const parsed = parseName(text);
  if ("problem" in parsed) throw new Refused(400, parsed.problem);
  return parsed.name;
}

function readSecret(text: string, from: string | undefined): Secret {
  if (!isSecret(text)) throw new Refused(400, BAD_SECRET);
  return { text, from };
}
