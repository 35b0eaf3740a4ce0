/**
 * Every kind of event: the one list that a new kind is added to.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { getOrMake } from "../lib/maps.ts";
import type { Fields } from "../protocol/fields.ts";
import type { Apply, Kind } from "./kind.ts";
import { type AccountDeletedEvent, accountDeletedKind } from "./kinds/account_deleted.ts";
import { type AllReadEvent, allReadKind } from "./kinds/all_read.ts";
import { type AllSessionsEndedEvent, allSessionsEndedKind } from "./kinds/all_sessions_ended.ts";
import { type BanEvent, banKind } from "./kinds/ban.ts";
import { type ClaimEvent, claimKind } from "./kinds/claim.ts";
import { type ClaimLinkEvent, claimLinkKind } from "./kinds/claim_link.ts";
import { type ClearReactionsEvent, clearReactionsKind } from "./kinds/clear_reactions.ts";
import { type DeleteEvent, deleteKind } from "./kinds/delete.ts";
import { type EditEvent, editKind } from "./kinds/edit.ts";
import { type EpochEvent, epochKind } from "./kinds/epoch.ts";
import { type FileEvent, fileKind } from "./kinds/file.ts";
import { type FilesExpiredEvent, filesExpiredKind } from "./kinds/files_expired.ts";
import { type IgnoreEvent, ignoreKind } from "./kinds/ignore.ts";
import { type InitEvent, initKind } from "./kinds/init.ts";
import { type InviteEvent, inviteKind } from "./kinds/invite.ts";
import { type JoinEvent, joinKind } from "./kinds/join.ts";
import { type KeepDaysEvent, keepDaysKind } from "./kinds/keep_days.ts";
import { type KeysRotatedEvent, keysRotatedKind } from "./kinds/keys_rotated.ts";
import { type LeaveEvent, leaveKind } from "./kinds/leave.ts";
import { type LevelEvent, levelKind } from "./kinds/level.ts";
import { type MarkersEvent, markersKind } from "./kinds/markers.ts";
import { type MessageEvent, messageKind } from "./kinds/message.ts";
import { type MessagesRemovedEvent, messagesRemovedKind } from "./kinds/messages_removed.ts";
import { type ModeratorEvent, moderatorKind } from "./kinds/moderator.ts";
import { type MuteEvent, muteKind } from "./kinds/mute.ts";
import { type NameEvent, nameKind } from "./kinds/name.ts";
import { type NameExpiredEvent, nameExpiredKind } from "./kinds/name_expired.ts";
import { type NameUsedEvent, nameUsedKind } from "./kinds/name_used.ts";
import { type NetworkBanEvent, networkBanKind } from "./kinds/network_ban.ts";
import {
  type NetworkBansExpiredEvent,
  networkBansExpiredKind,
} from "./kinds/network_bans_expired.ts";
import { type NetworkUnbannedEvent, networkUnbannedKind } from "./kinds/network_unbanned.ts";
import { type OrderEvent, orderKind } from "./kinds/order.ts";
import { type PersonErasedEvent, personErasedKind } from "./kinds/person_erased.ts";
import { type AboutEvent, aboutKind } from "./kinds/about.ts";
import { type InviteAcceptedEvent, inviteAcceptedKind } from "./kinds/invite_accepted.ts";
import { type PictureEvent, pictureKind } from "./kinds/picture.ts";
import { type PinEvent, pinKind } from "./kinds/pin.ts";
import { type PreviewsEvent, previewsKind } from "./kinds/previews.ts";
import { type PreviewsRemovedEvent, previewsRemovedKind } from "./kinds/previews_removed.ts";
import { type ProgramEvent, programKind } from "./kinds/program.ts";
import { type ReactEvent, reactKind } from "./kinds/react.ts";
import { type RemoveMessagesEvent, removeMessagesKind } from "./kinds/remove_messages.ts";
import { type RenameEvent, renameKind } from "./kinds/rename.ts";
import { type ReportEvent, reportKind } from "./kinds/report.ts";
import { type ReportClosedEvent, reportClosedKind } from "./kinds/report_closed.ts";
import { type ReportOpenedEvent, reportOpenedKind } from "./kinds/report_opened.ts";
import { type ReportsExpiredEvent, reportsExpiredKind } from "./kinds/reports_expired.ts";
import { type ResetLinkEvent, resetLinkKind } from "./kinds/reset_link.ts";
import { type RetentionEvent, retentionKind } from "./kinds/retention.ts";
import { type RevokeEvent, revokeKind } from "./kinds/revoke.ts";
import { type RoleEvent, roleKind } from "./kinds/role.ts";
import { type RoomDeletedEvent, roomDeletedKind } from "./kinds/room_deleted.ts";
import { type RoomErasedEvent, roomErasedKind } from "./kinds/room_erased.ts";
import { type RoomMadeEvent, roomMadeKind } from "./kinds/room_made.ts";
import { type RoomMemberEvent, roomMemberKind } from "./kinds/room_member.ts";
import { type RoomPrivateEvent, roomPrivateKind } from "./kinds/room_private.ts";
import { type RoomRemovalEvent, roomRemovalKind } from "./kinds/room_removal.ts";
import { type RoomSettingEvent, roomSettingKind } from "./kinds/room_setting.ts";
import { type RulesEvent, rulesKind } from "./kinds/rules.ts";
import { type SecretResetEvent, secretResetKind } from "./kinds/secret_reset.ts";
import { type SessionEndedEvent, sessionEndedKind } from "./kinds/session_ended.ts";
import { type SessionUsedEvent, sessionUsedKind } from "./kinds/session_used.ts";
import { type SettingEvent, settingKind } from "./kinds/setting.ts";
import { type DoNotDisturbEvent, doNotDisturbKind } from "./kinds/do_not_disturb.ts";

/**
 * The newest rules that this program can apply events by. Raise it once for each release that adds a kind, or
 * applies a known kind in another way; the old way stays for as long as a log may have the old rules.
 */
