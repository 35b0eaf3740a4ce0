/**
 * Who is connected now.
 *
 * @module
 */

/** Someone in the chat. The id stays; the name may change, and is "" for plain clients without one. */
export interface Person {
  readonly id: string;
  readonly name: string;
}

/** A connection of a person. Dispose it when it ended; twice does no harm. */
export interface Place extends Disposable {
  /** Under the name of this moment. */
  readonly person: Person;
}

/** Who is connected now, how often, and who has which name for that time only. */
export class Connected {
  readonly #people = new Map<string, { person: Person; connections: number; holds?: string }>();
  readonly #holders = new Map<string, string>();
  readonly #onRelease: (key: string, id: string) => void;

  /** @param onRelease is told when nobody holds a name here any more. */
  constructor(onRelease: (key: string, id: string) => void = () => {}) {
    this.#onRelease = onRelease;
  }

  /** The person with this id, if connected, under the name of this moment. */
  person(id: string): Person | undefined {
    return this.#people.get(id)?.person;
  }

  /** Whether a name is held by another than the person `id`. */
  isHeld(key: string, id: string): boolean {
    return (this.#holders.get(key) ?? id) !== id;
  }

  /** Adds a connection of a person who holds the name with this key, unless another does. */
  hold(key: string, person: Person): Place | undefined {
    if (this.isHeld(key, person.id)) return undefined;
    this.#holders.set(key, person.id);
    const place = this.add(person);
    const entry = this.#people.get(person.id);
    if (entry) entry.holds = key;
    return place;
  }

  /** Adds a connection of a person. */
  add(person: Person): Place {
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

  /** A person has another name now, as its owner. */
  rename(person: Person): void {
    const entry = this.#people.get(person.id);
    if (!entry) return;
    entry.person = person;
    this.#release(entry);
  }

  #release(entry: { person: Person; holds?: string }): void {
    const key = entry.holds;
    if (key === undefined) return;
    entry.holds = undefined;
    this.#holders.delete(key);
    this.#onRelease(key, entry.person.id);
  }
}
