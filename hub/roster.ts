import type { SharedPresenceChange } from "./shared_presence.ts";
import type { User } from "../protocol/mod.ts";
import { getOrMake } from "../lib/maps.ts";

/** A person with a versioned name. Of two names of a person, the one with the higher version is valid. */
export interface NamedPerson extends User {
  /** A number above those of all names known when it was taken, on any server; 0 if the person joined with it. */
  readonly version: number;
}

/** A person, and all rooms that the person is in on one server. */
export type PersonRooms = readonly [person: NamedPerson, rooms: readonly string[]];

interface Known {
  person: NamedPerson;
  /** The number of servers by room. */
  readonly rooms: Map<string, number>;
}

/** The time for which the latest name of a person is remembered, in ms: a message about a former one may be late. */
const REMEMBER_MS = 120_000;

const NOBODY: ReadonlyMap<string, User> = new Map();

/** The people in each room, merged from what each server reports of its own people. */
export class Roster {
  readonly #onChange: (change: SharedPresenceChange, server: string) => void;
  readonly #people = new Map<string, Known>();
  /** The people who were renamed lately, the latest last, and when that was reported. */
  readonly #renamed = new Map<string, { readonly person: NamedPerson; readonly at: number }>();
  readonly #rooms = new Map<string, Map<string, User>>();
  /** The people of each room of each server. */
  readonly #servers = new Map<string, Map<string, Set<string>>>();

  readonly #now: () => number;
  #newest = 0;

  /**
   * @param onChange Called after each change, with the server that reported it.
   * @param now Returns the time, in ms; by default that of the process, which never jumps.
   */
  constructor(
    onChange: (change: SharedPresenceChange, server: string) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#onChange = onChange;
    this.#now = now;
  }

  /** The highest version known, of any name, on any server. */
  get newest(): number {
    return this.#newest;
  }

  /** Returns the people in a room, by id. */
  members(room: string): ReadonlyMap<string, User> {
    return this.#rooms.get(room) ?? NOBODY;
  }

  /** The people in each occupied room. */
  get rooms(): ReadonlyMap<string, ReadonlyMap<string, User>> {
    return this.#rooms;
  }

  /** Returns a person who is in some room or was renamed lately. */
  person(id: string): NamedPerson | undefined {
    return this.#people.get(id)?.person ?? this.#renamed.get(id)?.person;
  }

  /** Returns true if it was reported within so many ms that a person was renamed. */
  wasRenamedWithin(id: string, ms: number): boolean {
    const renamed = this.#renamed.get(id);
    return renamed !== undefined && this.#now() - renamed.at < ms;
  }

  /** Records that a server knows a version: {@linkcode nextVersion} is above it. */
  see(version: number): void {
    this.#newest = Math.max(this.#newest, version);
  }

  /**
   * Returns the version for a name taken now: above all that are known (a Lamport clock). The time of day is only
   * where it begins, for a server that has not heard from others yet: a clock that jumps back makes no name old.
   */
  nextVersion(): number {
    return this.#newest = Math.max(this.#newest + 1, Date.now());
  }

  /** Records that a person is in a room on a server. */
  join(server: string, room: string, person: NamedPerson): void {
    this.see(person.version);
    const rooms = getOrMake(this.#servers, server, () => new Map<string, Set<string>>());
    const people = getOrMake(rooms, room, () => new Set<string>());
    const known = getOrMake(this.#people, person.id, () => ({
      person: this.#renamed.get(person.id)?.person ?? person,
      rooms: new Map(),
    }));
    if (person.name !== known.person.name) this.rename(server, person, known.person.name);
    else if (isNewer(person, known.person)) known.person = person;
    if (people.has(person.id)) return;
    people.add(person.id);
    const servers = (known.rooms.get(room) ?? 0) + 1;
    known.rooms.set(room, servers);
    if (servers > 1) return;
    const user = userOf(known.person);
    getOrMake(this.#rooms, room, () => new Map<string, User>()).set(user.id, user);
    this.#onChange({ type: "joined", room, user }, server);
  }

  /** Records that a person has left a room on a server. */
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
    this.#onChange({ type: "left", room, user: userOf(known.person) }, server);
  }

  /** Records that a person was renamed on a server. Does nothing if a newer name is known. */
  rename(server: string, person: NamedPerson, was: string): void {
    this.see(person.version);
    const known = this.#people.get(person.id);
    const last = this.person(person.id);
    if (last && !isNewer(person, last)) return;
    this.#remember(person);
    const user = userOf(person);
    const rooms = [...known?.rooms.keys() ?? []];
    if (known) known.person = person;
    for (const room of rooms) this.#rooms.get(room)?.set(user.id, user);
    this.#onChange({ type: "renamed", user, was: last?.name ?? was, rooms }, server);
  }

  #remember(person: NamedPerson): void {
    const now = this.#now();
    this.#renamed.delete(person.id);
    this.#renamed.set(person.id, { person, at: now });
    for (const [id, { at }] of this.#renamed) {
      if (at >= now - REMEMBER_MS) break;
      this.#renamed.delete(id);
    }
  }

  /** Returns the people on a server, with their rooms. */
  peopleOf(server: string): PersonRooms[] {
    const rooms = new Map<string, string[]>();
    for (const [room, people] of this.#servers.get(server) ?? []) {
      for (const id of people) getOrMake(rooms, id, () => []).push(room);
    }
    return [...rooms].flatMap(([id, rooms]): PersonRooms[] => {
      const person = this.person(id);
      return person ? [[person, rooms]] : [];
    });
  }

  /** Replaces the people on a server by those that it reports now; a person may be there several times, with some rooms each. */
  replace(server: string, people: readonly PersonRooms[]): void {
    const now = new Map<string, Set<string>>();
    for (const [person, rooms] of people) {
      const all = getOrMake(now, person.id, () => new Set<string>());
      for (const room of rooms) {
        all.add(room);
        this.join(server, room, person);
      }
    }
    for (const [room, ids] of [...this.#servers.get(server) ?? []]) {
      for (const id of [...ids]) if (!now.get(id)?.has(room)) this.leave(server, room, id);
    }
  }

  /** Removes a server and all its people. */
  drop(server: string): void {
    this.replace(server, []);
    this.#servers.delete(server);
  }
}

function isNewer(a: NamedPerson, b: NamedPerson): boolean {
  // Of two names with one version, all servers have to choose the same.
  return a.version > b.version || (a.version === b.version && a.name > b.name);
}

function userOf({ id, name }: NamedPerson): User {
  return { id, name };
}
