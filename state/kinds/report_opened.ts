import type { Fields } from "../../protocol/fields.ts";
import { Audit } from "../audit.ts";
import { Judges } from "../judges.ts";
import { each, isText, type Kind } from "../kind.ts";
import { CHANGED, type EventOutcome, refused, UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";
import { ReportTable } from "../report_table.ts";

/**
 * Somebody in charge wants to see the files of a reported message, perhaps in a room that they may not read. They see
 * them while the report is open, the message names them, and they are an admin.
 */
export interface ReportOpenedEvent {
  readonly type: "report_opened";
  /** The id of the report. */
  readonly report: string;
  readonly by: string;
}

export const reportOpenedKind: Kind<ReportOpenedEvent> = {
  parse({ report, by }: Fields): ReportOpenedEvent | undefined {
    return isText(report) && isText(by) ? { type: "report_opened", report, by } : undefined;
  },

  prepare(db) {
    const permissions = new Permissions(db);
    const table = new ReportTable(db);
    const judges = new Judges(db, permissions);
    const audit = new Audit(db);
    return each(({ report: id, by }, at): EventOutcome => {
      const sees = judges.of(by);
      if (sees === undefined) return refused("forbidden", "it is for those in charge");
      const report = table.about(id);
      if (report === undefined || !sees(report)) {
        return refused("stale", "the report is not open any more");
      }
      // Moderators read the message itself.
      if (!permissions.mayAdminister(by) || !table.addViewer(id, by)) return UNCHANGED;
      audit.add({ at, by, action: "open_report", person: report.author });
      return CHANGED;
    });
  },
};
