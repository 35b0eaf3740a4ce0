import type { MessageLog } from "./message_log.ts";
import type { OpenRooms } from "./open_rooms.ts";
import type { HubPermissions, Mute } from "./permissions.ts";
import { type Subscriber } from "./room.ts";
import type { ActionCommand, ErrorLine } from "../protocol/mod.ts";

/** The parts of an {@linkcode ActionJudge}. */
export interface ActionJudgeOptions {
  readonly log: Pick<MessageLog, "roomCount">;
  readonly permissions: Pick<HubPermissions, "muteOf" | "now">;
  readonly rooms: Pick<OpenRooms, "make">;
}

/**
 * Judges commands by what only the hub knows: the people that a client also is, and the network that it comes from. What
 * depends on the person alone is decided at the command's place in the log.
 */
export class ActionJudge {
  readonly #options: ActionJudgeOptions;

  constructor(options: ActionJudgeOptions) {
    this.#options = options;
  }

  /** Returns the error for a command that a client may not give. */
  judge(client: Subscriber, command: ActionCommand): ErrorLine | undefined {
    const mute = isWriting(command) ? this.#muteOf(client) : undefined;
    return mute && { type: "error", code: "muted", message: MUTED, ...refOf(command), ...mute };
  }

  /** Charges a client for a command that it gives now. Returns the error if it may have no more. */
  charge(client: Subscriber, command: ActionCommand): ErrorLine | undefined {
    if (command.type !== "create") return undefined;
    const { log, rooms } = this.#options;
    if (rooms.make(client, command.id, log.roomCount, performance.now())) return undefined;
    return { type: "error", code: "too_many", message: TOO_MANY, ...refOf(command) };
  }

  #muteOf({ user, aliases = [] }: Subscriber): Mute | undefined {
    const { permissions } = this.#options;
    for (const person of [user.id, ...aliases]) {
      const mute = permissions.muteOf(person, permissions.now());
      if (mute !== undefined) return mute;
    }
  }
}

function refOf({ id }: ActionCommand): { readonly ref?: string } {
  return id === undefined ? {} : { ref: id };
}

/** Returns whether a command has a text or a picture that others see. Each one is in the list, so that none is forgotten. */
function isWriting(command: ActionCommand): boolean {
  switch (command.type) {
    case "create":
    case "edit":
    case "react":
    case "clear_reactions":
    case "pin":
      return true;
    case "set":
      return command.setting === "name" || command.setting === "welcome";
    case "set_room":
      return command.setting === "title" || command.setting === "topic";
    case "icon":
    case "picture":
      return command.data !== undefined;
    case "about":
      return command.text !== "";
    case "remove":
      return command.reason !== undefined;
    // A report goes to those in charge, who keep order whether they are muted or not.
    case "report":
    case "reports":
    case "open_report":
    case "close_report":
    case "audit":
    case "ban":
    case "bans":
    case "delete_account":
    case "end_sessions":
    case "invite":
    case "invites":
    case "mute":
    case "people":
    case "remove_messages":
    case "rename":
    case "reset_link":
    case "revoke":
    case "role":
    case "unban":
    case "unban_network":
    // These change a room, and say nothing in it.
    case "add":
    case "delete":
    case "delete_room":
    case "direct":
    case "make_private":
    case "moderator":
    case "remove_previews":
    // These are the person's own.
    case "accept":
    case "all_read":
    case "do_not_disturb":
    case "end_other_sessions":
    case "end_session":
    case "ignore":
    case "level":
    case "order":
    case "read":
    case "sessions":
    // These only ask.
    case "changes":
    case "directory":
    case "files":
    case "inbox":
    case "members":
    case "pictures":
    case "pins":
    case "profile":
    case "reactions":
    case "search":
      return false;
  }
}

const MUTED = "Cannot do that: you are muted";
const TOO_MANY = "Cannot create a room: there are too many new rooms, or you have created too many";
