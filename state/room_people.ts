import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import type { Effect } from "../hub/effects.ts";
import { LIST_LIMIT } from "../protocol/moderation.ts";
import { nameKey } from "../protocol/names.ts";
import { DEFAULT_ROOM, type RoomMember, type RoomRole, type User } from "../protocol/mod.ts";
import { HOUR_MS } from "../lib/time.ts";
import { integer, string } from "./rows.ts";
import type { StoredRoom } from "./room_table.ts";

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const ROOM_PEOPLE_SQL = {
  ids: "select person from membership where room = ? order by since, person",
  count: "select count(*) as count from membership where room = ?",
  page: `
    select person, since, membership.role as role, coalesce(people.name, '') as name,
      people.seen as seen
    from membership left join people on people.id = person
    where membership.room = ?1 and (since, person) > (?2, ?3) order by since, person limit ?4
  `,
  name: "select name from people where id = ?",
  seen: "select name, seen from people where id = ?",
  role: "update membership set role = ? where person = ? and room = ?",
  removeAll: "delete from membership where room = ?",
  moderated: `
    select room.id as id, room.name as name from membership join room on room.id = membership.room
    where person = ? and role = 'moderator'
  `,
  privates: `
    select room.id as id, room.name as name from membership join room on room.id = membership.room
    where person = ? and room.kind = 'private'
  `,
  moderators: `
    select count(*) as count from membership
    left join author on author.person = membership.person
    where room = ? and role = 'moderator' and coalesce(author.banned, 0) = 0
  `,
  heir: `
    select membership.person as person from membership
    left join author on author.person = membership.person
    where room = ? and coalesce(author.banned, 0) = 0
    order by since, membership.person limit 1
  `,
};

/** The most members that are looked at for one answer. */
const MOST_LOOKS = 500;

/** A query for members of a room. */
export interface MembersQuery {
  /** Only those whose name contains this, without regard to case. */
  readonly text: string;
  /** The `next` of the page before; empty for the first page. */
  readonly after: string;
  /** Whether the person who asks shares the room, and may know who was here when. */
  readonly isMember: boolean;
}

/** The people of rooms: who they are, and which of them moderate. */
export class RoomPeople {
  readonly #sql: { readonly [Name in keyof typeof ROOM_PEOPLE_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.#sql = statementsOf(db, ROOM_PEOPLE_SQL);
  }

  /** Returns the ids of all members of a room. */
  ids(roomId: number): string[] {
    return this.#sql.ids.all(roomId).map(({ person }) => string(person));
  }

  /** Returns the number of members of a room. */
  count(roomId: number): number {
    return integer(this.#sql.count.get(roomId)?.count);
  }

  /**
   * Returns a page of the members of a room, those of longest standing first.
   *
   * Looks at a part of a large room only: an answer with `next` may have few members, or none.
   */
  page(
    roomId: number,
    { text, after, isMember }: MembersQuery,
  ): { members: RoomMember[]; next?: string } {
    const wanted = nameKey(text.trim());
    const members: RoomMember[] = [];
    let [, since = "-1", last = ""] = /^(\d+)\.(.*)$/.exec(after) ?? [];
    for (let looks = 0; looks < MOST_LOOKS; looks += LIST_LIMIT) {
      const rows = this.#sql.page.all(roomId, Number(since), last, LIST_LIMIT + 1);
      const [shown, hasMore] = [rows.slice(0, LIST_LIMIT), rows.length > LIST_LIMIT];
      for (const row of shown) {
        const { person, role, seen } = row;
        [since, last] = [`${integer(row.since)}`, string(person)];
        const name = string(row.name);
        if (wanted !== "" && !nameKey(name).includes(wanted)) continue;
        members.push({
          ...{ id: last, name, role: role === "moderator" ? role : "member" },
          ...(isMember && seen !== null && { seen: integer(seen) * HOUR_MS }),
        });
        if (members.length === LIST_LIMIT) break;
      }
      if (!hasMore && (shown.length === 0 || last === shown.at(-1)?.person)) return { members };
      if (members.length === LIST_LIMIT) break;
    }
    return { members, next: `${since}.${last}` };
  }

  /**
   * Returns the people of a direct room, whether they see it in their lists or not: that one of them has hidden it, or
   * ignores the others, is nobody else's business.
   */
  direct({ people, last }: Pick<StoredRoom, "people" | "last">): RoomMember[] {
    return people.map((id) => {
      const { name, seen } = this.#sql.seen.get(id) ?? { name: "", seen: null };
      return {
        ...{ id, name: string(name), role: "member" },
        // Before the first message they share nothing.
        ...(last > 0 && seen !== null && { seen: integer(seen) * HOUR_MS }),
      };
    });
  }

  /** Returns a person as others see them; undefined for a guest. */
  user(person: string): User | undefined {
    const row = this.#sql.name.get(person);
    return row && { id: person, name: string(row.name) };
  }

  /** Gives a member another role. */
  setRole(person: string, roomId: number, role: RoomRole): void {
    this.#sql.role.run(role === "moderator" ? role : null, person, roomId);
  }

  /** Returns the number of moderators of a room who are not banned. */
  moderators(roomId: number): number {
    return integer(this.#sql.moderators.get(roomId)?.count);
  }

  /** Ends all memberships of a room. */
  removeAll(roomId: number): void {
    this.#sql.removeAll.run(roomId);
  }

  /**
   * Makes the member of longest standing a moderator, if a room has none who is not banned. Returns the effects of that.
   * The default room has only moderators whom an admin has appointed: everyone is a member of it.
   */
  appoint({ id, room }: Pick<StoredRoom, "id" | "room">): Effect[] {
    if (room === DEFAULT_ROOM) return [];
    const row = this.moderators(id) > 0 ? undefined : this.#sql.heir.get(id);
    if (row === undefined) return [];
    const person = string(row.person);
    this.setRole(person, id, "moderator");
    return [...this.announce(room, person, "moderator"), { type: "membership", person, room }];
  }

  /** Appoints moderators of the rooms that a person who is banned has moderated alone. Returns the effects of that. */
  succeed(person: string): Effect[] {
    return this.#appointIn(this.#sql.moderated, person);
  }

  /** Appoints moderators of the private rooms of a person who is banned no longer, and which have none. Returns the effects of that. */
  resume(person: string): Effect[] {
    return this.#appointIn(this.#sql.privates, person);
  }

  #appointIn(rooms: StatementSync, person: string): Effect[] {
    return rooms.all(person).flatMap(({ id, name }) =>
      this.appoint({ id: integer(id), room: string(name) })
    );
  }

  /** The effect of a change of a person's role, for all in the room. */
  announce(room: string, person: string, role: RoomRole | "none", by?: string): Effect[] {
    const user = this.user(person) ?? { id: person, name: "" };
    const line = { type: "member", room, user, role, ...(by !== undefined && { by }) } as const;
    return [{ type: "send", to: { room }, line }];
  }
}
