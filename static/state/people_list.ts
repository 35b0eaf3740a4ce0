import type { Ban, PersonSummary, User } from "../../protocol/mod.ts";
import { GUEST_PREFIX } from "../../protocol/names.ts";
import { isGuest } from "./guests.ts";

/** The people that an admin wants to see. */
export type PeopleFilter = "all" | "admins" | "restricted";

/** A person as the list shows them. */
export interface ListedPerson extends PersonSummary {
  readonly ban?: Ban;
}

/** The needs of {@linkcode listPeople}. */
export interface PeopleListOptions {
  readonly people: ReadonlyMap<string, PersonSummary>;
  readonly bans: ReadonlyMap<string, Ban>;
  /** Those in the rooms now, of whom guests are listed as well. */
  readonly present: Iterable<User>;
  readonly filter: PeopleFilter;
  /** A part of the name, in any case. */
  readonly search: string;
  /** The time of the server, in ms since 1970. */
  readonly now: number;
  readonly locale: string;
}

/** Lists people by name, guests last; a mute that has run out is left out. */
export function listPeople(options: PeopleListOptions): ListedPerson[] {
  const { people, bans, present, filter, now, locale } = options;
  const all = new Map<string, PersonSummary>(people);
  for (const { id, name } of present) {
    if (isGuest(name) && !all.has(id)) all.set(id, { id, name, role: "guest", secret: false });
  }
  for (const { user } of bans.values()) {
    if (!all.has(user.id)) {
      all.set(user.id, { ...user, role: "guest", secret: false, banned: true });
    }
  }
  const { compare } = new Intl.Collator(locale);
  const search = options.search.trim().toLocaleLowerCase(locale);
  return [...all.values()]
    .map(({ muted, ...person }): ListedPerson => {
      const ban = bans.get(person.id);
      const name = person.name || ban?.user.name || GUEST_PREFIX + person.id.slice(0, 4);
      const isMuted = muted !== undefined && muted > now;
      return { ...person, name, ...(isMuted && { muted }), ...(person.banned && ban && { ban }) };
    })
    .filter((person) =>
      person.name.toLocaleLowerCase(locale).includes(search) &&
      (filter === "all" ||
        (filter === "admins" ? person.role === "admin" : isRestricted(person)))
    )
    .sort((a, b) =>
      Number(a.role === "guest") - Number(b.role === "guest") ||
      compare(a.name, b.name)
    );
}

function isRestricted({ muted, banned }: PersonSummary): boolean {
  return muted !== undefined || banned === true;
}
