/**
 * People, their names and secrets, and the right to enter. It knows nothing of HTTP: it takes parsed
 * credentials, and answers with a person or with a status and a reason.
 *
 * @module
 */
import { deleteAccount } from "./account_deletion.ts";
import type {
  AccountForm,
  Admission,
  Credentials,
  DeletedAccount,
  LoggedIn,
  LoggedOut,
  LoginForm,
  LogoutOptions,
  NameChange,
  Naming,
  PasswordReset,
  Recognized,
} from "./credentials.ts";
import { Cookies } from "./cookies.ts";
import { Connected, type Person } from "./connected.ts";
import {
  answering,
  BAD_SECRET,
  type Denial,
  LINK_GONE,
  MUTED_NAME,
  NO_ENTRY,
  NOT_PROVEN,
  notNamed,
  parseOwnName,
  readName,
  readSecret,
  Refused,
  type Secret,
  TAKEN,
} from "./denial.ts";
import type { Device, SessionKey } from "../protocol/sessions.ts";
import { DAY_MS } from "../lib/time.ts";
import { isSecret } from "../protocol/names.ts";
import { lookalikeKeys } from "./name_keys.ts";
import { Names } from "./names.ts";
import type { PeopleStore } from "./store.ts";
import { SlowHash } from "./secret_hash.ts";
import { Secrets } from "./secrets.ts";
import { recognize } from "./recognize.ts";
import { ServerPassword } from "./server_password.ts";
import { randomId, SESSION_SECONDS, Sessions } from "./session.ts";
import { SteadyClock } from "../lib/steady_clock.ts";

/** Options of {@linkcode People}. */
export interface PeopleOptions {
  /** The server's password, needed to enter; by default there is none. */
  password?: string;
  /** Hashes the secrets. */
  hashes?: SlowHash;
  /** The time of day. No name becomes free because of its age while it can't be trusted. */
  clock?: SteadyClock;
}

/**
 * All people. There are three ways to enter ({@linkcode People.enter}): Basic with a secret, a session
 * cookie, or nothing, which makes a guest.
 *
 * A name has an owner, who is stored, or a holder, who has it while connected. A holder is a separate person,
 * whose id is derived from the browser's person and the name. So one id never has two names, and a browser
 * that returns with the same name is the same person.
 *
 * Methods reject only with what the store throws; no secret and no cookie is ever part of it.
 *
 * @example
 * ```ts
 * import { People } from "./people.ts";
 * import { openLocalState } from "../state/local.ts";
 *
 * using store = openLocalState({ path: ":memory:", sync: "full" });
 * const people = await People.open(store.people);
 * const login = await people.login({ name: "ann", secret: "open sesame" });
 * const entry = await people.enter({ basic: { user: "ann", password: "open sesame" } });
 * // login.person and entry.person have the same id
 * ```
 */
export class People {
  readonly #store: PeopleStore;
  readonly #sessions: Sessions;
  readonly #cookies: Cookies;
  readonly #password: ServerPassword;
  readonly #hashes: SlowHash;
  readonly #clock: SteadyClock;
  readonly #connected: Connected;
  readonly #names: Names;
  readonly #secrets: Secrets;

