import type { Access, Message } from "../../protocol/mod.ts";
import type { Room } from "./room.ts";
import { mayManage } from "./room_rights.ts";

/** The needs of {@linkcode rightsOf}. */
export interface RightsOptions {
  readonly room: Room;
  readonly access: Access | undefined;
  readonly isMuted: boolean;
  readonly me: string;
}

/** The changes of a message that this person may make. */
export interface MessageRights {
  readonly edit: boolean;
  readonly delete: boolean;
  readonly react: boolean;
  readonly reply: boolean;
  readonly pin: boolean;
  readonly removePreviews: boolean;
  /** Removing the reactions of others. */
  readonly clear: boolean;
}

/** Returns what this person may do with a message: slow mode counts messages alone. */
export function rightsOf(
  message: Pick<Message, "user" | "deleted">,
  options: RightsOptions,
): MessageRights {
  const { room, access, isMuted, me } = options;
  const { archived, guests, posting } = room.info.value;
  const isOwn = message.user.id === me;
  const isManager = mayManage(room, access);
  const isThere = !message.deleted;
  // Authors may delete their messages even when they may no longer write, except in an archived room.
  const mayTakeBack = isThere && (isManager || (isOwn && !archived));
  const mayWrite = isThere && !archived && !isMuted && (access?.role !== "guest" || guests) &&
    (posting !== "moderators" || isManager);
  return {
    edit: mayWrite && isOwn,
    delete: mayTakeBack,
    react: mayWrite,
    reply: mayWrite,
    pin: mayWrite && isManager,
    removePreviews: mayTakeBack,
    clear: mayWrite && isManager,
  };
}
