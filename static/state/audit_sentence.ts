import type { AuditRecord, ChatSettings } from "../../protocol/mod.ts";
import { ENTRIES, ROOM_CREATORS } from "../../protocol/settings.ts";

/** The kind of sentence that describes a record of the audit log, without the names. */
export type AuditSentence =
  | {
    readonly kind:
      | "madeAdmin"
      | "madeMember"
      | "muted"
      | "unmuted"
      | "unbanned"
      | "bannedNetwork"
      | "unbannedNetwork"
      | "endedSessions"
      | "rotatedKeys"
      | "claimed"
      | "madeReset"
      | "reset"
      | "invited"
      | "deletedOwnAccount"
      | "revoked"
      | "actedOnReport"
      | "dismissedReport"
      | "openedReport"
      | "removedAbout"
      | "deletedMessage"
      | "clearedReactions";
  }
  | { readonly kind: "deletedAccount"; readonly name: string }
  /** `names`: the former name and the new one. */
  | { readonly kind: "renamed"; readonly names: string }
  /** `until` in ms since 1970. */
  | { readonly kind: "mutedUntil"; readonly until: number }
  | { readonly kind: "banned"; readonly reason: string }
  | { readonly kind: "name" | "welcome"; readonly text: string }
  | { readonly kind: "createRooms"; readonly creators: ChatSettings["createRooms"] }
  | { readonly kind: "entry"; readonly entry: ChatSettings["entry"] }
  | { readonly kind: "guests" | "previews"; readonly may: "true" | "false" }
  | { readonly kind: "keepDays"; readonly days: number }
  /** `rooms`: their addresses. */
  | { readonly kind: "defaultRooms"; readonly rooms: readonly string[] }
  /** `room`: the address. */
  | {
    readonly kind:
      | "roomEntered"
      | "roomMadePrivate"
      | "roomDeleted"
      | "deletedMessageIn"
      | "clearedReactionsIn";
    readonly room: string;
  }
  /** `room`: the address, if the log names it; `more`: it continued. */
  | {
    readonly kind: "removedMessages";
    readonly count: number;
    readonly more: boolean;
    readonly room?: string;
  }
  /** `change`: the setting and its value. */
  | { readonly kind: "roomChanged"; readonly room: string; readonly change: string }
  | { readonly kind: "pictures"; readonly action: "icon" | "remove_icon" | "remove_picture" }
  /** A setting that this page does not know: `detail` names it and its value. */
  | { readonly kind: "changedSetting"; readonly detail: string }
  /** Something that this page does not know. */
  | { readonly kind: "other"; readonly action: string; readonly detail: string };

/** Reads a record of the audit log. */
export function auditSentence({ action, at, detail = "" }: AuditRecord): AuditSentence {
  switch (action) {
    case "role":
      return { kind: detail === "admin" ? "madeAdmin" : "madeMember" };
    case "mute": {
      const seconds = Number(detail);
      if (!Number.isFinite(seconds)) return { kind: "muted" };
      if (seconds === 0) return { kind: "unmuted" };
      return { kind: "mutedUntil", until: at + seconds * 1000 };
    }
    case "ban":
      return { kind: "banned", reason: detail };
    case "unban":
      return { kind: "unbanned" };
    case "ban_network":
      return { kind: "bannedNetwork" };
    case "unban_network":
      return { kind: "unbannedNetwork" };
    case "end_sessions":
      return { kind: "endedSessions" };
    case "rotate_keys":
      return { kind: "rotatedKeys" };
    case "claim":
      return { kind: "claimed" };
    case "reset_link":
      return { kind: "madeReset" };
    case "secret_reset":
      return { kind: "reset" };
    case "invite":
      return { kind: "invited" };
    case "close_report":
      return { kind: detail === "acted" ? "actedOnReport" : "dismissedReport" };
    case "open_report":
      return { kind: "openedReport" };
    case "remove_about":
      return { kind: "removedAbout" };
    case "revoke":
      return { kind: "revoked" };
    case "delete_account":
      return detail === ""
        ? { kind: "deletedOwnAccount" }
        : { kind: "deletedAccount", name: detail };
    case "rename":
      return { kind: "renamed", names: detail };
    case "set":
      return settingSentence(detail);
    case "icon":
    case "remove_icon":
    case "remove_picture":
      return { kind: "pictures", action };
    case "add":
      return { kind: "roomEntered", room: detail };
    case "make_private":
      return { kind: "roomMadePrivate", room: detail };
    case "delete_room":
      return { kind: "roomDeleted", room: detail };
    case "delete_message":
      // The log does not name a private room.
      return detail === ""
        ? { kind: "deletedMessage" }
        : { kind: "deletedMessageIn", room: detail };
    case "clear_reactions":
      return detail === ""
        ? { kind: "clearedReactions" }
        : { kind: "clearedReactionsIn", room: detail };
    case "remove_messages": {
      const [, count = "0", more = "", room] = /^(\d+)(\+?)(?: (\S+))?$/.exec(detail) ?? [];
      return {
        ...{ kind: "removedMessages", count: Number(count), more: more !== "" },
        ...(room !== undefined && { room }),
      };
    }
    case "set_room": {
      const [, room = "", change = ""] = /^(\S*) ?([^]*)$/.exec(detail) ?? [];
      return { kind: "roomChanged", room, change };
    }
    default:
      return { kind: "other", action, detail };
  }
}

/** Reads `setting: value`. */
function settingSentence(detail: string): AuditSentence {
  const [, setting, value = ""] = /^(\w+): ([^]*)$/.exec(detail) ?? [];
  const creators = ROOM_CREATORS.find((each) => each === value);
  if (setting === "name" || setting === "welcome") return { kind: setting, text: value };
  if (setting === "createRooms" && creators) return { kind: "createRooms", creators };
  const entry = ENTRIES.find((each) => each === value);
  if (setting === "entry" && entry) return { kind: "entry", entry };
  if (setting === "guests" || setting === "previews") {
    return { kind: setting, may: value === "true" ? "true" : "false" };
  }
  if (setting === "keepDays" && /^\d+$/.test(value)) {
    return { kind: setting, days: Number(value) };
  }
  if (setting === "defaultRooms") {
    return { kind: "defaultRooms", rooms: value === "" ? [] : value.split(",") };
  }
  return { kind: "changedSetting", detail };
}
