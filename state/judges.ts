import type { DatabaseSync } from "node:sqlite";
import type { Effect } from "../hub/effects.ts";
import type { Permissions } from "./permissions.ts";
import { ReportTable, type StoredReport } from "./report_table.ts";

/** The properties of a report that decide who sees it. */
export type Judged = Pick<StoredReport, "author" | "room" | "seq">;

/**
 * Decides who sees and closes reports: admins all of them, moderators those about messages of their rooms that they
 * may read. Nobody sees
 * reports about themselves, so that they don't learn who has reported them.
 */
export class Judges {
  readonly #permissions: Permissions;
  readonly #table: ReportTable;

  constructor(db: DatabaseSync, permissions: Permissions) {
    this.#permissions = permissions;
    this.#table = new ReportTable(db);
  }

  /** Returns a check of which reports a person sees; undefined for a person who sees none at all. */
  of(person: string): ((report: Judged) => boolean) | undefined {
    if (!this.#permissions.mayEnter(person)) return undefined;
    if (this.#permissions.mayAdminister(person)) return ({ author }) => author !== person;
    const rooms = this.#table.moderated(person);
    if (rooms.size === 0) return undefined;
    return ({ author, room, seq = 0 }) => {
      const from = room === undefined ? undefined : rooms.get(room);
      return author !== person && from !== undefined && seq >= from;
    };
  }

  /** The effect of a change of the open reports: it is sent to those who see the report. */
  announce(report: Judged): Effect[] {
    const { author, room, seq = 0 } = report;
    const moderators = room === undefined ? [] : this.#table.moderators(room, seq);
    const people = [...new Set([...this.#permissions.admins(), ...moderators])]
      .filter((person) => person !== author && this.#permissions.mayEnter(person));
    return people.length === 0
      ? []
      : [{ type: "send", to: { people }, line: { type: "reported" } }];
  }

  /** The effects of a change of several reports, each once. */
  announceAll(reports: readonly Judged[]): Effect[] {
    const effects = reports.flatMap((report) => this.announce(report));
    return [...new Map(effects.map((effect) => [JSON.stringify(effect), effect])).values()];
  }
}
