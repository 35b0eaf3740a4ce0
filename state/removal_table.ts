import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import type { Deleter } from "../protocol/mod.ts";
import type { StoredRoom } from "./room_table.ts";
import { type DatabaseRow, integer, string } from "./rows.ts";

/** The most removals that share a pass: each costs its first and its last step some microseconds. */
const PASS_REMOVALS = 1000;

/** The most removals that one person wants, and that go on in one room; without those of deleted accounts. */
export const REMOVALS = { person: 100, room: 200 };

/** The removals of deleted accounts, which all look at all messages. */
const SHARED = `
  removal.deleted = 'author' and removal.room is null and removal.directs = 1
    and removal.lowest = 0 and removal.since = 0
`;

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const REMOVAL_TABLE_SQL = {
  same: `
    select n from removal
    where author = ? and coalesce(room, 0) = ? and directs = ? and lowest = ? and by = ? order by n
  `,
  openRemovals: `
    select total(by = ?1) as own, total(room = ?2) as room from removal
    where deleted = 'moderator' and (room is not null or directs = 0)
  `,
  begin: `
    insert into removal (
      author, by, deleted, room, directs, lowest, since, last, wanted, until, turn
    ) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  `,
  again: `
    update removal set
      step = step + 1, next = 0, top = null, last = ?2, since = min(since, ?3), wanted = ?4,
      until = ?5, pass = null
    where n = ?1
  `,
  goOn: "update removal set step = step + 1, count = ?2 where n = ?1",
  lastTurn: "select coalesce(max(turn), 0) as turn from removal",
  // All of a person have one turn: whoever wants many has no more steps than whoever wants one. While a shared pass is under
  // way, those that could share one wait for the next.
  nextRemoval: `
    select n, step from removal
    where pass = n or (pass is null and not (${SHARED} and exists (
      select 1 from removal as other where other.pass = other.n and other.deleted = 'author'
    )))
    order by exists (select 1 from people where id = removal.by and role is not null) desc,
      turn, step, n
    limit 1
  `,
  removal: `
    select removal.*, ${SHARED} as shared, author.person as person
    from removal join author on author.id = removal.author where n = ?
  `,
  pass: `
    select removal.*, ${SHARED} as shared, author.person as person
    from removal join author on author.id = removal.author where pass = ?
  `,
  beginPass: "update removal set pass = n where n = ?",
  // A pass has one removal of each author.
  joinPass: `
    update or ignore removal set pass = ?1 where n in (
      select n from removal where pass is null and ${SHARED} order by n limit ${PASS_REMOVALS - 1}
    )
  `,
  setCount: "update removal set count = ?2 where n = ?1",
  setPlace: "update removal set next = ?2, top = ?3 where n = ?1",
  advance: "update removal set step = step + 1 where pass = ?",
  takeTurn: "update removal set turn = ?2 where by = ?1",
  finish: "delete from removal where pass = ?",
  removals: `
    select removal.*, coalesce(until, wanted) as ended, author.person as person, room.name as name
    from removal join author on author.id = removal.author left join room on room.id = removal.room
    where removal.room is null or room.kind <> 'deleted' order by n
  `,
};

/** A wish to delete what a person has written until now. */
export interface Removal {
  /** The id of the author. */
  readonly person: string;
  /** The id of the person who wants it. */
  readonly by: string;
  readonly deleted: Deleter;
  /** The only room; absent for all. */
  readonly room?: Pick<StoredRoom, "id">;
  /** Whether direct rooms are among them. */
  readonly directs: boolean;
  /** The first `seq` that may go. */
  readonly lowest: number;
  /** Only what was sent at this time or later, in ms since 1970. */
  readonly since: number;
}

/** A removal as an archive has it: its room by the address. */
export type StoredRemoval = Omit<Removal, "room"> & {
  readonly room?: string;
  /** Only what was sent until then, in ms since 1970; absent if that is not known. */
  readonly until?: number;
  /** The messages that are deleted already, if the audit log has its beginning; absent before its first step. */
  readonly count?: number;
};

/** Where the messages of a removal end. */
export interface RemovalEnd {
  /** The number of the newest message. */
  readonly last: number;
  /** The time of the wish, in ms since 1970; null if it is not known. */
  readonly wanted: number | null;
  /** Only what was sent until then, in ms since 1970: the numbers of an import are in another order. Null for one that began here. */
  readonly until: number | null;
}

/** A removal as it is stored. */
export interface RemovalJob {
  readonly n: number;
  readonly author: number;
  readonly authorId: string;
  readonly by: string;
  readonly deleted: Deleter;
  readonly room: number | null;
  readonly directs: number;
  readonly lowest: number;
  readonly since: number;
  readonly step: number;
  /** Whether others may share its pass. */
  readonly isShared: boolean;
  /** The removal whose steps are those of this one, too, or itself; null before its first step. */
  readonly pass: number | null;
  /** The place that its pass has reached: a room, and the `seq` from which it continues to older ones. */
  next: number;
  top: number | null;
  count: number;
}