export const RULES = 1;

/** Something that changes the durable state. */
export type Event =
  | AccountDeletedEvent
  | AllReadEvent
  | AllSessionsEndedEvent
  | BanEvent
  | ClaimEvent
  | ClaimLinkEvent
  | DeleteEvent
  | EditEvent
  | EpochEvent
  | FileEvent
  | FilesExpiredEvent
  | IgnoreEvent
  | InitEvent
  | InviteEvent
  | JoinEvent
  | KeepDaysEvent
  | KeysRotatedEvent
  | LeaveEvent
  | LevelEvent
  | MarkersEvent
  | MessageEvent
  | MessagesRemovedEvent
  | ModeratorEvent
  | MuteEvent
  | NameEvent
  | NameExpiredEvent
  | NameUsedEvent
  | NetworkBanEvent
  | NetworkBansExpiredEvent
  | NetworkUnbannedEvent
  | OrderEvent
  | PersonErasedEvent
  | PictureEvent
  | InviteAcceptedEvent
  | AboutEvent
  | PinEvent
  | PreviewsEvent
  | PreviewsRemovedEvent
  | ProgramEvent
  | ReactEvent
  | ClearReactionsEvent
  | RemoveMessagesEvent
  | RenameEvent
  | ReportEvent
  | ReportClosedEvent
  | ReportOpenedEvent
  | ReportsExpiredEvent
  | ResetLinkEvent
  | RetentionEvent
  | RevokeEvent
  | RoleEvent
  | RoomDeletedEvent
  | RoomErasedEvent
  | RoomMadeEvent
  | RoomMemberEvent
  | RoomPrivateEvent
  | RoomRemovalEvent
  | RoomSettingEvent
  | RulesEvent
  | SecretResetEvent
  | SessionEndedEvent
  | SessionUsedEvent
  | SettingEvent
  | DoNotDisturbEvent;

