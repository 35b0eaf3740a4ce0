import type { SharedPresenceChange } from "./shared_presence.ts";
import type { User } from "../protocol/mod.ts";

/** A name as of a version; of two, the one with the higher version is a person's. */
export interface NamedPerson extends User {
  /** When the name was taken, in milliseconds since 1970; 0 if it was there when its person came. */
  readonly version: number;
}

/** A person and all rooms in which one server has that person. */
export type Whereabouts = readonly [person: NamedPerson, rooms: readonly string[]];

interface Known {
  person: NamedPerson;
  /** On how many servers, by room. */
  readonly rooms: Map<string, number>;
}

/** For how long the name of someone who is in no room is known: the word of a former one may be late. */
const REMEMBER_MS = 120_000;

const NOBODY: ReadonlyMap<string, User> = new Map();

/** The lists of who is in which room, put together from what each server tells of its people. */
export class Roster {
  readonly #tell: (change: SharedPresenceChange) => void;
  readonly #people = new Map<string, Known>();
  /** Who has taken another name of late, the latest last. */
  readonly #renamed = new Map<string, NamedPerson>();
  readonly #rooms = new Map<string, Map<string, User>>();
  /** The people of each room of each server. */
  readonly #servers = new Map<string, Map<string, Set<string>>>();

  /** @param tell is called with each change, after it. */
  constructor(tell: (change: SharedPresenceChange) => void) {
    this.#tell = tell;
  }

  /** Who is in a room, by id. */
  members(room: string): ReadonlyMap<string, User> {
    return this.#rooms.get(room) ?? NOBODY;
  }

  /** Who is in each room that somebody is in. */
  get rooms(): ReadonlyMap<string, ReadonlyMap<string, User>> {
    return this.#rooms;
  }

  /** What is known of a person who is in some room or has taken another name of late. */
  person(id: string): NamedPerson | undefined {
    return this.#people.get(id)?.person ?? this.#renamed.get(id);
  }

  /** The version of a name that is taken now; it is above the former one, whatever the clocks say. */
  nextVersion(id: string): number {
    return Math.max(Date.now(), (this.person(id)?.version ?? 0) + 1);
  }

  /** A server has a person in a room. */
  join(server: string, room: string, person: NamedPerson): void {
    const rooms = getOrMake(this.#servers, server, () => new Map<string, Set<string>>());
    const people = getOrMake(rooms, room, () => new Set<string>());
    const known = getOrMake(this.#people, person.id, () => ({
      person: this.#renamed.get(person.id) ?? person,
      rooms: new Map(),
    }));
    if (person.name !== known.person.name) this.rename(person, known.person.name);
    else if (isNewer(person, known.person)) known.person = person;
    if (people.has(person.id)) return;
    people.add(person.id);
    const servers = (known.rooms.get(room) ?? 0) + 1;
    known.rooms.set(room, servers);
    if (servers > 1) return;
    const user = userOf(known.person);
    getOrMake(this.#rooms, room, () => new Map<string, User>()).set(user.id, user);
    this.#tell({ type: "joined", room, user });
  }

  /** A server has a person in a room no longer. */
  leave(server: string, room: string, id: string): void {
    const rooms = this.#servers.get(server);
    const people = rooms?.get(room);
    if (!rooms || !people?.delete(id)) return;
    if (people.size === 0) rooms.delete(room);
    const known = this.#people.get(id);
    if (!known) return;
    const servers = (known.rooms.get(room) ?? 0) - 1;
    if (servers > 0) return void known.rooms.set(room, servers);
    known.rooms.delete(room);
    if (known.rooms.size === 0) this.#people.delete(id);
    const members = this.#rooms.get(room);
    members?.delete(id);
    if (members?.size === 0) this.#rooms.delete(room);
    this.#tell({ type: "left", room, user: userOf(known.person) });
  }

  /** A person has another name; nothing changes if a newer one is known. */
  rename(person: NamedPerson, was: string): void {
    const known = this.#people.get(person.id);
    const last = this.person(person.id);
    if (last && !isNewer(person, last)) return;
    this.#remember(person);
    const user = userOf(person);
    const rooms = [...known?.rooms.keys() ?? []];
    if (known) known.person = person;
    for (const room of rooms) this.#rooms.get(room)?.set(user.id, user);
    this.#tell({ type: "renamed", user, was: last?.name ?? was, rooms });
  }

  #remember(person: NamedPerson): void {
    this.#renamed.delete(person.id);
    this.#renamed.set(person.id, person);
    const old = Date.now() - REMEMBER_MS;
    for (const [id, { version }] of this.#renamed) {
      if (version >= old) break;
      this.#renamed.delete(id);
    }
  }

  /** Where a server has whom. */
  whereabouts(server: string): Whereabouts[] {
    const rooms = new Map<string, string[]>();
    for (const [room, people] of this.#servers.get(server) ?? []) {
      for (const id of people) getOrMake(rooms, id, () => []).push(room);
    }
    return [...rooms].flatMap(([id, rooms]): Whereabouts[] => {
      const person = this.person(id);
      return person ? [[person, rooms]] : [];
    });
  }

  /** Makes what is known of a server what it says now. */
  replace(server: string, whereabouts: readonly Whereabouts[]): void {
    const now = new Map(whereabouts.map(([{ id }, rooms]) => [id, new Set(rooms)]));
    for (const [person, rooms] of whereabouts) {
      for (const room of rooms) this.join(server, room, person);
    }
    for (const [room, people] of [...this.#servers.get(server) ?? []]) {
      for (const id of [...people]) if (!now.get(id)?.has(room)) this.leave(server, room, id);
    }
  }

  /** Forgets a server and all whom it has. */
  drop(server: string): void {
    this.replace(server, []);
    this.#servers.delete(server);
  }
}

function isNewer(a: NamedPerson, b: NamedPerson): boolean {
  // Two names of one version: all servers have to choose the same.
  return a.version > b.version || (a.version === b.version && a.name > b.name);
}

function userOf({ id, name }: NamedPerson): User {
  return { id, name };
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, value = make());
  return value;
}