/**
 * The removals that are under way. Each takes its steps in a pass through the rooms. People take turns, and so do the removals
 * that one of them wants: neither one through many messages nor very many of them hold up those of others. Removals of deleted
 * accounts share a pass, which costs hardly more for many: else somebody who makes accounts and deletes them could keep all
 * others waiting.
 */
export class RemovalTable {
  readonly #sql: { readonly [Name in keyof typeof REMOVAL_TABLE_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.#sql = statementsOf(db, REMOVAL_TABLE_SQL);
  }

  /**
   * Returns whether a removal is one too many of its person, or in its room. The same one may begin anew, and somebody who has
   * none may begin one in any room. Those of accounts that are deleted, which take direct messages along, do not count.
   */
  isExcess({ by, room, directs, lowest }: Removal, author: number): boolean {
    const open = this.#sql.openRemovals.get(by, room?.id ?? 0);
    const { person, room: most } = REMOVALS;
    const own = Number(open?.own);
    if (own < person && (own === 0 || Number(open?.room) < most)) return false;
    return this.#sql.same.get(author, room?.id ?? 0, Number(directs), lowest, by) === undefined;
  }

  /** Adds a removal, or has the same one begin anew. Returns its number. */
  begin(
    { by, deleted, room, directs, lowest, since }: Removal,
    author: number,
    { last, wanted, until }: RemovalEnd,
  ): number {
    const same = this.#sql.same.get(author, room?.id ?? 0, Number(directs), lowest, by);
    if (same !== undefined) {
      const n = integer(same.n);
      this.#sql.again.run(n, last, since, wanted, until);
      return n;
    }
    const { lastInsertRowid } = this.#sql.begin.run(
      ...[author, by, deleted, room?.id ?? null, Number(directs), lowest, since],
      ...[last, wanted, until, this.#nextTurn()],
    );
    return Number(lastInsertRowid);
  }

  /** Notes that a removal has deleted as many messages elsewhere. */
  goOn(n: number, count: number): void {
    this.#sql.goOn.run(n, count);
  }

  /**
   * Returns the next step, or undefined if there is none: of those that admins want, if there are some, of the person who
   * waits longest.
   */
  next(): { readonly removal: number; readonly step: number } | undefined {
    const row = this.#sql.nextRemoval.get();
    return row && { removal: integer(row.n), step: integer(row.step) };
  }

  of(n: number): RemovalJob | undefined {
    const row = this.#sql.removal.get(n);
    return row && toJob(row);
  }

  /** Begins a pass of a removal, and of those that can share it. */
  beginPass({ n, isShared, next, top }: RemovalJob): void {
    this.#sql.beginPass.run(n);
    if (isShared && next === 0 && top === null) this.#sql.joinPass.run(n);
  }

  /** Returns the removals that share a pass. */
  pass(n: number): RemovalJob[] {
    return this.#sql.pass.all(n).map(toJob);
  }

  setCount({ n, count }: RemovalJob): void {
    this.#sql.setCount.run(n, count);
  }

  /** Notes how far the pass of a removal has come. */
  advance({ n, by, next, top }: RemovalJob): void {
    this.#sql.setPlace.run(n, next, top);
    this.#sql.takeTurn.run(by, this.#nextTurn());
    this.#sql.advance.run(n);
  }

  /** Removes all that share the pass of a removal. The person who wants it has had a turn. */
  finish({ n, by }: RemovalJob): void {
    this.#sql.finish.run(n);
    this.#sql.takeTurn.run(by, this.#nextTurn());
  }

  /** Returns all that are under way, in their order. */
  all(): StoredRemoval[] {
    return this.#sql.removals.all().map((row): StoredRemoval => ({
      person: string(row.person),
      by: string(row.by),
      deleted: toDeleter(row),
      ...(typeof row.name === "string" && { room: row.name }),
      directs: row.directs === 1,
      lowest: integer(row.lowest),
      since: integer(row.since),
      ...(row.ended !== null && { until: integer(row.ended) }),
      ...(integer(row.step) > 1 && { count: integer(row.count) }),
    }));
  }

  #nextTurn(): number {
    return integer(this.#sql.lastTurn.get()?.turn) + 1;
  }
}

function toJob(row: DatabaseRow): RemovalJob {
  return {
    ...{ n: integer(row.n), author: integer(row.author), authorId: string(row.person) },
    ...{ by: string(row.by), deleted: toDeleter(row) },
    room: row.room === null ? null : integer(row.room),
    ...{ directs: integer(row.directs), lowest: integer(row.lowest) },
    ...{ since: integer(row.since), step: integer(row.step), isShared: row.shared === 1 },
    pass: row.pass === null ? null : integer(row.pass),
    ...{ next: integer(row.next), top: row.top === null ? null : integer(row.top) },
    count: integer(row.count),
  };
}

function toDeleter({ deleted }: DatabaseRow): Deleter {
  return deleted === "author" ? "author" : "moderator";
}
