import type { Room, Subscriber } from "./room.ts";
import { getOrMake } from "../lib/maps.ts";

/** The clients of a hub, with the rooms of each client and the clients of each person. */
export class Clients {
  readonly #rooms = new Map<Subscriber, Set<Room>>();
  readonly #people = new Map<string, Set<Subscriber>>();
  readonly #onChange: (person: string) => void;

  /** @param onChange Called with a person who has a first client, or none any more. */
  constructor(onChange: (person: string) => void = () => {}) {
    this.#onChange = onChange;
  }
  /** The clients that are other people, by the ids of {@linkcode Subscriber.aliases}. */
  readonly #aliases = new Map<string, Set<Subscriber>>();

  /** The number of clients. */
  get size(): number {
    return this.#rooms.size;
  }

  /** The number of people who have a client. */
  get people(): number {
    return this.#people.size;
  }

  /** Returns true if the client was added and not removed. */
  has(client: Subscriber): boolean {
    return this.#rooms.has(client);
  }

  /**
   * Returns the rooms of a client, or undefined if it is unknown. The caller changes the set when the client
   * joins or leaves a room.
   */
  rooms(client: Subscriber): Set<Room> | undefined {
    return this.#rooms.get(client);
  }

  /** Iterates over the ids of the people who have a client. */
  ids(): IteratorObject<string> {
    return this.#people.keys();
  }

  /** Returns the clients of a person. */
  clientsOf(person: string): Iterable<Subscriber> {
    return this.#people.get(person) ?? [];
  }

  /** Returns whether a person has a client. */
  isHere(person: string): boolean {
    return this.#people.has(person);
  }

  /** Returns the clients of a person, and those that the person's browser has as somebody else. */
  browsersOf(person: string): Subscriber[] {
    return [...this.clientsOf(person), ...this.#aliases.get(person) ?? []];
  }

  /** Iterates over all clients. */
  all(): IteratorObject<Subscriber> {
    return this.#rooms.keys();
  }

  /** Adds a client that is in no room. */
  add(client: Subscriber): void {
    this.#rooms.set(client, new Set());
    const { id } = client.user;
    const clients = getOrMake(this.#people, id, () => new Set<Subscriber>());
    clients.add(client);
    if (clients.size === 1) this.#onChange(id);
    for (const alias of client.aliases ?? []) {
      getOrMake(this.#aliases, alias, () => new Set<Subscriber>()).add(client);
    }
  }

  /** Removes a client, and returns the rooms that it was in, or undefined if it is unknown. */
  remove(client: Subscriber): Set<Room> | undefined {
    const rooms = this.#rooms.get(client);
    if (rooms === undefined) return undefined;
    this.#rooms.delete(client);
    const { id } = client.user;
    removeFrom(this.#people, id, client);
    if (!this.#people.has(id)) this.#onChange(id);
    for (const alias of client.aliases ?? []) removeFrom(this.#aliases, alias, client);
    return rooms;
  }

  /** Removes and returns all clients. */
  clear(): Subscriber[] {
    const clients = [...this.#rooms.keys()];
    this.#rooms.clear();
    this.#people.clear();
    this.#aliases.clear();
    return clients;
  }
}

function removeFrom(all: Map<string, Set<Subscriber>>, id: string, client: Subscriber): void {
  const clients = all.get(id);
  clients?.delete(client);
  if (clients?.size === 0) all.delete(id);
}
