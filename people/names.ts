import type { Proof } from "../protocol/sessions.ts";
import { type Connected, type ConnectedPerson, type Person } from "./connected.ts";
import { NEEDS_INVITATION, Refused, type Secret, TAKEN } from "./denial.ts";
import { keysOf, lookalikeKeys, uniqueKey, writtenKey } from "./name_keys.ts";
import { GUEST_PREFIX } from "../protocol/names.ts";
import type { SlowHash } from "./secret_hash.ts";
import { randomId, type Sessions } from "./session.ts";
import type { Claim, Owner, PeopleStore } from "./store.ts";
import type { SteadyClock } from "../lib/steady_clock.ts";
import { DAY_MS } from "../lib/time.ts";

/** Days for which an unused name stays its owner's; with a secret or a role it never expires. */
export const UNUSED_DAYS = 90;

/** Characters of a guest's id that the guest's name shows. */
const GUEST_CHARACTERS = 4;

/** The parts that {@linkcode Names} works with. */
export interface PeopleNamesOptions {
  readonly store: PeopleStore;
  readonly connected: Connected;
  readonly hashes: SlowHash;
  readonly sessions: Sessions;
  /** The time of day. No name becomes free because of its age while it can't be trusted. */
  readonly clock: SteadyClock;
}

/** How a name is taken. */
export interface Taking extends Claim {
  readonly secret?: Secret | undefined;
}

/** The names of people: who owns each, and who has it while connected. */
export class Names {
  readonly #store: PeopleStore;
  readonly #connected: Connected;
  readonly #hashes: SlowHash;
  readonly #sessions: Sessions;
  readonly #clock: SteadyClock;

  constructor({ store, connected, hashes, sessions, clock }: PeopleNamesOptions) {
    this.#store = store;
    this.#connected = connected;
    this.#hashes = hashes;
    this.#sessions = sessions;
    this.#clock = clock;
  }

  /**
   * Returns the person with this id, who is here: that counts as a use of the name.
   *
   * @param from The source that the work is charged to.
   */
  async person(id: string, from?: string): Promise<Person> {
    await this.use(id, from);
    const name = (await this.#store.byId(id))?.name ?? GUEST_PREFIX + id.slice(0, GUEST_CHARACTERS);
    return { id, name };
  }

  /** Returns the owner of a name, which an older version of the program may have stored under another key. */
  async byName(name: string): Promise<Owner | undefined> {
    for (const key of keysOf(name)) {
      const owner = await this.#store.byKey(key);
      if (owner) return owner;
    }
  }

  /**
   * Returns the owner of a name. An owner who has not used it for too long is none: the first question ends the ownership.
   *
   * @param from The source that the work is charged to.
   */
  async ownerOf(name: string, from?: string): Promise<Owner | undefined> {
    return await this.#current(await this.byName(name), from);
  }

  async #current(owner: Owner | undefined, from?: string): Promise<Owner | undefined> {
    if (!owner || this.#connected.person(owner.id)) return owner;
    if (owner.secret !== undefined || owner.role !== undefined) return owner;
    if (this.#today() - owner.used <= UNUSED_DAYS) return owner;
    if (!this.#clock.isTrusted()) return owner;
    await this.#store.free(owner, from);
    // It is not free if it was used, or got a secret, meanwhile.
    return await this.#store.byKey(owner.key);
  }

  /**
   * Makes a person the owner of a name; undefined if another person has it.
   *
   * @param how With a new secret, which the person of this generation may set.
   * @throws {Refused} if they may not, or not any more
   */
  async take(
    { id, name, generation = 0 }: Person & Pick<Owner, "generation">,
    { secret, invite, from: source }: Taking = {},
  ): Promise<Person | undefined> {
    const from = secret?.from ?? source;
    if (invite === undefined) await this.refuseUninvited(id);
    if (await this.#isMistakable(name, id, from)) return undefined;
    const hash = secret && await this.#hashes.hash(secret.text, secret.from);
    // Nothing is awaited between these two. From the claim on, the store's `hold` keeps the name for it.
    if (this.#connected.isHeld(lookalikeKeys(name), id)) return undefined;
    const [key, written, used] = [uniqueKey(name), writtenKey(name), this.#today()];
    const owner = {
      ...{ id, name, key, secret: hash, generation, used },
      ...(written !== undefined && { written }),
    };
    if (!await this.#store.claim(owner, { invite, from })) return undefined;
    this.#connected.rename({ id, name });
    return { id, name };
  }

  /** @throws {Refused} if a person is new, and newcomers need an invitation. */
  async refuseUninvited(id: string): Promise<void> {
    if (!await this.#store.mayEnter(id)) throw new Refused(401, NEEDS_INVITATION);
  }

  /** Returns true if a name is another person's than `id`, or could be mistaken for that name. */
  async #isMistakable(name: string, id: string, from?: string): Promise<boolean> {
    const keys = lookalikeKeys(name);
    for (const lookalike of await this.#store.lookalikes(keys)) {
      const owner = await this.#current(lookalike, from);
      if (owner && owner.id !== id) return true;
    }
    return this.#connected.isHeld(keys, id);
  }

  /**
   * Returns a place under a name that `person` has while connected, or owns. A person who held a name, and took it, is let
   * in like that for as long as nothing else proves who owns it, and `proof` says so.
   */
  async hold(
    person: Person,
    name: string,
    from?: string,
  ): Promise<{ readonly place: ConnectedPerson; readonly proof?: Proof }> {
    const key = uniqueKey(name);
    const derived = this.#sessions.derivedId(person.id, key);
    const taken = await this.#store.byId(derived);
    const id = taken && taken.key !== key ? randomId() : derived;

    let owner: Owner | undefined;
    {
      // Held first and looked up then, so that nobody takes the name in between.
      using held = new DisposableStack();
      const place = held.use(this.#connected.hold(lookalikeKeys(name), { id, name }));
      if (!place) throw new Refused(409, TAKEN);
      owner = await this.ownerOf(name, from);
      if (!owner) {
        if (await this.#isMistakable(name, id, from)) throw new Refused(409, TAKEN);
        if (!await this.#store.hold(key, id)) throw new Refused(409, TAKEN);
        held.move();
        return { place };
      }
    }
    const { generation = 0, secret } = owner;
    if (owner.id === person.id) {
      return { place: this.#connected.add(await this.person(owner.id, from)) };
    }
    const isOpen = owner.id === id && secret === undefined && generation === 0;
    if (!isOpen) throw new Refused(409, TAKEN);
    const place = this.#connected.add(await this.person(id, from));
    return { place, proof: { person: id, generation } };
  }

  /** Records the day of use. A full disk, which can't record it, is no reason to turn a person away. */
  async use(id: string, from?: string): Promise<void> {
    try {
      await this.#store.use(id, this.#today(), from);
    } catch {
      // The next write meets the same trouble and reports it.
    }
  }

  #today(): number {
    return Math.floor(this.#clock.now() / DAY_MS);
  }
}
