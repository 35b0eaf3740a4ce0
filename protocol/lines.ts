/**
 * Every line of `hubbub.v1` from the server: the one list that a new line is added to.
 *
 * @module
 */
import type { LineParsers } from "./capability.ts";
import { ACCOUNT_LINES, type AccountDeletedLine } from "./accounts.ts";
import { CHANGE_LINES, type ChangeLine } from "./changes.ts";
import { CONNECTION_LINES, type ConnectionLine } from "./connection.ts";
import { FILES_LINES, type FilesLine } from "./files.ts";
import { IGNORE_LINES, type IgnoreLine } from "./ignoring.ts";
import { INBOX_LINES, type InboxLine } from "./inbox.ts";
import { MEMBERSHIP_LINES, type MembershipLine } from "./memberships.ts";
import { type InvitesLine, type LinkLine, LINKS_LINES } from "./links.ts";
import { MESSAGE_LINES, type MessagesLine } from "./messages.ts";
import { MODERATION_LINES, type ModerationLine } from "./moderation.ts";
import { ABOUT_LINES, type ProfileLine } from "./abouts.ts";
import { PICTURE_LINES, type PicturesLines } from "./pictures.ts";
import { PEOPLE_LINES, type RenamedLine } from "./people.ts";
import { REMOVAL_LINES, type RemovedLine } from "./removals.ts";
import { REPORT_LINES, type ReportLine } from "./reports.ts";
import { ROLE_LINES, type RolesLine } from "./roles.ts";
import { type ChatLine, SETTINGS_LINES } from "./settings.ts";
import { ROOM_LINES, type RoomLine } from "./rooms.ts";
import { SESSION_LINES, type SessionsLine } from "./sessions.ts";
import { ROOM_MAKING_LINES, type RoomMakingLine } from "./room_making.ts";
import { ROOM_PEOPLE_LINES, type RoomPeopleLine } from "./room_people.ts";
import { type FoundLine, SEARCH_LINES } from "./search.ts";
import { type InfoLine, ROOM_SETTINGS_LINES } from "./room_settings.ts";

/** Any line from the server to a client. */
export type ServerLine =
  | ConnectionLine
  | RoomLine
  | MembershipLine
  | IgnoreLine
  | MessagesLine
  | ChangeLine
  | RenamedLine
  | RolesLine
  | ModerationLine
  | ReportLine
  | RemovedLine
  | ChatLine
  | PicturesLines
  | ProfileLine
  | LinkLine
  | InvitesLine
  | SessionsLine
  | AccountDeletedLine
  | InfoLine
  | RoomPeopleLine
  | RoomMakingLine
  | FoundLine
  | FilesLine
  | InboxLine;

/** The parser of each line. */
export const LINES: LineParsers<ServerLine> = {
  ...CONNECTION_LINES,
  ...ROOM_LINES,
  ...MEMBERSHIP_LINES,
  ...IGNORE_LINES,
  ...MESSAGE_LINES,
  ...CHANGE_LINES,
  ...PEOPLE_LINES,
  ...ROLE_LINES,
  ...MODERATION_LINES,
  ...REPORT_LINES,
  ...REMOVAL_LINES,
  ...SETTINGS_LINES,
  ...PICTURE_LINES,
  ...ABOUT_LINES,
  ...LINKS_LINES,
  ...SESSION_LINES,
  ...ACCOUNT_LINES,
  ...ROOM_SETTINGS_LINES,
  ...ROOM_PEOPLE_LINES,
  ...ROOM_MAKING_LINES,
  ...SEARCH_LINES,
  ...FILES_LINES,
  ...INBOX_LINES,
};