const KINDS: { readonly [Type in Event["type"]]: Kind<Extract<Event, { type: Type }>> } = {
  account_deleted: accountDeletedKind,
  all_read: allReadKind,
  all_sessions_ended: allSessionsEndedKind,
  ban: banKind,
  claim: claimKind,
  claim_link: claimLinkKind,
  clear_reactions: clearReactionsKind,
  delete: deleteKind,
  edit: editKind,
  epoch: epochKind,
  file: fileKind,
  files_expired: filesExpiredKind,
  ignore: ignoreKind,
  init: initKind,
  invite: inviteKind,
  join: joinKind,
  keep_days: keepDaysKind,
  keys_rotated: keysRotatedKind,
  leave: leaveKind,
  level: levelKind,
  markers: markersKind,
  message: messageKind,
  messages_removed: messagesRemovedKind,
  moderator: moderatorKind,
  mute: muteKind,
  name: nameKind,
  name_expired: nameExpiredKind,
  name_used: nameUsedKind,
  network_ban: networkBanKind,
  network_bans_expired: networkBansExpiredKind,
  network_unbanned: networkUnbannedKind,
  order: orderKind,
  person_erased: personErasedKind,
  picture: pictureKind,
  invite_accepted: inviteAcceptedKind,
  about: aboutKind,
  pin: pinKind,
  previews: previewsKind,
  previews_removed: previewsRemovedKind,
  program: programKind,
  react: reactKind,
  remove_messages: removeMessagesKind,
  rename: renameKind,
  report: reportKind,
  report_closed: reportClosedKind,
  report_opened: reportOpenedKind,
  reports_expired: reportsExpiredKind,
  reset_link: resetLinkKind,
  retention: retentionKind,
  revoke: revokeKind,
  role: roleKind,
  room_deleted: roomDeletedKind,
  room_erased: roomErasedKind,
  room_made: roomMadeKind,
  room_member: roomMemberKind,
  room_private: roomPrivateKind,
  room_removal: roomRemovalKind,
  room_setting: roomSettingKind,
  rules: rulesKind,
  secret_reset: secretResetKind,
  session_ended: sessionEndedKind,
  session_used: sessionUsedKind,
  setting: settingKind,
  do_not_disturb: doNotDisturbKind,
};

/** An event that only a newer program can apply. A server that meets one stops at its place. */
export class NewerEventError extends Error {
  override name = "NewerEventError";
}

/**
 * The event that fields say; undefined when it is malformed.
 *
 * @param rules the newest rules that this program knows
 * @throws {NewerEventError} when this program doesn't know the kind, or the rules it asks for
 */
export function parseEvent(fields: Fields, rules: number = RULES): Event | undefined {
  const { type } = fields;
  if (typeof type !== "string") return undefined;
  if (!isKnown(type)) {
    throw new NewerEventError(`Cannot apply an event: this program doesn't know "${type}"`);
  }
  const event = KINDS[type].parse(fields);
  if (event?.type === "rules" && event.version > rules) throw newerRules(event.version, rules);
  return event;
}

/** The error of a program that knows older rules than those that are asked for. */
export function newerRules(wanted: number, known: number): NewerEventError {
  return new NewerEventError(
    `Cannot apply events by the rules ${wanted}: this program knows them up to ${known}; ` +
      "start a newer Hubbub",
  );
}

function isKnown(type: string): type is Event["type"] {
  return Object.hasOwn(KINDS, type);
}

/** Applies events of one kind that follow each other, and returns an outcome for each. */
export type ApplyEvents = Apply<Event>;

/**
 * Returns what applies the events of a kind. It is prepared when it is first asked for: there are some two thousand
 * statements in all, of which most servers need few.
 */
export function prepareKinds(db: DatabaseSync): (type: Event["type"]) => ApplyEvents {
  const prepared = new Map<Event["type"], ApplyEvents>();
  // The list says that a kind's type is its key, which TypeScript can't follow.
  return (type) => getOrMake(prepared, type, () => (KINDS[type] as Kind<Event>).prepare(db));
}
