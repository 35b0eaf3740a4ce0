import type { User } from "../../protocol/mod.ts";
import { nameKey } from "../../protocol/names.ts";
import type { KnownNames } from "./mentions.ts";
import type { Room } from "./room.ts";

/** The authors of this many of the newest messages may be mentioned besides those present. */
const AUTHORS = 200;
/** Of those present this many who came last may be. In a crowd a search finds the others who are members. */
const PRESENT = 1_000;

/** The needs of {@linkcode peopleOf} and {@linkcode knownNamesOf}. */
export interface NamesOptions {
  readonly room: Room;
  readonly me: User | undefined;
  /** The present name of a person. */
  readonly nameOf: (user: User) => string;
  /** Members of the room who may be away. */
  readonly found?: readonly User[];
}

/** The others who are in a room or have written lately, one of each name, the likely ones first. */
export function peopleOf({ room, me, nameOf, found = [] }: NamesOptions): User[] {
  const people = new Map<string, string>();
  for (const { user } of room.timeline.messages.slice(-AUTHORS)) {
    people.delete(user.id);
    people.set(user.id, nameOf(user));
  }
  // The latest authors first: an answer is most likely for them.
  const authors = [...people].reverse();
  const members = [...present(room), ...found].map((user) => [user.id, nameOf(user)] as const);
  const byName = new Map<string, User>();
  for (const [id, name] of [...authors, ...members]) {
    if (id !== me?.id && name !== "" && !byName.has(name)) byName.set(name, { id, name });
  }
  return [...byName.values()];
}

/** The keys of all names that may be mentioned in a room. */
export function knownNamesOf(options: NamesOptions): KnownNames {
  const { me, nameOf, room, found = [] } = options;
  const own = nameKey(me?.name ?? "");
  const ids = new Set([...present(room), ...found].map(({ id }) => id));
  for (const { user } of room.timeline.messages.slice(-AUTHORS)) {
    // Texts may have the former name of who has another one since.
    if (nameOf(user) === user.name) ids.add(user.id);
    else ids.delete(user.id);
  }
  if (me) ids.add(me.id);
  return {
    own,
    all: [...new Set([own, ...peopleOf(options).map(({ name }) => nameKey(name))])].sort(),
    ids,
  };
}

function present(room: Room): User[] {
  return [...room.members.peek().values()].slice(-PRESENT);
}

/** A person as a room knows them: who is there, or has written lately. */
export function personIn(room: Room, id: string): User | undefined {
  return room.members.value.get(id) ?? room.people.value.find((user) => user.id === id) ??
    room.shown.author(id);
}
