/**
 * The lines of both formats, as `docs/protocol.md` describes them: their types, a parser for each
 * direction, and printers. The server and the page share this folder, so it uses only what both have.
 *
 * @module
 */
export * from "./types.ts";
export type { ActionCommand, Command } from "./commands.ts";
export type { ServerLine } from "./lines.ts";
export { PINS, REACTIONS } from "./changes.ts";
export type {
  ChangeCommand,
  ChangedLine,
  ChangesCommand,
  ChangesLine,
  DeleteCommand,
  DeletedLine,
  EditCommand,
  PinCommand,
  PinsCommand,
  PinsLine,
  ReactCommand,
  ReactionsCommand,
  ReactionsLine,
} from "./changes.ts";
export type { AboutsCommands, ProfileLine } from "./abouts.ts";
export type { PictureLine, PicturesCommands, PicturesLine } from "./pictures.ts";
export type { RemovePreviewsCommand } from "./previews.ts";
export type { DoNotDisturbCommand } from "./do_not_disturb.ts";
export type { IgnoreCommand, IgnoredLine, IgnoreLine, IgnoringLine } from "./ignoring.ts";
export type { HelloLine } from "./connection.ts";
export type {
  HistoryBound,
  HistoryCommand,
  HistoryLine,
  MessageLine,
  SendCommand,
} from "./messages.ts";
export type {
  Level,
  MembershipCommand,
  RoomState,
  RoomStateLine,
  StateLine,
} from "./memberships.ts";
export type {
  AuditRecord,
  Ban,
  ModerationCommand,
  ModerationLine,
  PersonSummary,
} from "./moderation.ts";
export type { RemovedLine, RemoveMessagesCommand } from "./removals.ts";
export type { Report, ReportReason, ReportsCommands, ReportsLine } from "./reports.ts";
export { NEW_ROOM } from "./room_settings.ts";
export type { InfoLine, RoomInfo, RoomSettings, SetRoomCommand } from "./room_settings.ts";
export type {
  MemberLine,
  MembersLine,
  RoomMember,
  RoomPeopleCommand,
  RoomRole,
} from "./room_people.ts";
export type {
  CreateCommand,
  CreatedLine,
  DirectoryLine,
  ListedRoom,
  MovedLine,
  RoomMakingCommand,
} from "./room_making.ts";
export type { Invitation, LinkKind, LinkLine, LinksCommand } from "./links.ts";
export type { ChatLine, ChatSettings, SetCommand } from "./settings.ts";
export type { FilesCommand, FilesLine } from "./files.ts";
export { FILE_NAME_BYTES, isFileId, isFileIds, toFileName } from "./file_names.ts";
export type { FoundLine, SearchCommand } from "./search.ts";
export type { InboxCommand, InboxLine } from "./inbox.ts";
export type { Access, May, OkLine, Role, RoleCommand, YouLine } from "./roles.ts";
export type { NameCommand, RenamedLine } from "./people.ts";
export type {
  JoinCommand,
  JoinedLine,
  LeaveCommand,
  LeftLine,
  PresenceLine,
  RoomsCommand,
  RoomsLine,
  RoomSummary,
  TypingCommand,
  TypingLine,
} from "./rooms.ts";
export { foldRoom, isHiddenRoom, isRoom } from "./addresses.ts";
export { isMessageId, isSecret, nameKey, parseName } from "./names.ts";
export { countEmptyLines, frameLines, parseCommand } from "./parse_command.ts";
export { parseLine } from "./parse_line.ts";
export { parsePlain, printPlain, printPlainEdit, textWithFiles } from "./plain.ts";
export { printLine, printMessage } from "./print.ts";
export { countedMessages, frameBytes } from "./sizes.ts";
