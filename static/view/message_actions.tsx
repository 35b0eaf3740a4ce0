import { Ellipsis, Link, Pencil, Reply, SmilePlus, Trash2 } from "lucide-preact";
import type { JSX } from "preact";
import type { Row } from "../state/rows.ts";
import type { Message } from "../../protocol/mod.ts";
import { type MessageRights, rightsOf } from "../state/message_rights.ts";
import type { Room } from "../state/room.ts";
import { type App, useApp, useStrings } from "./context.ts";
import { IconButton } from "./icon_button.tsx";
import { copyLink } from "./link.ts";

/** Returns what this person may do with a message of a room. */
export function messageRights({ chat }: App, room: Room, message: Message): MessageRights {
  return rightsOf(message, {
    room,
    access: chat.access.current.value,
    isMuted: chat.access.mutedUntil.value !== undefined,
    me: chat.me.value?.id ?? "",
  });
}

/** Begins to answer a message. */
export function beginReply({ focusComposer }: App, room: Room, message: Message): void {
  room.editing.value = undefined;
  room.replyTo.value = message;
  focusComposer();
}

/** Begins to change the text of a message. */
export function beginEdit({ focusComposer }: App, room: Room, message: Message): void {
  room.editing.value = { message, text: message.text };
  // The box is another one then.
  queueMicrotask(focusComposer);
}

/** Opens one of the dialogs about a message. */
export function openAbout(
  { acting, dialog }: App,
  name: "message" | "emoji" | "reactions" | "deleteMessage",
  message: Message,
  element?: Element,
): void {
  acting.value = { message, at: element?.getBoundingClientRect() };
  dialog.value = name;
}

/** The toolbar of a message; by keyboard from the log, see `log.tsx`. */
export function MessageActions({ row }: { row: Row }): JSX.Element | null {
  const app = useApp();
  const { chat } = app;
  const strings = useStrings();
  const { message, seq, pending } = row;
  const room = chat.active.value;
  const rights = messageRights(app, room, message);
  // A refused message has buttons of its own.
  if (pending?.failed !== undefined || (seq === undefined && !rights.delete)) return null;
  return (
    <div class="message-actions-frame">
      <div class="message-actions" role="toolbar" aria-label={strings.messageActions}>
        {seq !== undefined && rights.react && (
          <IconButton
            label={strings.react}
            aria-haspopup="dialog"
            tabIndex={-1}
            onClick={({ currentTarget }) => openAbout(app, "emoji", message, currentTarget)}
          >
            <SmilePlus aria-hidden="true" />
          </IconButton>
        )}
        {seq !== undefined && rights.reply && (
          <IconButton
            label={strings.reply}
            tabIndex={-1}
            onClick={() => beginReply(app, room, message)}
          >
            <Reply aria-hidden="true" />
          </IconButton>
        )}
        {rights.edit && (
          <IconButton
            label={strings.edit}
            tabIndex={-1}
            onClick={() => beginEdit(app, room, message)}
          >
            <Pencil aria-hidden="true" />
          </IconButton>
        )}
        {rights.delete && (
          <IconButton
            label={strings.delete}
            aria-haspopup="dialog"
            tabIndex={-1}
            onClick={() => openAbout(app, "deleteMessage", message)}
          >
            <Trash2 aria-hidden="true" />
          </IconButton>
        )}
        {seq !== undefined && (
          <IconButton
            label={strings.copyMessageLink}
            tabIndex={-1}
            onClick={() => void copyLink(app, room, seq)}
          >
            <Link aria-hidden="true" />
          </IconButton>
        )}
        <IconButton
          class="more"
          label={strings.moreActions}
          aria-haspopup="dialog"
          tabIndex={-1}
          onClick={({ currentTarget }) => openAbout(app, "message", message, currentTarget)}
        >
          <Ellipsis aria-hidden="true" />
        </IconButton>
      </div>
    </div>
  );
}
