import type { Cookies } from "./cookies.ts";
import type { Person } from "./connected.ts";
import { NOT_PROVEN, OLD_SECRET, Refused, type Secret, TAKEN } from "./denial.ts";
import type { Names } from "./names.ts";
import type { SlowHash } from "./secret_hash.ts";
import type { Owner, PeopleStore } from "./store.ts";
import { isSecret } from "../protocol/names.ts";
import { randomId } from "./session.ts";

/** The parts that {@linkcode Secrets} works with. */
export interface SecretsParts {
  readonly store: PeopleStore;
  readonly cookies: Cookies;
  readonly hashes: SlowHash;
  readonly names: Names;
}

/** A person whom a secret proves. */
export interface Proven {
  readonly person: Person;
  /** By default that of a new person. */
  readonly generation?: number;
  /** Present if the name was free, and is the person's from now on. */
  readonly taken?: true;
}

/** The secrets by which people prove that a name is theirs. */
export class Secrets {
  readonly #store: PeopleStore;
  readonly #cookies: Cookies;
  readonly #hashes: SlowHash;
  readonly #names: Names;

  constructor({ store, cookies, hashes, names }: SecretsParts) {
    this.#store = store;
    this.#cookies = cookies;
    this.#hashes = hashes;
    this.#names = names;
  }

  /** Returns whether a person's secret should change to `own`; false if it is that one already. */
  async changes(owner: Owner | undefined, own: Secret, old?: string): Promise<boolean> {
    if (owner?.secret === undefined) return true;
    if (old === undefined && await this.isSecret(own.text, owner, own.from)) return false;
    if (await this.isSecret(old, owner, own.from)) return true;
    throw new Refused(401, OLD_SECRET);
  }

  /** Returns whether a text is the secret of a name. */
  async isSecret(text: string | undefined, owner: Owner, from?: string): Promise<boolean> {
    return text !== undefined && isSecret(text) &&
      await this.#hashes.verify(text, owner.secret, from);
  }

  /**
   * Returns the owner of a name by its secret, and the generation that was checked; a free name becomes `taker`'s, and is
   * `taken`.
   */
  async prove(
    name: string,
    secret: Secret,
    taker: Pick<Owner, "id" | "generation"> = { id: randomId() },
    invite?: string,
  ): Promise<Proven> {
    // Also a name unused for too long is still its owner's, if nobody else asked for it before.
    const owner = await this.#names.byName(name);
    if (owner && await this.#hashes.verify(secret.text, owner.secret, secret.from)) {
      await this.#cookies.refuseBanned(owner.id);
      const person = await this.#names.person(owner.id, secret.from);
      // It may have changed while it was checked.
      const present = await this.#store.byId(owner.id);
      if (present?.secret !== owner.secret) throw new Refused(401, NOT_PROVEN);
      return { person, generation: owner.generation ?? 0 };
    }
    if (await this.#names.ownerOf(name, secret.from)) throw new Refused(401, NOT_PROVEN);
    if (invite === undefined && !await this.#store.mayEnter(taker.id)) {
      // A name that nobody has takes as long, and is answered alike, where strangers may not enter.
      if (!owner) await this.#hashes.verify(secret.text, undefined, secret.from);
      throw new Refused(401, NOT_PROVEN);
    }
    const person = await this.#names.take({ ...taker, name }, { secret, invite });
    if (person) return { person, taken: true };
    // Two connections of one program may both be the first to use its name: the second proves itself.
    if (await this.#names.ownerOf(name, secret.from)) {
      return await this.prove(name, secret, taker, invite);
    }
    throw new Refused(409, TAKEN);
  }
}
