/**
 * Open reports, in an archive.
 *
 * @module
 */
import { isRoom } from "../protocol/addresses.ts";
import { type Fields, isList } from "../protocol/fields.ts";
import { FILE_NAME_BYTES, MESSAGE_FILES } from "../protocol/mod.ts";
import { REPORT_CHARACTERS, REPORTED_CHARACTERS, type ReportReason } from "../protocol/reports.ts";
import { exceedsUtf8 } from "../protocol/utf8.ts";
import type { StoredReport } from "../state/report_table.ts";
import { isId, isIn, isObject, MAX_COUNT, MAX_MS, read, readOptional } from "./fields.ts";
import { isDetail, isMessageText, isShownName, MAX_TEXT_BYTES } from "./texts.ts";

/** An open report; `room` was there before. */
export type ArchivedReport = { readonly type: "report" } & Omit<StoredReport, "room"> & {
  readonly room?: string;
  readonly reasons: readonly ReportReason[];
};

/** The longest names of all files of a message, each in brackets. */
const MAX_NAMES_BYTES = MESSAGE_FILES * (FILE_NAME_BYTES + 4);

/** Parses the fields of a line but its type. */
export function readReportLine(fields: Fields): ArchivedReport {
  return {
    type: "report",
    id: read(fields, "id", isId, "an id"),
    at: read(fields, "at", isIn(0, MAX_MS), "a time in ms"),
    ...readOptional(fields, "room", isRoom, "a room's name"),
    ...readOptional(fields, "seq", isIn(1, MAX_COUNT), "a number from 1"),
    author: read(fields, "author", isId, "an id"),
    name: read(fields, "name", isShownName, "a name or nothing"),
    ...readOptional(fields, "text", isReportedText, "a text"),
    reasons: read(fields, "reasons", isReasons, "a list of reasons"),
  };
}

function isReasons(value: unknown): value is ReportReason[] {
  return isList(
    value,
    (reason): reason is ReportReason =>
      isObject(reason) && isObject(reason.user) && isId(reason.user.id) &&
      isShownName(reason.user.name) && isIn(0, MAX_MS)(reason.at) && isDetail(reason.reason) &&
      reason.reason.length <= REPORT_CHARACTERS &&
      (reason.text === undefined ||
        isMessageText(reason.text) && reason.text.length <= REPORTED_CHARACTERS),
  ) &&
    new Set(value.map(({ user }) => user.id)).size === value.length;
}

/** The text of a message has the names of its files behind it. */
function isReportedText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.isWellFormed() &&
    !exceedsUtf8(value, MAX_TEXT_BYTES + MAX_NAMES_BYTES);
}
