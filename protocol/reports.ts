/**
 * The capability of reporting messages and people to the moderators of the room and the admins.
 *
 * @module
 */
import type { CommandParsers, LineParsers } from "./capability.ts";
import { isActionId, notCount, readAction } from "./command_fields.ts";
import { isCount, isFields, isList, isString, storable } from "./fields.ts";
import { isFileInfo, isUser } from "./line_fields.ts";
import { isPersonId } from "./roles.ts";
import { isRoom } from "./addresses.ts";
import type { FileInfo, User } from "./types.ts";

/** The most characters (UTF-16 code units) of the reason of a report. */
export const REPORT_CHARACTERS = 500;

/** The most characters (UTF-16 code units) that a reason has of the text of an edited message. */
export const REPORTED_CHARACTERS = 2_000;

/** The results of a report: an admin or moderator acted on it, or dismissed it. */
export const REPORT_OUTCOMES = ["acted", "dismissed"] as const;

/** One of {@linkcode REPORT_OUTCOMES}. */
export type ReportOutcome = typeof REPORT_OUTCOMES[number];

/** Reports a message, or a person. */
export type ReportCommand =
  & { readonly type: "report"; readonly id?: string; readonly reason: string }
  & (
    | { readonly room: string; readonly seq: number; readonly person?: undefined }
    | { readonly person: string; readonly room?: undefined; readonly seq?: undefined }
  );

/** Asks for the open reports that the person may see, oldest first. */
export interface ReportsCommand {
  readonly type: "reports";
  readonly id?: string;
  /** The `next` of the answer before. */
  readonly after?: string;
}

/** Ends a report. */
export interface CloseReportCommand {
  readonly type: "close_report";
  readonly id?: string;
  /** Its {@linkcode Report.report}. */
  readonly report: string;
  readonly outcome: ReportOutcome;
}

/** Lets an admin see the files of a reported message, as the audit log records. */
export interface OpenReportCommand {
  readonly type: "open_report";
  readonly id?: string;
  /** Its {@linkcode Report.report}. */
  readonly report: string;
}

/** Every command of this capability. */
export type ReportsCommands =
  | ReportCommand
  | ReportsCommand
  | CloseReportCommand
  | OpenReportCommand;

/** The reason for which somebody has reported. */
export interface ReportReason {
  /** The person who has reported. */
  readonly user: User;
  /** The time, in ms since 1970. */
  readonly at: number;
  readonly reason: string;
  /**
   * The beginning of the text that the message had for this person, if it was edited and is not the text of the
   * report; at most {@linkcode REPORTED_CHARACTERS}.
   */
  readonly text?: string;
}

/** An open report. */
export interface Report {
  /** Its id. */
  readonly report: string;
  /** The time at which it was reported first, in ms since 1970. */
  readonly at: number;
  /** The person who was reported, or the author of the message, under the name at that time. */
  readonly user: User;
  /** The text of the message when it was reported first; absent for a person. */
  readonly text?: string;
  /** The files that the message names now, if it names some. */
  readonly files?: readonly FileInfo[];
  /** True if this person reads their bytes only after an `open_report`. */
  readonly sealed?: true;
  /** The place of the message; absent for a person, and if the room is direct or no more. */
  readonly room?: string;
  readonly seq?: number;
  /** The title of the room, if it has one. */
  readonly title?: string;
  /** True if the message was written in a direct room. */
  readonly direct?: true;
  readonly reasons: readonly ReportReason[];
}

/** Answers `reports`. */
export interface ReportsLine {
  readonly type: "reports";
  readonly id?: string;
  readonly reports: readonly Report[];
  /** Present if there are more. */
  readonly next?: string;
}

/** The open reports that the person may see are others now. */
export interface ReportedLine {
  readonly type: "reported";
}

/** Every line of this capability. */
export type ReportLine = ReportsLine | ReportedLine;

/** The parsers of the commands. */
export const REPORT_COMMANDS: CommandParsers<ReportsCommands> = {
  report: (fields) =>
    readAction(fields, "report", ({ room, seq, person, reason }) => {
      if (!isString(reason) || reason.trim() === "" || reason.length > REPORT_CHARACTERS) {
        return `reason must have 1 to ${REPORT_CHARACTERS} characters`;
      }
      const type = "report";
      const text = storable(reason.trim());
      if (person !== undefined) {
        if (room !== undefined || seq !== undefined) {
          return "it must be about a person, or about the message at a room and seq";
        }
        if (!isPersonId(person)) return "person must be the id of a person";
        return { type, person, reason: text };
      }
      if (!isRoom(room)) return "room must be the address of a room";
      if (!isCount(seq)) return notCount("seq", seq);
      return { type, room, seq, reason: text };
    }),
  reports: (fields) =>
    readAction(fields, "list reports", ({ after }) => {
      if (after === undefined) return { type: "reports" };
      return isString(after) && after.length <= 128
        ? { type: "reports", after: after.toWellFormed() }
        : "after must be the next of an answer";
    }),
  close_report: (fields) =>
    readAction(fields, "close a report", ({ report, outcome }) => {
      const known = REPORT_OUTCOMES.find((each) => each === outcome);
      if (!isActionId(report)) return "report must be the id of a report";
      if (known === undefined) return "outcome must be acted or dismissed";
      return { type: "close_report", report, outcome: known };
    }),
  open_report: (fields) =>
    readAction(
      fields,
      "open a report",
      ({ report }) =>
        isActionId(report) ? { type: "open_report", report } : "report must be the id of a report",
    ),
};

/** The parsers of the lines. */
export const REPORT_LINES: LineParsers<ReportLine> = {
  reports({ id, reports, next }) {
    if (id !== undefined && !isActionId(id)) return undefined;
    if (!isList(reports, isReport) || (next !== undefined && !isString(next))) return undefined;
    return {
      type: "reports",
      ...(id !== undefined && { id }),
      reports,
      ...(next !== undefined && { next }),
    };
  },
  reported: () => ({ type: "reported" }),
};

function isReport(value: unknown): value is Report {
  return isFields(value) && isString(value.report) && isCount(value.at) && isUser(value.user) &&
    (value.text === undefined || isString(value.text)) &&
    (value.files === undefined || isList(value.files, isFileInfo)) &&
    (value.sealed === undefined || value.sealed === true) &&
    (value.room === undefined || isRoom(value.room)) &&
    (value.seq === undefined || isCount(value.seq)) &&
    (value.title === undefined || isString(value.title)) &&
    (value.direct === undefined || value.direct === true) && isList(value.reasons, isReason);
}

function isReason(value: unknown): value is ReportReason {
  return isFields(value) && isUser(value.user) && isCount(value.at) &&
    isString(value.reason) && (value.text === undefined || isString(value.text));
}
