import type { Message, User } from "../../protocol/mod.ts";
import { nameKey } from "../../protocol/names.ts";
import { type KnownNames, mentionsOwn } from "./mentions.ts";
import type { Room } from "./room.ts";

/** The authors of this many of the newest messages may be mentioned besides those present. */
const AUTHORS = 200;

/** The needs of {@linkcode namesOf} and {@linkcode knownNamesOf}. */
export interface NamesOptions {
  readonly room: Room;
  readonly me: User | undefined;
  /** The present name of a person. */
  readonly nameOf: (user: User) => string;
}

/** The names of the others who are in a room or have written lately, the likely ones first. */
export function namesOf({ room, me, nameOf }: NamesOptions): string[] {
  const people = new Map<string, string>();
  for (const { user } of room.timeline.messages.slice(-AUTHORS)) {
    people.delete(user.id);
    people.set(user.id, nameOf(user));
  }
  // The latest authors first: an answer is most likely for them.
  const authors = [...people].reverse();
  const members = [...room.members.peek().values()].map((user) => [user.id, nameOf(user)] as const);
  const names = [...authors, ...members]
    .filter(([id, name]) => id !== me?.id && name !== "").map(([, name]) => name);
  return [...new Set(names)];
}

/** The keys of all names that may be mentioned in a room. */
export function knownNamesOf(options: NamesOptions): KnownNames {
  const own = nameKey(options.me?.name ?? "");
  return { own, all: [...new Set([own, ...namesOf(options).map(nameKey)])].sort() };
}

/** Whether a message of somebody else mentions this person. */
export function mentionsPerson({ user, text }: Message, options: NamesOptions): boolean {
  if (options.me === undefined || user.id === options.me.id || !text.includes("@")) return false;
  return mentionsOwn(text, knownNamesOf(options));
}
