import { useEffect, useState } from "preact/hooks";
import type { Message } from "../../../protocol/mod.ts";
import type { Room } from "../../state/room.ts";
import { useApp } from "../context.ts";

/** The message that a dialog is about, as it is now. */
export interface ActedMessage {
  readonly message: Message;
  readonly room: Room | undefined;
  /** The position of the button that opened the dialog. */
  readonly at: DOMRect | undefined;
}

/**
 * Returns the message that a dialog was opened about, in its present state; undefined if there is none.
 *
 * @param onDeleted called if it is deleted
 */
export function useActing(onDeleted?: () => void): ActedMessage | undefined {
  const { acting, chat } = useApp();
  const [opened] = useState(() => acting.peek());
  const room = opened && chat.room(opened.message.room);
  // Read, so that the dialog is drawn again when messages change.
  room?.revision.value;
  const here = room?.messageAt(opened?.message.seq ?? 0);
  const message = here ? chat.actions.shown(here).message : opened?.message;
  const isDeleted = message?.deleted !== undefined;
  useEffect(() => {
    if (isDeleted) onDeleted?.();
  }, [isDeleted]);
  return message && { message, room, at: opened?.at };
}
