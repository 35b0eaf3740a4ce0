import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import { isHiddenRoom } from "../protocol/addresses.ts";
import { getOrMake } from "../lib/maps.ts";
import type { Effect } from "../hub/effects.ts";
import { Audit } from "./audit.ts";
import { ChangeJudge } from "./change_judge.ts";
import { MessageEnd } from "./message_end.ts";
import { MessageNumbers } from "./message_numbers.ts";
import { MessageRows, STEP_ROWS } from "./message_rows.ts";
import type { Permissions } from "./permissions.ts";
import { RoomTable, type StoredRoom } from "./room_table.ts";
import { type DatabaseRow, integer, string } from "./rows.ts";
import {
  type Removal,
  type RemovalJob,
  RemovalTable,
  type StoredRemoval,
} from "./removal_table.ts";

/** The most messages that one step deletes, and fewer if they have many rows. */
const STEP_MESSAGES = 200;

/** The messages that one step looks at: a few milliseconds of work. */
const STEP_LOOKS = 5000;

/** The work of going on to another room, in messages that are looked at. */
const ROOM_LOOKS = 50;

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const REMOVAL_SQL = {
  room: "select * from room where id = ?",
  nextRoom: `
    select * from room where id >= ? and kind <> 'deleted' and (kind <> 'direct' or ?) and newest >= ?
    order by id limit 1
  `,
  messages: foundIn("removal cross join message on removal.n = ?4"),
  // How many removals share the pass makes no difference; but one alone costs half.
  sharedMessages: foundIn("message cross join removal on removal.pass = ?4"),
  at: "select at from message where room = ? and seq = ?",
};

/** Returns the statement that finds messages to delete. The row of a message is looked at only in the range. */
function foundIn(tables: string): string {
  return `
    select message.n as n, seq, at, removal.n as removal from ${tables}
    where removal.author = message.author and message.room = ?1 and seq between ?2 and ?3
      and message.n <= last and at >= since and at <= coalesce(until, at)
      and not exists (
        select 1 from change where room = ?1 and seq = message.seq and change.deleted is not null
      )
    order by seq desc limit ?5
  `;
}

/** The result of a step. */
export interface RemovalStep {
  readonly effects: readonly Effect[];
  /** The messages that the removal has deleted so far. */
  readonly count: number;
  /** Whether a step remains. */
  readonly more: boolean;
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
  /** The removal that it was found for. */
  readonly removal: number;
  /** The time at which it was sent, in ms since 1970. */
  readonly at: number;
}

/**
 * Deletes what people have written, in steps of few messages each: room by room, the newest first. A step is an event
 * that counts only as the next one, so that each message is deleted once, whichever servers propose it.
 */
export class MessageRemoval {
  readonly #sql: { readonly [Name in keyof typeof REMOVAL_SQL]: StatementSync };
  readonly #table: RemovalTable;
  readonly #judge: ChangeJudge;
  readonly #end: MessageEnd;
  readonly #rooms: RoomTable;
  readonly #rows: MessageRows;
  readonly #numbers: MessageNumbers;
  readonly #audit: Audit;

  constructor(db: DatabaseSync, permissions: Permissions) {
    this.#sql = statementsOf(db, REMOVAL_SQL);
    this.#table = new RemovalTable(db);
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

  /** Returns whether a removal is one too many; see {@linkcode RemovalTable.isExcess}. */
  isExcess(removal: Removal): boolean {
    const author = this.#judge.authorOf(removal.person);
    return author !== undefined && this.#table.isExcess(removal, author);
  }

  #begin(removal: Removal, wanted: number | null, until: number | null): number | undefined {
    const author = this.#judge.authorOf(removal.person);
    const last = this.#numbers.newest();
    return author && this.#table.begin(removal, author, { last, wanted, until });
  }

  /** Notes a removal that was under way elsewhere. Its author has written. */
  restore(removal: Omit<StoredRemoval, "room"> & Pick<Removal, "room">): void {
    const n = this.#begin(removal, null, removal.until ?? null);
    // The audit log has its first entry then.
    if (n !== undefined && removal.count !== undefined) this.#table.goOn(n, removal.count);
  }

  /** Returns the next step, or undefined if there is none; see {@linkcode RemovalTable.next}. */
  next(): { readonly removal: number; readonly step: number } | undefined {
    return this.#table.next();
  }

