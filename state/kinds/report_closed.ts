import type { Fields } from "../../protocol/fields.ts";
import { REPORT_OUTCOMES, type ReportOutcome } from "../../protocol/reports.ts";
import { Audit } from "../audit.ts";
import { Judges } from "../judges.ts";
import { each, isText, type Kind } from "../kind.ts";
import { type EventOutcome, refused } from "../outcome.ts";
import { Permissions } from "../permissions.ts";
import { ReportTable } from "../report_table.ts";

/** A moderator or admin ends a report, whose copy of a text is deleted. */
export interface ReportClosedEvent {
  readonly type: "report_closed";
  /** The id of the report. */
  readonly report: string;
  readonly outcome: ReportOutcome;
  readonly by: string;
}

export const reportClosedKind: Kind<ReportClosedEvent> = {
  parse({ report, outcome, by }: Fields): ReportClosedEvent | undefined {
    const known = REPORT_OUTCOMES.find((each) => each === outcome);
    return isText(report) && known !== undefined && isText(by)
      ? { type: "report_closed", report, outcome: known, by }
      : undefined;
  },

  prepare(db) {
    const permissions = new Permissions(db);
    const table = new ReportTable(db);
    const judges = new Judges(db, permissions);
    const audit = new Audit(db);
    return each(({ report: id, outcome, by }, at): EventOutcome => {
      const sees = judges.of(by);
      if (sees === undefined) return refused("forbidden", "it is for moderators and admins");
      const report = table.about(id);
      // The same for one that somebody else has ended, and for one that the person may not see.
      if (report === undefined || !sees(report)) {
        return refused("stale", "the report is not open any more");
      }
      table.remove(id);
      audit.add({ at, by, action: "close_report", person: report.author, detail: outcome });
      return { type: "changed", effects: judges.announce(report), erases: true };
    });
  },
};
