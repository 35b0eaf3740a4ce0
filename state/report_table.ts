import type { DatabaseSync, StatementSync } from "node:sqlite";
import { DAY_MS } from "../lib/time.ts";
import { statementsOf } from "./lazy_statements.ts";
import type { Role } from "../protocol/mod.ts";
import type { ReportReason } from "../protocol/reports.ts";
import { type DatabaseRow, integer, string, textOf } from "./rows.ts";

/** The most open reports of one person. */
export const OPEN_REPORTS = 20;

/**
 * The most open reports in all. One person can be many guests, who add none beyond the half, and can take many names: people who
 * are new add none beyond three quarters.
 */
export const REPORTS_LIMIT = 1000;
const REPORTS_BY_GUESTS = REPORTS_LIMIT / 2;
const REPORTS_BY_NEWCOMERS = REPORTS_LIMIT * 3 / 4;

/** The time for which people are new after they have joined a first room, in ms. */
const NEW_MS = DAY_MS;

/** The most people whose reasons a report has; those of more are not kept. */
export const REASONS_LIMIT = 20;

/** The reports that are read, or deleted, at once. */
const ROWS = 200;

/** A report as it is stored, apart from its reasons. */
export interface StoredReport {
  readonly id: string;
  /** In ms since 1970. */
  readonly at: number;
  /** The row of the message's room; absent for a person, and once the room is deleted. */
  readonly room?: number;
  /** Absent for a person. */
  readonly seq?: number;
  /** The id of the reported person. */
  readonly author: string;
  /** The name of the reported person at that time. */
  readonly name: string;
  /** The text of the message at that time; absent for a person. */
  readonly text?: string;
}

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const REPORT_SQL = {
  author: "select 1 from author where person = ?",
  ofMessage: "select id from report where room = ? and seq = ?",
  ofPerson: "select id from report where author = ? and seq is null",
  openReports: "select count(*) as count from (select 1 from report limit ?)",
  countBy: "select count(*) as count from report_reason where person = ?",
  since: "select min(since) as since from membership where person = ?",
  by: "select report from report_reason where person = ?",
  removeReason: "delete from report_reason where report = ? and person = ?",
  countReasons: "select count(*) as count from report_reason where report = ?",
  add: "insert into report (id, at, room, seq, author, name, text) values (?, ?, ?, ?, ?, ?, ?)",
  addReason: `
    insert into report_reason (report, person, name, at, reason, text) values (?, ?, ?, ?, ?, ?)
    on conflict do nothing
  `,
  about: "select id, at, room, seq, author from report where id = ?",
  page: `
    select id, at, room, seq, author from report where (at, id) > (?, ?) order by at, id
    limit ${ROWS}
  `,
  whole: `
    select id, at, room, seq, author, name,
      iif(instr(text, char(0)), cast(text as blob), text) as text
    from report where id = ?
  `,
  room: "select name, title, kind from room where id = ?",
  text:
    "select iif(instr(text, char(0)), cast(text as blob), text) as text from report where id = ?",
  reasons: `
    select person, name, at, reason, iif(instr(text, char(0)), cast(text as blob), text) as text
    from report_reason where report = ?
  `,
  remove: "delete from report where id = ?",
  removeReasons: "delete from report_reason where report = ?",
  addViewer: "insert into report_viewer (person, report) values (?, ?) on conflict do nothing",
  isViewer: "select 1 from report_viewer where person = ? and report = ?",
  removeViewers: "delete from report_viewer where report = ?",
  leaveRoom: "update report set room = null where room = ?",
  old: `select id from report where at < ? order by at, id limit ${ROWS}`,
  moderated: `
    select room, visible_from from membership where person = ? and role = 'moderator'
  `,
  moderators: `
    select person from membership where room = ? and role = 'moderator' and visible_from <= ?
  `,
};

