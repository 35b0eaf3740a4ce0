import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import type { Effect } from "../hub/effects.ts";
import { isHiddenRoom } from "../protocol/mod.ts";
import { IndexQueue } from "./index_queue.ts";
import { ChangeTable } from "./change_table.ts";
import { StoredLinks } from "./links.ts";
import { MessageNumbers } from "./message_numbers.ts";
import { MessageRows } from "./message_rows.ts";
import { ReportTable } from "./report_table.ts";
import { RoomPeople } from "./room_people.ts";
import { RoomTable, type StoredRoom } from "./room_table.ts";
import { integer } from "./rows.ts";

/** The most messages that one step deletes, and fewer if they have many rows: some milliseconds of work. */
export const STEP_MESSAGES = 200;

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const ROOM_END_SQL = {
  begin: "insert into job (kind, room, step) values ('delete_room', ?, 1)",
  nextJob: "select n, step from job where kind = 'delete_room' order by n limit 1",
  job: "select room, step from job where n = ? and kind = 'delete_room'",
  // Another room may have the row of one that is erased.
  endRemovals: "delete from removal where room = ?",
  advance: "update job set step = step + 1 where n = ?",
  finish: "delete from job where n = ?",
  highest: `
    select seq from message where room = ?1 order by seq limit 1 offset ${STEP_MESSAGES - 1}
  `,
  remove: "delete from message where room = ? and seq <= ?",
};

/** The end of rooms: at once for everyone, and then in steps for what they had. */
export class RoomEnd {
  readonly #rooms: RoomTable;
  readonly #people: RoomPeople;
  readonly #changes: ChangeTable;
  readonly #rows: MessageRows;
  readonly #numbers: MessageNumbers;
  readonly #reports: ReportTable;
  readonly #queue: IndexQueue;
  readonly #links: StoredLinks;
  readonly #sql: { readonly [Name in keyof typeof ROOM_END_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.#rooms = new RoomTable(db);
    this.#people = new RoomPeople(db);
    this.#changes = new ChangeTable(db);
    this.#rows = new MessageRows(db);
    this.#numbers = new MessageNumbers(db);
    this.#reports = new ReportTable(db);
    this.#queue = new IndexQueue(db);
    this.#links = new StoredLinks(db);
    this.#sql = statementsOf(db, ROOM_END_SQL);
  }

  /**
   * Takes a room away from everyone, and begins the job that deletes its messages.
   *
   * @param why The reason, for those who are in it to read.
   */
  delete(room: StoredRoom, why: string): Effect[] {
    const people = this.#people.ids(room.id);
    this.#people.removeAll(room.id);
    this.#reports.leaveRoom(room.id);
    this.#rooms.end(room);
    this.#sql.endRemovals.run(room.id);
    if (isHiddenRoom(room.room)) this.#links.removeInvitesTo(room.room);
    this.#sql.begin.run(room.id);
    return [{ type: "close", room: room.room, people, why }];
  }

  /** Returns the next step, or undefined if no room is being deleted. */
  next(): { readonly job: number; readonly step: number } | undefined {
    const row = this.#sql.nextJob.get();
    return row && { job: integer(row.n), step: integer(row.step) };
  }

  /** Does a step of a job. Returns false if it is not the next one. */
  step(job: number, step: number): boolean {
    const row = this.#sql.job.get(job);
    if (row === undefined || integer(row.step) !== step) return false;
    const room = integer(row.room);
    const highest = integer(this.#sql.highest.get(room)?.seq ?? Number.MAX_SAFE_INTEGER);
    const last = this.#rows.removable(room, 0, highest);
    if (last !== undefined) {
      this.#queue.addRange(room, 0, last);
      this.#sql.remove.run(room, last);
      this.#numbers.erased();
      this.#changes.remove(room, 0, last);
    }
    if (last !== Number.MAX_SAFE_INTEGER) this.#sql.advance.run(job);
    else {
      this.#sql.finish.run(job);
      this.#rooms.erase(room);
    }
    return true;
  }
}
