import type { Fields } from "../../protocol/fields.ts";
import { Judges } from "../judges.ts";
import { each, isNumber, type Kind } from "../kind.ts";
import { UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";
import { ReportTable } from "../report_table.ts";

/**
 * Reports that nobody has ended are deleted, with their copies of texts: some of the oldest at once. A server proposes
 * it, so that no reader's clock decides.
 */
export interface ReportsExpiredEvent {
  readonly type: "reports_expired";
  /** Those that were made before this time, in ms since 1970. */
  readonly before: number;
}

export const reportsExpiredKind: Kind<ReportsExpiredEvent> = {
  parse({ before }: Fields): ReportsExpiredEvent | undefined {
    return isNumber(before) ? { type: "reports_expired", before } : undefined;
  },

  prepare(db) {
    const table = new ReportTable(db);
    const judges = new Judges(db, new Permissions(db));
    return each(({ before }) => {
      const old = table.old(before);
      const reports = old.map((id) => table.about(id)).filter((report) => report !== undefined);
      for (const id of old) table.remove(id);
      return old.length === 0
        ? UNCHANGED
        : { type: "changed", effects: judges.announceAll(reports), erases: true };
    });
  },
};