  private constructor(store: PeopleStore, options: PeopleOptions) {
    this.#store = store;
    this.#connected = new Connected((key, id) => void store.release(key, id));
    this.#password = new ServerPassword(options.password);
    this.#hashes = options.hashes ?? new SlowHash();
    this.#clock = options.clock ?? new SteadyClock();
    const now = () => this.#clock.now();
    const keys = () => store.signingKeys();
    this.#sessions = new Sessions({ keys, password: this.#password.text, now });
    this.#cookies = new Cookies(store, this.#sessions);
    this.#names = new Names({
      ...{ store, connected: this.#connected, hashes: this.#hashes },
      ...{ sessions: this.#sessions, clock: this.#clock },
    });
    const [cookies, hashes, names] = [this.#cookies, this.#hashes, this.#names];
    this.#secrets = new Secrets({ store, cookies, hashes, names });
  }

  /** Returns the people in a store. */
  static open(store: PeopleStore, options: PeopleOptions = {}): Promise<People> {
    return Promise.try(() => {
      // A store without a chat has none, which is to be known now.
      store.signingKeys();
      return new People(store, options);
    });
  }

  /** The number of times that the key of all sessions was replaced, which ends them all. */
  get rotation(): number {
    return this.#sessions.rotation;
  }

  /** Returns whether `text` is the server's password; always true if it has none. */
  isPassword(text: string): boolean {
    return this.#password.is(text);
  }

  /** Lets a connection in as the person that its credentials prove. Basic wins over a cookie. */
  enter({ cookie, basic, plain, from, device = {} }: Credentials): Promise<Admission | Denial> {
    return answering(async () => {
      const browser = await this.#cookies.admit(cookie);
      const { session, rotation } = browser;
      const second = basic && this.#password.split(basic.password);
      if (basic ? !second : !this.#password.admits(undefined, session)) {
        throw new Refused(401, NO_ENTRY);
      }

      const proven = basic?.user && second?.secret
        ? await this.#secrets.prove(readName(basic.user), readSecret(second.secret, from))
        : undefined;
      const person = proven?.person ??
        await this.#names.person(session?.person ?? randomId(), from);
      // A name that is held while connected proves nothing.
      await this.#names.refuseUninvited(proven || !(plain || basic) ? person.id : "");
      const name = plain?.name || (proven ? undefined : basic?.user);
      using entering = new DisposableStack();
      const nameless = { id: this.#sessions.derivedId(person.id, ""), name: "" };
      const shown = plain && !proven ? nameless : person;
      const held = name === undefined || name === ""
        ? { place: this.#connected.add(shown) }
        : await this.#names.hold(person, readName(name), from);
      const place = entering.use(held.place);
      const proof = proven ? { person: person.id, generation: proven.generation ?? 0 } : held.proof;

      const { id = randomId(), generation = proven?.generation ?? 0 } = session ?? {};
      const key = proven ? undefined : { id, person: person.id, generation, rotation };
      const see = async () => {
        await this.#names.use(place.person.id, from);
        if (key) await this.#sawSession(key, device, from);
      };
      if (key) await this.#sawSession(key, device, from);
      const muted = await this.#cookies.mutedOther(browser, person.id, this.#clock.now());
      const others = [...session ? browser.people : [], ...muted === undefined ? [] : [muted]];
      const keep = session && (proven || (session.entered && !session.aging));
      const kept = { session: id, generation, rotation, also: session?.also ?? muted };
      const token = keep ? undefined : await this.#cookies.issue(person.id, kept);
      const entered = entering.move();
      const aliases = new Set([person.id, ...others]);
      return {
        ok: true,
        get person() {
          return place.person;
        },
        aliases: [...aliases].filter((other) => other !== place.person.id),
        session: key,
        proof,
        ...(proven?.taken && { taken: true }),
        token,
        see,
        [Symbol.dispose]: () => {
          entered.dispose();
          void see();
        },
      };
    });
  }

  /** Returns the person that the credentials of a request prove; see {@linkcode recognize}. */
  recognize(credentials: Credentials): Promise<Recognized | Denial> {
    const [cookies, names, password] = [this.#cookies, this.#names, this.#password];
    const prove = (name: string, secret: Secret) => this.#secrets.prove(name, secret);
    return recognize({ cookies, names, password, prove }, credentials);
  }

  /**
   * Makes the browser with this cookie the person who owns a name: by the secret, or by taking a free one. The
   * browser stays the same person by taking one, unless that would leave behind a name with a secret. With
   * `old`, the person's secret is changed. A new secret ends all sessions of the person but the one that this
   * login makes.
   */
  login(form: LoginForm, cookie?: string): Promise<LoggedIn | Denial> {
    return answering(async () => {
      const browser = await this.#cookies.admit(cookie);
      const { session, rotation } = browser;
      if (!this.#password.admits(form.password, session)) throw new Refused(401, NO_ENTRY);
      const { invite } = form;
      // A page that asks why it may not enter gives no name.
      if (form.name === "") await this.#names.refuseUninvited(session?.person ?? "");
      const name = readName(form.name);
      const secret = form.secret ? readSecret(form.secret, form.from) : undefined;
      // Before the name is looked up: the time of the answer must not tell who has a secret.
      const old = secret && form.old ? readSecret(form.old, form.from) : undefined;

      const me = await this.#names.person(session?.person ?? randomId(), form.from);
      const mine = await this.#store.byId(me.id);
      const owner = await this.#names.byName(name);
      if (old && owner?.secret !== undefined) {
        if (!await this.#secrets.isSecret(old.text, owner, form.from)) {
          throw new Refused(401, NOT_PROVEN);
        }
        await this.#cookies.refuseBanned(owner.id);
        const person = await this.#names.take(owner, { secret });
        if (!person) throw new Refused(409, TAKEN);
        const also = await this.#cookies.mutedOther(browser, person.id, this.#clock.now());
        return {
          ok: true,
          person,
          token: await this.#begin(person.id, { form, rotation, also }),
          ended: true,
        };
      }
      if (owner?.id === me.id && (secret === undefined || owner.secret === undefined)) {
        const ended = secret !== undefined;
        if (ended && !await this.#names.take(owner, { secret })) throw new Refused(409, TAKEN);
        const token = await this.#begin(me.id, {
          ...{ form, rotation, session: ended ? undefined : session, also: session?.also },
        });
        return { ok: true, person: me, token, ended };
      }

      // As somebody else they are muted, too, and those who know the muted person read no new name.
      const isMuted = await this.#store.mutedUntil(me.id) > this.#clock.now();
      const taker = mine?.secret === undefined && !isMuted
        ? { id: me.id, generation: mine?.generation ?? 0 }
        : { id: randomId() };
      const { person, generation } = secret === undefined
        ? { person: await this.#names.take({ ...taker, name }, { invite, from: form.from }) }
        : await this.#secrets.prove(name, secret, taker, invite);
      if (!person) throw new Refused(409, TAKEN);
      const same = person.id === me.id;
      const ended = same && mine !== undefined && secret !== undefined && mine.secret === undefined;
      return {
        ok: true,
        person,
        ...(session && same && person.name !== me.name && { was: me.name }),
        token: await this.#begin(person.id, {
          ...{ form, rotation, generation, session: same && !ended ? session : undefined },
          also: await this.#cookies.mutedOther(browser, person.id, this.#clock.now()),
        }),
        ended,
      };
    });
  }

  /** Ends the cookie's session permanently; with `everywhere`, all sessions of its person. */
  async logout(
    cookie: string | undefined,
    { everywhere = false, stores = () => true, from }: LogoutOptions = {},
  ): Promise<LoggedOut | undefined> {
    const browser = await this.#cookies.read(cookie);
    const { session } = browser;
    const token = await this.#cookies.mutedGuest(browser, this.#clock.now());
    const rest = token === undefined ? {} : { token };
    if (!session) return token === undefined ? undefined : rest;
    if (!stores(session.person)) return { session: session.id, ...rest };
    const now = Math.floor(this.#clock.now() / 1000);
    await this.#store.endSession(session.id, {
      until: now + SESSION_SECONDS,
      // Forgotten under a wrong clock, a session that was ended would be valid again under a right one.
      forgets: this.#clock.isTrusted(),
      from,
    });
    if (!everywhere) return { session: session.id, ...rest };
    await this.#store.endSessions(session.person, from);
    return { session: session.id, person: session.person, ...rest };
  }

  /** @throws {Refused} if somebody is muted: everyone reads a new name */
  async #refuseMuted(people: readonly string[]): Promise<void> {
    for (const person of people) {
      if (await this.#store.mutedUntil(person) > this.#clock.now()) {
        throw new Refused(403, MUTED_NAME);
      }
    }
  }

  /** Deletes the account of the person with this cookie; see {@linkcode deleteAccount}. */
  deleteAccount(form: AccountForm, cookie?: string): Promise<DeletedAccount | Denial> {
    const [store, cookies, hashes] = [this.#store, this.#cookies, this.#hashes];
    const parts = { store, cookies, hashes, password: this.#password };
    return deleteAccount(parts, form, cookie, this.#clock.now());
  }

  /**
   * Gives a connected person a name of their own, and a secret for it if one is given, else the former stays.
   * The former name is free at once. A person never gets another's name, not even for its secret:
   * {@linkcode People.login} is for that.
   *
   * A person who has a secret must give it to change it. A new secret ends all sessions of the person: a
   * browser gets a new cookie by {@linkcode People.login}.
   */
  async take(
    person: Person,
    { name, secret, old, from, aliases = [] }: NameChange,
  ): Promise<Naming> {
    const parsed = parseOwnName(name);
    if ("problem" in parsed) return { ok: false, code: "bad_name", message: parsed.problem };
    if (secret !== undefined && !isSecret(secret)) {
      return { ok: false, code: "bad_value", message: BAD_SECRET };
    }
    const own = secret === undefined ? undefined : { text: secret, from };
    const answer = await answering(async () => {
      const was = this.#connected.person(person.id)?.name ?? person.name;
      if (parsed.name !== was) await this.#refuseMuted([person.id, ...aliases]);
      const owner = own && await this.#store.byId(person.id);
      const changes = own !== undefined && await this.#secrets.changes(owner, own, old);
      const user = await this.#names.take(
        { id: person.id, name: parsed.name, generation: owner?.generation ?? 0 },
        { secret: changes ? own : undefined, from },
      );
      if (!user) throw new Refused(409, TAKEN);
      return { ok: true, user, was, ended: changes && owner !== undefined } as const;
    });
    return answer.ok ? answer : notNamed(answer);
  }

  /**
   * Makes the browser with this cookie a person whose secret is set anew.
   *
   * @param store Stores the secret's hash, which ends all sessions of the person; resolves to false if that is
   * refused.
   */
  reset(
    form: PasswordReset,
    cookie: string | undefined,
    store: (hash: string) => Promise<boolean>,
  ): Promise<LoggedIn | Denial> {
    return answering(async () => {
      const { person, secret = "", password, from } = form;
      const browser = await this.#cookies.admit(cookie);
      if (!this.#password.admits(password, browser.session)) throw new Refused(401, NO_ENTRY);
      const { text } = readSecret(secret, from);
      if (!await store(await this.#hashes.hash(text, from))) throw new Refused(404, LINK_GONE);
      const also = await this.#cookies.mutedOther(browser, person, this.#clock.now());
      const token = await this.#begin(person, { form, rotation: browser.rotation, also });
      return { ok: true, person: await this.#names.person(person, from), token, ended: true };
    });
  }

  /** Returns whether somebody else than `id` has a name, or one that looks like it, while connected. */
  isHeld(name: string, id: string): boolean {
    return this.#connected.isHeld(lookalikeKeys(name), id);
  }

  /** Updates a connected person who has taken another name on another server. */
  renamed(person: Person): void {
    this.#connected.rename(person);
  }

  /**
   * Returns the token of a session of a person who has logged in: of `session` renewed, or of a new one.
   *
   * @throws {Refused} if the secret, or the key of all sessions, has changed since it was checked.
   */
  async #begin(person: string, { form: { device = {}, from }, rotation, session, also, ...proof }: {
    readonly form: Pick<LoginForm, "device" | "from">;
    /** The number of the key when the request began. */
    readonly rotation: number;
    readonly session?: SessionKey | undefined;
    /** That of the person whose secret was checked. */
    readonly generation?: number | undefined;
    readonly also?: string | undefined;
  }): Promise<string> {
    const generation = session?.generation ?? proof.generation ??
      (await this.#store.byId(person))?.generation ?? 0;
    const key = { id: session?.id ?? randomId(), person, generation, rotation };
    // While nothing can be stored, a right secret lets its owner in: the session is recorded when it is used.
    if (!await this.#useSession(key, device, from).catch(() => true)) {
      throw new Refused(401, NOT_PROVEN);
    }
    return await this.#cookies.issue(person, { session: key.id, generation, rotation, also });
  }

  /** Records the use of a session. A full disk, which can't record it, is no reason to turn a person away. */
  async #sawSession(session: SessionKey, device: Device, from?: string): Promise<void> {
    try {
      await this.#useSession(session, device, from);
    } catch {
      // The next write meets the same trouble and reports it.
    }
  }

  #useSession(session: SessionKey, device: Device, from?: string): Promise<boolean> {
    const [day, forgets] = [Math.floor(this.#clock.now() / DAY_MS), this.#clock.isTrusted()];
    return this.#store.useSession({ session, day, forgets, device, from });
  }
}
