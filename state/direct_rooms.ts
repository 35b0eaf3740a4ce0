import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Effect } from "../hub/effects.ts";
import { statementsOf } from "./lazy_statements.ts";
import {
  LIVELIEST,
  MembershipTable,
  type NewMembership,
  PLACE_GAP,
  ROOMS_LIMIT,
} from "./membership_table.ts";
import { integer, string } from "./rows.ts";

/** The direct rooms that a person still sees after others were hidden. */
export const DIRECTS_LEFT = 200;

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const DIRECT_ROOMS_SQL = {
  list: `
    select count(*) as count, coalesce(max(place), 0) as end from membership where person = ?
  `,
  quiet: `
    select room.id as id, room.name as name from membership
    join room on room.id = membership.room where person = ? and room.kind = 'direct'
    order by ${LIVELIEST} limit -1 offset ${DIRECTS_LEFT - 1}
  `,
};

/** What is to be known of a person's list of rooms to show one more. */
interface RoomList {
  readonly count: number;
  /** The last place in it. */
  readonly end: number;
}

/** The batch of messages with one of which a room appears. */
export interface ShowingBatch {
  /** Writes when rooms had their newest messages, as far as that is still to be written. */
  readonly settle: () => void;
  /** The lists of people, whose rooms nothing else changes; those that are found are added. */
  readonly lists: Map<string, RoomList>;
}

/** The effect of hiding a room. */
type Expel = Extract<Effect, { readonly type: "expel" }>;

/**
 * The direct rooms in people's lists. Others open as many as they like, and each connection of a person is sent the
 * list: so the quietest ones are hidden until their next message. To find them takes as long as many messages, so that
 * the list grows for a while, and then many are hidden at once.
 */
export class DirectRooms {
  readonly #memberships: MembershipTable;
  readonly #sql: { readonly [Name in keyof typeof DIRECT_ROOMS_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.#memberships = new MembershipTable(db);
    this.#sql = statementsOf(db, DIRECT_ROOMS_SQL);
  }

  /** Shows a person a direct room that is not in their list. Returns the effects on others, which are hidden for it. */
  show(membership: NewMembership, batch?: ShowingBatch): Expel[] {
    const { person } = membership;
    let list = batch?.lists.get(person) ?? this.#listOf(person);
    let hidden: Expel[] = [];
    if (list.count >= ROOMS_LIMIT) {
      batch?.settle();
      hidden = this.#hide(person);
      list = this.#listOf(person);
    }
    this.#memberships.add({ ...membership, end: list.end });
    batch?.lists.set(person, { count: list.count + 1, end: list.end + PLACE_GAP });
    return hidden;
  }

  #listOf(person: string): RoomList {
    const row = this.#sql.list.get(person);
    return { count: integer(row?.count), end: integer(row?.end) };
  }

  #hide(person: string): Expel[] {
    return this.#sql.quiet.all(person).map(({ id, name }) => {
      this.#memberships.remove(person, integer(id));
      return { type: "expel", person, room: string(name), late: true };
    });
  }
}
