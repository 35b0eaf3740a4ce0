import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import { isHiddenRoom } from "../protocol/addresses.ts";
import type { Deleter } from "../protocol/mod.ts";
import type { Effect } from "../hub/effects.ts";
import { Audit } from "./audit.ts";
import { ChangeJudge } from "./change_judge.ts";
import { MessageEnd } from "./message_end.ts";
import { MessageNumbers } from "./message_numbers.ts";
import { MessageRows, STEP_ROWS } from "./message_rows.ts";
import type { Permissions } from "./permissions.ts";
import { RoomTable, type StoredRoom } from "./room_table.ts";
import { integer, string } from "./rows.ts";

/** The most messages that one step deletes, and fewer if they have many rows. */
const STEP_MESSAGES = 200;

/** The messages that one step looks at: a few milliseconds of work. */
const STEP_LOOKS = 5000;

/** The work of going on to another room, in messages that are looked at. */
const ROOM_LOOKS = 50;

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const REMOVAL_SQL = {
  same: `
    select n, count from removal
    where author = ? and coalesce(room, 0) = ? and directs = ? and lowest = ? and by = ? order by n
  `,
  begin: `
    insert into removal (author, by, deleted, room, directs, lowest, since, last, wanted, until)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  `,
  again: `
    update removal set
      step = step + 1, next = 0, top = null, last = ?2, since = min(since, ?3), wanted = ?4,
      until = ?5
    where n = ?1
  `,
  nextRemoval: "select n, step from removal order by n limit 1",
  removal: `
    select removal.*, author.person as person from removal join author on author.id = removal.author
    where n = ?
  `,
  advance: "update removal set step = step + 1, next = ?2, top = ?3, count = ?4 where n = ?1",
  finish: "delete from removal where n = ?",
  room: "select * from room where id = ?",
  nextRoom: `
    select * from room where id >= ? and kind <> 'deleted' and (kind <> 'direct' or ?) and newest >= ?
    order by id limit 1
  `,
  // The row of a message is looked at only in the range.
  messages: `
    select n, seq, at from message
    where room = ?1 and seq between ?2 and ?3 and n <= ?4 and author = ?5 and at >= ?6
      and at <= coalesce(?7, at)
      and not exists (
        select 1 from change where room = ?1 and seq = message.seq and deleted is not null
      )
    order by seq desc limit ?8
  `,
  at: "select at from message where room = ? and seq = ?",
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

/** The result of a step. */
export interface RemovalStep {
  readonly effects: readonly Effect[];
  /** The messages that the removal has deleted so far. */
  readonly count: number;
  /** Whether a step remains. */
  readonly more: boolean;
}

/** A removal as it is stored. */
interface Job {
  readonly n: number;
  readonly author: number;
  readonly authorId: string;
  readonly by: string;
  readonly deleted: Deleter;
  readonly room: number | null;
  readonly directs: number;
  readonly lowest: number;
  readonly since: number;
  /** The newest message in the table when it was wanted. */
  readonly last: number;
  /** Only what was sent until then, in ms since 1970: the numbers of an import are in another order. Null for one that began here. */
  readonly until: number | null;
  readonly step: number;
  /** The place that it has reached: a room, and the `seq` from which it continues to older ones. */
  next: number;
  top: number | null;
  count: number;
}

/** A room that a step looks into, and the first `seq` there that may go. */
interface Searched {
  readonly room: StoredRoom;
  readonly first: number;
}

/** A message that a step has found. */
interface FoundMessage {
  readonly seq: number;
  readonly n: number;
  /** The time at which it was sent, in ms since 1970. */
  readonly at: number;
}

/**
 * Deletes what people have written, in steps of few messages each: room by room, the newest first. A step is an event
 * that counts only as the next one, so that each message is deleted once, whichever servers propose it.
 */
export class MessageRemoval {
  readonly #sql: { readonly [Name in keyof typeof REMOVAL_SQL]: StatementSync };
  readonly #judge: ChangeJudge;
  readonly #end: MessageEnd;
  readonly #rooms: RoomTable;
  readonly #rows: MessageRows;
  readonly #numbers: MessageNumbers;
  readonly #audit: Audit;

  constructor(db: DatabaseSync, permissions: Permissions) {
    this.#sql = statementsOf(db, REMOVAL_SQL);
    this.#judge = new ChangeJudge(db, permissions);
    this.#end = new MessageEnd(this.#judge);
    this.#rooms = new RoomTable(db);
    this.#rows = new MessageRows(db);
    this.#numbers = new MessageNumbers(db);
    this.#audit = new Audit(db);
  }

  /**
   * Notes that a person's messages are to be deleted. The same removal at another time makes that one begin anew, if the same
   * person wants it with the same reach: nobody removes anything with the rights of another. Returns its number, or undefined
   * for a person who has never written.
   *
   * @param at The time of the event, in ms since 1970.
   */
  begin(removal: Removal, at: number): number | undefined {
    return this.#begin(removal, at, null);
  }

  #begin(
    { person, by, deleted, room, directs, lowest, since }: Removal,
    wanted: number | null,
    until: number | null,
  ): number | undefined {
    const author = this.#judge.authorOf(person);
    if (author === undefined) return undefined;
    const last = this.#numbers.newest();
    const same = this.#sql.same.get(author, room?.id ?? 0, Number(directs), lowest, by);
    if (same !== undefined) {
      const n = integer(same.n);
      this.#sql.again.run(n, last, since, wanted, until);
      return n;
    }
    const { lastInsertRowid } = this.#sql.begin.run(
      ...[author, by, deleted, room?.id ?? null, Number(directs), lowest, since],
      ...[last, wanted, until],
    );
    return Number(lastInsertRowid);
  }

  /** Notes a removal that was under way elsewhere. Its author has written. */
  restore(removal: Omit<StoredRemoval, "room"> & Pick<Removal, "room">): void {
    const n = this.#begin(removal, null, removal.until ?? null);
    // The audit log has its first entry then.
    if (n !== undefined && removal.count !== undefined) {
      this.#sql.advance.run(n, 0, null, removal.count);
    }
  }

  /** Returns the next step, or undefined if there is none. */
  next(): { readonly removal: number; readonly step: number } | undefined {
    const row = this.#sql.nextRemoval.get();
    return row && { removal: integer(row.n), step: integer(row.step) };
  }

  /**
   * Does the next step.
   *
   * @param at The time of the event, in ms since 1970.
   * @param step Its number; by default, whichever is next.
   * @returns Undefined if it is not the next one.
   */
  step(removal: number, at: number, step?: number): RemovalStep | undefined {
    const job = this.#job(removal);
    if (job === undefined || (step ?? job.step) !== job.step) return undefined;
    const effects: Effect[] = [];
    const more = this.#work(job, at, effects);
    const { n, next, top, count } = job;
    if (more) this.#sql.advance.run(n, next, top, count);
    else this.#sql.finish.run(n);
    if (!more || job.step === 1) this.#record(job, at, more);
    return { effects: withoutRepeats(effects), count, more };
  }

  /** Returns all that are under way, in their order. */
  all(): StoredRemoval[] {
    return this.#sql.removals.all().map((row): StoredRemoval => ({
      person: string(row.person),
      by: string(row.by),
      deleted: row.deleted === "author" ? "author" : "moderator",
      ...(typeof row.name === "string" && { room: row.name }),
      directs: row.directs === 1,
      lowest: integer(row.lowest),
      since: integer(row.since),
      ...(row.ended !== null && { until: integer(row.ended) }),
      ...(integer(row.step) > 1 && { count: integer(row.count) }),
    }));
  }

  #job(n: number): Job | undefined {
    const row = this.#sql.removal.get(n);
    return row && {
      ...{ n, author: integer(row.author), authorId: string(row.person), by: string(row.by) },
      deleted: row.deleted === "author" ? "author" : "moderator",
      room: row.room === null ? null : integer(row.room),
      ...{ directs: integer(row.directs), lowest: integer(row.lowest) },
      ...{ since: integer(row.since), last: integer(row.last), step: integer(row.step) },
      until: row.until === null ? null : integer(row.until),
      ...{ next: integer(row.next), top: row.top === null ? null : integer(row.top) },
      count: integer(row.count),
    };
  }

  /** Deletes messages from the place that was reached. Returns whether others may remain. */
  #work(job: Job, at: number, effects: Effect[]): boolean {
    const end = job.count + STEP_MESSAGES;
    let left = STEP_ROWS;
    for (let looks = STEP_LOOKS; looks > 0 && left > 0 && job.count < end;) {
      const searched = this.#room(job);
      if (searched === undefined) return false;
      const { room, first } = searched;
      const high = Math.min(job.top ?? room.last, room.last);
      const low = Math.max(first, high - looks + 1);
      const limit = end - job.count;
      const { last, author, since, until } = job;
      const rows = this.#sql.messages.all(
        ...[room.id, low, high, last, author, since, until, limit],
      );
      let reached = low;
      for (const [i, { n, seq, at: sent }] of rows.entries()) {
        const found = { seq: integer(seq), n: integer(n), at: integer(sent) };
        left -= this.#rows.of(room.id, found.seq);
        effects.push(...this.#delete(job, room, found, at));
        job.count++;
        if (left > 0 && i + 1 < limit) continue;
        reached = found.seq;
        break;
      }
      const top = reached - 1;
      looks -= Math.max(0, high - top) + ROOM_LOOKS;
      const isDone = top < first || this.#isOlder(room, top, since);
      [job.next, job.top] = isDone ? [room.id + 1, null] : [room.id, top];
    }
    return true;
  }

  /** Returns the room at the place that was reached, or the next one; undefined behind the last. */
  #room(job: Job): Searched | undefined {
    const { room, next, directs, since, lowest } = job;
    const isBehind = room !== null && next > room;
    const row = room === null
      ? this.#sql.nextRoom.get(next, directs, since)
      : isBehind
      ? undefined
      : this.#sql.room.get(room);
    // The messages of a deleted room go with it.
    if (row === undefined || row.kind === "deleted") return undefined;
    const stored = this.#rooms.of(string(row.name));
    if (stored === undefined) return undefined;
    if (stored.id !== next) job.top = null;
    return { room: stored, first: Math.max(integer(row.first), lowest) };
  }

  #delete(job: Job, room: StoredRoom, { seq, n, at: sent }: FoundMessage, at: number): Effect[] {
    const { author, authorId, deleted, by } = job;
    const change = this.#judge.table.of(room.id, seq);
    const target = { room, seq, n, author, authorId, at: sent, change };
    const outcome = this.#end.delete(target, { deleted, by, now: at });
    return outcome.type === "revised" ? [...outcome.effects] : [];
  }

  /** Returns whether a message, and so all before it in its room, are older than a time. */
  #isOlder({ id }: StoredRoom, seq: number, since: number): boolean {
    const row = since > 0 ? this.#sql.at.get(id, seq) : undefined;
    return row !== undefined && integer(row.at) < since;
  }

  /** Records the number of messages, at the end or, with a plus sign, after a first step that is not the last one. */
  #record({ by, authorId, room, count }: Job, at: number, more: boolean): void {
    const row = room === null ? undefined : this.#sql.room.get(room);
    const address = row === undefined ? "" : string(row.name);
    // Of a hidden room, admins learn that it was done.
    const where = address === "" || isHiddenRoom(address) || row?.kind === "deleted"
      ? ""
      : ` ${address}`;
    const detail = `${count}${more ? "+" : ""}${where}`;
    this.#audit.add({ at, by, action: "remove_messages", person: authorId, detail });
  }
}

/** Removes repeated effects for the same person and room: a person may be mentioned in every message. */
function withoutRepeats(effects: readonly Effect[]): Effect[] {
  const told = new Set<string>();
  return effects.filter((effect) => {
    if (effect.type !== "membership") return true;
    const key = `${effect.person} ${effect.room}`;
    if (told.has(key)) return false;
    told.add(key);
    return true;
  });
}
