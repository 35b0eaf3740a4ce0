import { randomBytes } from "node:crypto";
import { getOrMake } from "../../lib/maps.ts";
import {
  type FileInfo,
  REPLY_BYTES,
  type Report,
  type ReportsCommands,
} from "../../protocol/mod.ts";
import { LIST_LIMIT } from "../../protocol/moderation.ts";
import type { ReportTable, StoredReport } from "../report_table.ts";
import {
  type ActionContext,
  type ActionHandlers,
  change,
  errorLine,
  type Parts,
} from "./action.ts";

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

  // The files of a report may be named in many rooms. The state may change with each part.
  *reports({ id, after = "" }, context): Parts {
    const { judges, reports: table, person } = context;
    const sees = judges.of(person);
    const found = sees && (yield* find(after, sees, context));
    // Whoever may see them no more, and what was closed since, is left out.
    const seesNow = judges.of(person);
    if (found === undefined || seesNow === undefined) {
      return errorLine("forbidden", "it is for moderators and admins", id);
    }
    const reports: Report[] = [];
    let bytes = 0;
    let next = found.next;
    let end = after;
    for (const { about, isSealed } of found.reports) {
      const now = table.about(about.id);
      const stored = now && seesNow(now) ? table.read(about.id) : undefined;
      if (stored === undefined) continue;
      const files = filesOf(stored, context);
      const report: Report = {
        ...toReport(table, stored),
        ...(files && { files, ...(isSealed && { sealed: true }) }),
      };
      bytes += JSON.stringify(report).length;
      if (reports.length > 0 && bytes > REPLY_BYTES) {
        next = end;
        break;
      }
      reports.push(report);
      end = placeOf(about);
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

/** A report that is found, without its name and text. */
type FoundReport = NonNullable<ReturnType<ReportTable["about"]>>;

/** The part of all reports that one answer may have. */
interface FoundReports {
  readonly reports: readonly { readonly about: FoundReport; readonly isSealed: boolean }[];
  /** The place after which there are more. */
  readonly next?: string;
}

/** Finds the reports after a place that a person sees; yields after each. */
function* find(
  after: string,
  sees: (report: FoundReport) => boolean,
  context: ActionContext,
): Generator<void, FoundReports, void> {
  const [, at = "-1", last = ""] = /^(\d+)\.(.*)$/.exec(after) ?? [];
  const reports: FoundReports["reports"][number][] = [];
  const readable = new Map<string, boolean>();
  let next = after;
  for (const about of context.reports.after(Number(at), last)) {
    if (sees(about)) {
      if (reports.length === LIST_LIMIT) return { reports, next };
      reports.push({ about, isSealed: yield* seals(about, readable, context) });
      next = placeOf(about);
    }
    yield;
  }
  return { reports };
}

/**
 * Returns whether a person who sees a report has to open it for the files of its message. Whoever may read the message may
 * read its files. Others are asked for one by one, each once; yields after each.
 *
 * @param readable What is known of files that reports before it have.
 */
function* seals(
  { id: report, room, seq }: FoundReport,
  readable: Map<string, boolean>,
  { person, permissions, changes, reports: table }: ActionContext,
): Generator<void, boolean, void> {
  const name = room === undefined ? undefined : table.room(room)?.room;
  if (name === undefined || room === undefined || seq === undefined) return false;
  if (seq >= (permissions.visibleFrom(person, name) ?? Infinity)) return false;
  if (table.isViewer(report, person) && permissions.mayAdminister(person)) return false;
  for (const { id } of changes.files.between(room, seq, seq).get(seq) ?? []) {
    if (!getOrMake(readable, id, () => permissions.mayReadFile(person, id))) return true;
    yield;
  }
  return false;
}

/** Returns the place of a report among all: the `next` of an answer that ends with it. */
function placeOf({ at, id }: FoundReport): string {
  return `${at}.${id}`;
}

/** Returns the files that the message of a report names now. */
function filesOf(
  { room, seq }: StoredReport,
  { changes }: Pick<ActionContext, "changes">,
): readonly FileInfo[] | undefined {
  if (room === undefined || seq === undefined) return undefined;
  return changes.files.between(room, seq, seq).get(seq);
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
