import { BANNED_PERSON, NOT_PROVEN, Refused } from "./denial.ts";
import type { PeopleStore } from "./store.ts";
import { randomId, type Session, type Sessions } from "./session.ts";

/** Options of {@linkcode Cookies.issue}. */
export interface IssueOptions {
  /** The session that is renewed; by default it is a new one. */
  readonly session?: string | undefined;
  /** The generation of the person that was proven; by default the present one. */
  readonly generation?: number | undefined;
  /** The number of the key when the person was proven; by default the present one. */
  readonly rotation?: number | undefined;
  /** See {@linkcode Session.also}. */
  readonly also?: string | undefined;
  /** False for one that does not let anyone in where the server has a password; true by default. */
  readonly entered?: boolean;
}

/** The content of a cookie: the browser and its person. */
export interface KnownBrowser {
  /** Undefined if it has ended. */
  readonly session: Session | undefined;
  /** The ids of the people that the session is of, or was before it ended. */
  readonly people: readonly string[];
  /** The number of the present key when it was read. */
  readonly rotation: number;
}

/** The session cookies of people: what a token says, together with what the store knows of it. */
export class Cookies {
  readonly #store: PeopleStore;
  readonly #sessions: Sessions;

  constructor(store: PeopleStore, sessions: Sessions) {
    this.#store = store;
    this.#sessions = sessions;
  }

  /** Returns what a cookie says, unless it is none of this server's. */
  async read(cookie: string | undefined): Promise<KnownBrowser> {
    const { rotation } = this.#sessions;
    const session = await this.#parse(cookie);
    return { session: await this.#current(session), people: peopleOf(session), rotation };
  }

  /**
   * Returns what the cookie says with which somebody wants to enter.
   *
   * @throws {Refused} if one of its people is banned.
   */
  async admit(cookie: string | undefined): Promise<KnownBrowser> {
    const browser = await this.read(cookie);
    // Also of an ended session, because a ban ends all sessions: its cookie would make a new guest.
    for (const person of browser.people) await this.refuseBanned(person);
    return browser;
  }

  /** @throws {Refused} if a person is banned. */
  async refuseBanned(person: string): Promise<void> {
    if (await this.#store.isBanned(person)) throw new Refused(403, BANNED_PERSON);
  }

  /**
   * Returns the person of a browser, other than `person`, who is muted for longest: under another name, and after
   * the end of the session, the browser stays so.
   *
   * @param now The time, in ms since 1970.
   */
  async mutedOther(
    { people }: KnownBrowser,
    person: string,
    now: number,
  ): Promise<string | undefined> {
    let [longest, until]: [string | undefined, number] = [undefined, now];
    for (const other of people) {
      const muted = other === person ? 0 : await this.#store.mutedUntil(other);
      if (muted > until) [longest, until] = [other, muted];
    }
    return longest;
  }

  /** Returns a token by which the browser of a muted person is a new guest, who is muted, too; `now` in ms. */
  async mutedGuest(browser: KnownBrowser, now: number): Promise<string | undefined> {
    const guest = randomId();
    const also = await this.mutedOther(browser, guest, now);
    return also === undefined ? undefined : await this.issue(guest, { also, entered: false });
  }

  /**
   * Returns a token for a person.
   *
   * @throws {Refused} if the key was replaced since the person was proven, perhaps by a cookie that proves nothing now.
   */
  async issue(person: string, options: IssueOptions = {}): Promise<string> {
    const { position } = this.#store;
    const generation = options.generation ?? (await this.#store.byId(person))?.generation;
    const { rotation } = this.#sessions;
    if ((options.rotation ?? rotation) !== rotation) throw new Refused(401, NOT_PROVEN);
    return this.#sessions.issue(person, { ...options, generation, position });
  }

  async #parse(cookie: string | undefined): Promise<Session | undefined> {
    const session = cookie ? this.#sessions.read(cookie) : undefined;
    // It may have been issued a moment ago by another server, which knows more. A former key may have signed any position.
    const isPresent = session?.rotation === this.#sessions.rotation;
    if (session !== undefined && isPresent) await this.#store.reach(session.position);
    return session;
  }

  async #current(session: Session | undefined): Promise<Session | undefined> {
    return session !== undefined && await this.#store.isLoggedIn(session) ? session : undefined;
  }
}

/** Returns the ids of the people that a session is of. */
function peopleOf(session: Session | undefined): string[] {
  if (session === undefined) return [];
  const { person, also } = session;
  return also === undefined ? [person] : [person, also];
}
