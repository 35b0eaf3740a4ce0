import type { Ban, PersonSummary, User } from "../../protocol/mod.ts";
import { GUEST_PREFIX } from "../../protocol/names.ts";
import { isGuest } from "./guests.ts";

/** The people that an admin wants to see. */
export type PeopleFilter = "all" | "admins" | "restricted";

/** A person as the list shows them. */
export interface ListedPerson extends PersonSummary {
  readonly ban?: Ban;
}

/** The needs of {@linkcode listNamed}. */
export interface PeopleListOptions {
  readonly people: ReadonlyMap<string, PersonSummary>;
  readonly bans: ReadonlyMap<string, Ban>;
  readonly filter: PeopleFilter;
  /** A part of the name, in any case. */
  readonly search: string;
  /** The time of the server, in ms since 1970. */
  readonly now: number;
  readonly locale: string;
}

/** Lists people with a name of their own, by it; a mute that has run out is left out. They may be tens of thousands. */
export function listNamed(options: PeopleListOptions): ListedPerson[] {
  return list([...options.people.values()].filter(({ role }) => role !== "guest"), options);
}

/**
 * Lists the guests who are in the rooms now, muted or banned, and who was banned and is gone.
 *
 * @param present those in the rooms now
 */
export function listGuests(options: PeopleListOptions, present: Iterable<User>): ListedPerson[] {
  const { people, bans } = options;
  const guests = new Map([...people].filter(([, { role }]) => role === "guest"));
  for (const { id, name } of present) {
    if (!isGuest(name) || people.has(id)) continue;
    guests.set(id, { id, name, role: "guest", secret: false });
  }
  for (const { user: { id, name } } of bans.values()) {
    if (people.has(id) || guests.has(id)) continue;
    guests.set(id, { id, name, role: "guest", secret: false, banned: true });
  }
  return list([...guests.values()], options);
}

function list(people: readonly PersonSummary[], options: PeopleListOptions): ListedPerson[] {
  const { bans, filter, now, locale } = options;
  const { compare } = new Intl.Collator(locale);
  const search = options.search.trim().toLocaleLowerCase(locale);
  return people
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
    .sort((a, b) => compare(a.name, b.name));
}

function isRestricted({ muted, banned }: PersonSummary): boolean {
  return muted !== undefined || banned === true;
}