  /**
   * Does the next step of a removal, and of those that share its pass.
   *
   * @param at The time of the event, in ms since 1970.
   * @param step Its number; by default, whichever is next.
   * @returns Undefined if it is not the next one.
   */
  step(removal: number, at: number, step?: number): RemovalStep | undefined {
    const job = this.#table.of(removal);
    if (job === undefined || (step ?? job.step) !== job.step) return undefined;
    const { n, pass } = job;
    if (pass !== null && pass !== n) return undefined;
    if (pass === null) this.#table.beginPass(job);
    const effects: Effect[] = [];
    const more = this.#work(job, at, effects);
    if (pass === null || !more) {
      for (const each of this.#table.pass(n)) {
        if (!more || each.step === 1) this.#record(each, at, more);
      }
    }
    if (more) this.#table.advance(job);
    else this.#table.finish(job);
    return { effects: withoutRepeats(effects), count: job.count, more };
  }

  /** Returns all that are under way, in their order. */
  all(): StoredRemoval[] {
    return this.#table.all();
  }

  /** Deletes messages from the place that was reached. Returns whether others may remain. */
  #work(job: RemovalJob, at: number, effects: Effect[]): boolean {
    const jobs = new Map([[job.n, job]]);
    let [messages, left] = [STEP_MESSAGES, STEP_ROWS];
    let more = true;
    for (let looks = STEP_LOOKS; looks > 0 && left > 0 && messages > 0;) {
      const searched = this.#room(job);
      if (searched === undefined) {
        more = false;
        break;
      }
      const { room, first } = searched;
      const high = Math.min(job.top ?? room.last, room.last);
      const low = Math.max(first, high - looks + 1);
      const limit = messages;
      const { messages: own, sharedMessages } = this.#sql;
      const rows = (job.isShared ? sharedMessages : own).all(room.id, low, high, job.n, limit);
      let reached = low;
      for (const [i, row] of rows.entries()) {
        const found = toFoundMessage(row);
        left -= this.#rows.of(room.id, found.seq);
        effects.push(...this.#delete(this.#jobOf(found, jobs), room, found, at));
        messages--;
        if (left > 0 && i + 1 < limit) continue;
        reached = found.seq;
        break;
      }
      const top = reached - 1;
      looks -= Math.max(0, high - top) + ROOM_LOOKS;
      const isDone = top < first || this.#isOlder(room, top, job.since);
      [job.next, job.top] = isDone ? [room.id + 1, null] : [room.id, top];
    }
    for (const each of jobs.values()) this.#table.setCount(each);
    return more;
  }

  /** Returns the room at the place that was reached, or the next one; undefined behind the last. */
  #room(job: RemovalJob): Searched | undefined {
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

  /** Returns the removal that a message was found for, of those that the step has loaded already if possible. */
  #jobOf({ removal }: FoundMessage, jobs: Map<number, RemovalJob>): RemovalJob {
    return getOrMake(jobs, removal, (n) => {
      const job = this.#table.of(n);
      if (job === undefined) throw new Error(`Cannot remove messages: removal ${n} is not there`);
      return job;
    });
  }

  #delete(job: RemovalJob, room: StoredRoom, message: FoundMessage, at: number): Effect[] {
    const { author, authorId, deleted, by } = job;
    const { seq, n, at: sent } = message;
    const change = this.#judge.table.of(room.id, seq);
    const target = { room, seq, n, author, authorId, at: sent, change };
    const outcome = this.#end.delete(target, { deleted, by, now: at });
    job.count++;
    return outcome.type === "revised" ? [...outcome.effects] : [];
  }

  /** Returns whether a message, and so all before it in its room, are older than a time. */
  #isOlder({ id }: StoredRoom, seq: number, since: number): boolean {
    const row = since > 0 ? this.#sql.at.get(id, seq) : undefined;
    return row !== undefined && integer(row.at) < since;
  }

  /** Records the number of messages, at the end or, with a plus sign, after a first step that is not the last one. */
  #record({ by, authorId, room, count }: RemovalJob, at: number, more: boolean): void {
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

function toFoundMessage({ seq, n, removal, at }: DatabaseRow): FoundMessage {
  return { seq: integer(seq), n: integer(n), removal: integer(removal), at: integer(at) };
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
