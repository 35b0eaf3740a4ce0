import type { Room, Subscriber } from "./room.ts";

/** The clients of a hub: the rooms of each one, and the clients of each person. */
export class Registry {
  readonly #rooms = new Map<Subscriber, Set<Room>>();
  readonly #people = new Map<string, Set<Subscriber>>();

  /** How many clients there are. */
  get size(): number {
    return this.#rooms.size;
  }

  /** How many people they are. */
  get people(): number {
    return this.#people.size;
  }

  has(client: Subscriber): boolean {
    return this.#rooms.has(client);
  }

  /** The rooms of a client, to be changed by whoever lets it in or out; undefined if it is none. */
  rooms(client: Subscriber): Set<Room> | undefined {
    return this.#rooms.get(client);
  }

  /** The clients of a person. */
  clientsOf(person: string): Iterable<Subscriber> {
    return this.#people.get(person) ?? [];
  }

  add(client: Subscriber): void {
    this.#rooms.set(client, new Set());
    const { id } = client.user;
    const own = this.#people.get(id);
    if (own === undefined) this.#people.set(id, new Set([client]));
    else own.add(client);
  }

  /** Forgets a client. The rooms that it was in; undefined if it was none. */
  remove(client: Subscriber): Set<Room> | undefined {
    const rooms = this.#rooms.get(client);
    if (rooms === undefined) return undefined;
    this.#rooms.delete(client);
    const { id } = client.user;
    const own = this.#people.get(id);
    own?.delete(client);
    if (own?.size === 0) this.#people.delete(id);
    return rooms;
  }

  /** Forgets all clients, and gives them. */
  clear(): Subscriber[] {
    const clients = [...this.#rooms.keys()];
    this.#rooms.clear();
    this.#people.clear();
    return clients;
  }
}
