/**
 * Every command of `hubbub.v1`: the one list that a new command is added to.
 *
 * @module
 */
import type { CommandParsers } from "./capability.ts";
import { DO_NOT_DISTURB_COMMANDS, type DoNotDisturbCommand } from "./do_not_disturb.ts";
import { FILES_COMMANDS, type FilesCommand } from "./files.ts";
import { IGNORE_COMMANDS, type IgnoreCommand } from "./ignoring.ts";
import { CHANGE_COMMANDS, type ChangeCommand } from "./changes.ts";
import { ACCOUNT_COMMANDS, type DeleteAccountCommand } from "./accounts.ts";
import { INBOX_COMMANDS, type InboxCommand } from "./inbox.ts";
import { ABOUT_COMMANDS, type AboutsCommands } from "./abouts.ts";
import { PICTURE_COMMANDS, type PicturesCommands } from "./pictures.ts";
import { PREVIEW_COMMANDS, type RemovePreviewsCommand } from "./previews.ts";
import { LINKS_COMMANDS, type LinksCommand } from "./links.ts";
import { MEMBERSHIP_COMMANDS, type MembershipCommand } from "./memberships.ts";
import { MESSAGE_COMMANDS, type MessageCommand } from "./messages.ts";
import { MODERATION_COMMANDS, type ModerationCommand } from "./moderation.ts";
import { SEARCH_COMMANDS, type SearchCommand } from "./search.ts";
import { type NameCommand, PEOPLE_COMMANDS } from "./people.ts";
import { REMOVAL_COMMANDS, type RemoveMessagesCommand } from "./removals.ts";
import { REPORT_COMMANDS, type ReportsCommands } from "./reports.ts";
import { ROLE_COMMANDS, type RoleCommand } from "./roles.ts";
import type { SetCommand } from "./settings.ts";
import { SETTINGS_COMMANDS } from "./setting_commands.ts";
import { ROOM_COMMANDS, type RoomCommand } from "./rooms.ts";
import { SESSION_COMMANDS, type SessionCommand } from "./sessions.ts";
import { ROOM_MAKING_COMMANDS, type RoomMakingCommand } from "./room_making.ts";
import { ROOM_PEOPLE_COMMANDS, type RoomPeopleCommand } from "./room_people.ts";
import { ROOM_SETTINGS_COMMANDS, type SetRoomCommand } from "./room_settings.ts";

/**
 * A command that the state answers: it becomes one event, or reads something. Each has exactly one answer: `ok`, a
 * line of the command's own type, or an error whose `ref` is the command's `id`.
 */
export type ActionCommand =
  | RoleCommand
  | ChangeCommand
  | RemovePreviewsCommand
  | PicturesCommands
  | AboutsCommands
  | MembershipCommand
  | IgnoreCommand
  | DoNotDisturbCommand
  | ModerationCommand
  | ReportsCommands
  | RemoveMessagesCommand
  | SetCommand
  | LinksCommand
  | SessionCommand
  | DeleteAccountCommand
  | RoomMakingCommand
  | RoomPeopleCommand
  | SetRoomCommand
  | SearchCommand
  | FilesCommand
  | InboxCommand;

/** Any line from a client to the server. */
export type Command = RoomCommand | MessageCommand | NameCommand | ActionCommand;

// A call that is marked as pure, like those of `withRoom`, is left out of the page, which parses no commands.
/** The parser of each {@linkcode ActionCommand}. */
export const ACTIONS: CommandParsers<ActionCommand> = /* @__PURE__ */ (() => ({
  ...ROLE_COMMANDS,
  ...CHANGE_COMMANDS,
  ...PREVIEW_COMMANDS,
  ...PICTURE_COMMANDS,
  ...ABOUT_COMMANDS,
  ...MEMBERSHIP_COMMANDS,
  ...IGNORE_COMMANDS,
  ...DO_NOT_DISTURB_COMMANDS,
  ...MODERATION_COMMANDS,
  ...REPORT_COMMANDS,
  ...REMOVAL_COMMANDS,
  ...SETTINGS_COMMANDS,
  ...LINKS_COMMANDS,
  ...SESSION_COMMANDS,
  ...ACCOUNT_COMMANDS,
  ...ROOM_MAKING_COMMANDS,
  ...ROOM_PEOPLE_COMMANDS,
  ...ROOM_SETTINGS_COMMANDS,
  ...SEARCH_COMMANDS,
  ...FILES_COMMANDS,
  ...INBOX_COMMANDS,
}))();

/** The parser of each command. */
export const COMMANDS: CommandParsers<Command> = /* @__PURE__ */ (() => ({
  ...ROOM_COMMANDS,
  ...MESSAGE_COMMANDS,
  ...PEOPLE_COMMANDS,
  ...ACTIONS,
}))();
