import { randomBytes } from "node:crypto";
import {
  REPLY_BYTES,
  type Report,
  type ReportsCommands,
  type ServerLine,
} from "../../protocol/mod.ts";
import { LIST_LIMIT } from "../../protocol/moderation.ts";
import type { ReportTable, StoredReport } from "../report_table.ts";
import { type ActionContext, type ActionHandlers, change, errorLine } from "./action.ts";

/** The random bytes of a report's id. */
const ID_BYTES = 15;

/** The commands of the capability of reporting. */
export const REPORT_ACTIONS: ActionHandlers<ReportsCommands> = {
  report: (command, context) => {
    const { permissions, person: by } = context;
    const { reason } = command;
    const report = randomBytes(ID_BYTES).toString("base64url");
    const about = command.person === undefined
      ? { room: command.room, seq: command.seq }
      : { person: command.person, name: permissions.shownName(command.person) };
    const byName = permissions.shownName(by);
    return change({ type: "report", report, about, reason, by, byName }, command, context);
  },

  reports: ({ id, after = "" }, context): ServerLine => {
    const { judges, reports: table, person } = context;
    const sees = judges.of(person);
    if (sees === undefined) return errorLine("forbidden", "it is for moderators and admins", id);
    const [, at = "-1", last = ""] = /^(\d+)\.(.*)$/.exec(after) ?? [];
    const reports: Report[] = [];
    let [bytes, next]: [number, string | undefined] = [0, undefined];
    let end = after;
    for (const about of table.after(Number(at), last)) {
      if (!sees(about)) continue;
      const stored = table.read(about.id);
      if (stored === undefined) continue;
      const files = filesOf(stored, context);
      const report = { ...toReport(table, stored), ...files };
      bytes += JSON.stringify(report).length;
      if (reports.length > 0 && (reports.length === LIST_LIMIT || bytes > REPLY_BYTES)) {
        next = end;
        break;
      }
      reports.push(report);
      end = `${about.at}.${about.id}`;
    }
    return {
      type: "reports",
      ...(id !== undefined && { id }),
      reports,
      ...(next !== undefined && { next }),
    };
  },

  open_report: (command, context) => {
    const { report } = command;
    return change({ type: "report_opened", report, by: context.person }, command, context);
  },

  close_report: (command, context) => {
    const { report, outcome } = command;
    return change({ type: "report_closed", report, outcome, by: context.person }, command, context);
  },
};

/** Returns the files that the message of a report names now, and whether the person has to open the report for them. */
function filesOf(
  { room, seq }: StoredReport,
  { person, permissions, changes }: Pick<ActionContext, "person" | "permissions" | "changes">,
): Pick<Report, "files" | "sealed"> {
  const files = room === undefined || seq === undefined
    ? undefined
    : changes.files.between(room, seq, seq).get(seq);
  if (files === undefined) return {};
  const isSealed = !files.every(({ id }) => permissions.mayReadFile(person, id));
  return { files, ...(isSealed && { sealed: true as const }) };
}

/** Returns a report as moderators and admins see it: of direct rooms they learn the message, and not where it is. */
function toReport(table: ReportTable, stored: StoredReport): Report {
  const { id, at, author, name, text, seq } = stored;
  const room = stored.room === undefined ? undefined : table.room(stored.room);
  const isDirect = room?.kind === "direct";
  return {
    ...{ report: id, at, user: { id: author, name } },
    ...(text !== undefined && { text }),
    ...(isDirect && { direct: true as const }),
    ...(room && !isDirect && {
      room: room.room,
      ...(seq !== undefined && { seq }),
      ...(room.title !== "" && { title: room.title }),
    }),
    reasons: table.reasons(id),
  };
}
