/**
 * The people who are connected.
 *
 * @module
 */

/** A person in the chat. The id is permanent; the name may change, and is empty for plain clients without one. */
export interface Person {
  readonly id: string;
  readonly name: string;
}

/** A connection of a person. Dispose it when it has ended; twice does no harm. */
export interface ConnectedPerson extends Disposable {
  /** The person, with the present name. */
  readonly person: Person;
}

/** The connected people, the number of their connections, and the names that they hold only while connected. */
export class Connected {
  readonly #people = new Map<
    string,
    { person: Person; connections: number; holds?: readonly string[] }
  >();
  readonly #holders = new Map<string, string>();
  readonly #onRelease: (key: string, id: string) => void;

  /** @param onRelease Called with the first key of a name when no one holds it here any more. */
  constructor(onRelease: (key: string, id: string) => void = () => {}) {
    this.#onRelease = onRelease;
  }

  /** Returns the person with this id, if connected, with the present name. */
  person(id: string): Person | undefined {
    return this.#people.get(id)?.person;
  }

  /** Returns whether another person than `id` holds a name with one of these keys. */
  isHeld(keys: readonly string[], id: string): boolean {
    return keys.some((key) => (this.#holders.get(key) ?? id) !== id);
  }

  /**
   * Adds a connection of a person who holds the name with these keys. Returns undefined if another person holds
   * a name with one of them.
   */
  hold(keys: readonly string[], person: Person): ConnectedPerson | undefined {
    if (this.isHeld(keys, person.id)) return undefined;
    for (const key of keys) this.#holders.set(key, person.id);
    const connection = this.add(person);
    const entry = this.#people.get(person.id);
    // The same id may hold several names that are alike.
    if (entry) entry.holds = [...new Set([...entry.holds ?? [], ...keys])];
    return connection;
  }

  /** Adds a connection of a person. */
  add(person: Person): ConnectedPerson {
    const { id } = person;
    const entry = this.#people.get(id) ?? { person, connections: 0 };
    this.#people.set(id, entry);
    entry.connections++;
    let open = true;
    return {
      get person() {
        return entry.person;
      },
      [Symbol.dispose]: () => {
        if (!open) return;
        open = false;
        if (--entry.connections > 0) return;
        this.#people.delete(id);
        this.#release(entry);
      },
    };
  }

  /** Gives a connected person another name, as its owner. */
  rename(person: Person): void {
    const entry = this.#people.get(person.id);
    if (!entry) return;
    entry.person = person;
    this.#release(entry);
  }

  #release(entry: { person: Person; holds?: readonly string[] }): void {
    const keys = entry.holds;
    if (keys === undefined) return;
    entry.holds = undefined;
    for (const key of keys) this.#holders.delete(key);
    const [first] = keys;
    if (first !== undefined) this.#onRelease(first, entry.person.id);
  }
}