/** The open reports of messages and people, each with the reasons of those who have reported. */
export class ReportTable {
  readonly #sql: { readonly [Name in keyof typeof REPORT_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.#sql = statementsOf(db, REPORT_SQL);
  }

  /** Returns whether a person has ever written, or been restricted. */
  isAuthor(person: string): boolean {
    return this.#sql.author.get(person) !== undefined;
  }

  /** Returns the id of the open report about a message. */
  ofMessage(roomId: number, seq: number): string | undefined {
    const row = this.#sql.ofMessage.get(roomId, seq);
    return row && string(row.id);
  }

  /** Returns the id of the open report about a person. */
  ofPerson(person: string): string | undefined {
    const row = this.#sql.ofPerson.get(person);
    return row && string(row.id);
  }

  /** Returns the number of open reports, at most {@linkcode REPORTS_LIMIT}. */
  count(): number {
    return integer(this.#sql.openReports.get(REPORTS_LIMIT)?.count);
  }

  /** Returns the number of open reports of a person. */
  countBy(person: string): number {
    return integer(this.#sql.countBy.get(person)?.count);
  }

  /** Returns the number of open reports beyond which a person adds none; `at` in ms since 1970. */
  limitFor(person: string, role: Role, at: number): number {
    if (role === "guest") return REPORTS_BY_GUESTS;
    const since = this.#sql.since.get(person)?.since;
    const isNew = typeof since !== "number" || at - since < NEW_MS;
    return isNew && role !== "admin" ? REPORTS_BY_NEWCOMERS : REPORTS_LIMIT;
  }

  /**
   * Ends the reports of a person whom an admin bans, apart from those that others have made, too, and from those about that
   * admin. Returns the reports in which the person's reasons are no more.
   */
  endBy(person: string, admin: string): Omit<StoredReport, "name" | "text">[] {
    const ended = this.#sql.by.all(person).map((row) => this.about(string(row.report)))
      .filter((report) => report !== undefined).filter(({ author }) => author !== admin);
    for (const { id } of ended) {
      this.#sql.removeReason.run(id, person);
      if (this.countReasons(id) === 0) this.remove(id);
    }
    return ended;
  }

  /** Returns the number of people who have reported the same. */
  countReasons(report: string): number {
    return integer(this.#sql.countReasons.get(report)?.count);
  }

  add({ id, at, room, seq, author, name, text }: StoredReport): void {
    this.#sql.add.run(id, at, room ?? null, seq ?? null, author, name, text ?? null);
  }

  /** Adds a reason. Returns false if the person has given one for this report before. */
  addReason(report: string, { user, at, reason, text }: ReportReason): boolean {
    const values = [user.id, user.name, at, reason, text ?? null];
    return this.#sql.addReason.run(report, ...values).changes > 0;
  }

  /** Returns the text of the message of a report, as it was reported first; undefined if there is none. */
  textOf(report: string): string | undefined {
    const text = this.#sql.text.get(report)?.text;
    return text === null || text === undefined ? undefined : textOf(text);
  }

  /** Returns a report without its name and text; undefined if it is not open. */
  about(report: string): Omit<StoredReport, "name" | "text"> | undefined {
    const row = this.#sql.about.get(report);
    return row && toAbout(row);
  }

  /** Returns all reports after one, oldest first, without their names and texts. */
  *after(at: number, id: string): Generator<Omit<StoredReport, "name" | "text">> {
    for (let last = { at, id }, rows; (rows = this.#sql.page.all(last.at, last.id)).length > 0;) {
      for (const row of rows) yield last = toAbout(row);
    }
  }

  /** Returns all of a report; undefined if it is not open. */
  read(report: string): StoredReport | undefined {
    const row = this.#sql.whole.get(report);
    if (row === undefined) return undefined;
    const { name, text } = row;
    return {
      ...toAbout(row),
      name: string(name),
      ...(text !== null && text !== undefined && { text: textOf(text) }),
    };
  }

  /** Returns the reasons of a report, the first one first. */
  reasons(report: string): ReportReason[] {
    return this.#sql.reasons.all(report).map(({ person, name, at, reason, text }) => ({
      user: { id: string(person), name: string(name) },
      at: integer(at),
      reason: string(reason),
      ...(text !== null && text !== undefined && { text: textOf(text) }),
    })).sort((a, b) => a.at - b.at || (a.user.id < b.user.id ? -1 : 1));
  }

  /** Returns what a report says of a room; undefined if it is no more. */
  room(id: number): { room: string; title: string; kind: string } | undefined {
    const row = this.#sql.room.get(id);
    return row && { room: string(row.name), title: string(row.title), kind: string(row.kind) };
  }

  /** Removes a report with its reasons, and the copy of the text. */
  remove(report: string): void {
    this.#sql.remove.run(report);
    this.#sql.removeReasons.run(report);
    this.#sql.removeViewers.run(report);
  }

  /** Lets a person see the files of the message of a report. Returns false if the person could before. */
  addViewer(report: string, person: string): boolean {
    return this.#sql.addViewer.run(person, report).changes > 0;
  }

  /** Returns whether a person was let to see the files of the message of a report. */
  isViewer(report: string, person: string): boolean {
    return this.#sql.isViewer.get(person, report) !== undefined;
  }

  /** Lets the reports about messages of a room stay without it. */
  leaveRoom(roomId: number): void {
    this.#sql.leaveRoom.run(roomId);
  }

  /** Returns the ids of the oldest reports that were made before a time, in ms since 1970. */
  old(before: number): string[] {
    return this.#sql.old.all(before).map(({ id }) => string(id));
  }

  /** Returns the rows of the rooms that a person moderates, with the first `seq` that the person may see of each. */
  moderated(person: string): Map<number, number> {
    return new Map(
      this.#sql.moderated.all(person).map((row) => [integer(row.room), integer(row.visible_from)]),
    );
  }

  /** Returns the ids of those who moderate a room and may see a message of it. */
  moderators(roomId: number, seq: number): string[] {
    return this.#sql.moderators.all(roomId, seq).map(({ person }) => string(person));
  }
}

function toAbout(
  { id, at, room, seq, author }: DatabaseRow,
): Omit<StoredReport, "name" | "text"> {
  return {
    ...{ id: string(id), at: integer(at), author: string(author) },
    ...(typeof room === "number" && { room }),
    ...(typeof seq === "number" && { seq }),
  };
}
