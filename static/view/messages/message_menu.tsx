import {
  Copy,
  Flag,
  Link,
  type LucideIcon,
  MailOpen,
  Pencil,
  Pin,
  PinOff,
  Reply,
  SmilePlus,
  Trash2,
} from "lucide-preact";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { Message } from "../../../protocol/mod.ts";
import { isFull } from "../../state/full_message.ts";
import { targetOf } from "../../state/message_actions.ts";
import { messageWords } from "../../state/message_words.ts";
import { noteEmoji, recentEmoji } from "../../state/recent_emoji.ts";
import type { Room } from "../../state/room.ts";
import { copyText } from "../clipboard.ts";
import { useApp, useStrings } from "../context.ts";
import { Dialog } from "../dialog.tsx";
import { Unlink, UsersRound } from "../later_icons.ts";
import { copyLink } from "../link.ts";
import { beginEdit, beginReply, messageRights, openAbout } from "../message_actions.tsx";
import { shownName } from "../names.ts";
import { useActing } from "./acting.ts";
import { useMessageWords } from "./words.ts";

/** All that can be done with a message: a menu at its button, or a sheet at the bottom of a phone. */
export function MessageMenu({ onClose }: { onClose: () => void }): JSX.Element | null {
  const app = useApp();
  const words = useMessageWords();
  const parts = useRef<HTMLDivElement>(null);
  const about = useActing();
  if (!about?.room) return null;
  const { message, room, at } = about;
  /** Does something when this dialog is gone, and the focus is back. */
  function then(run: () => void): void {
    onClose();
    setTimeout(run);
  }
  /** Moves among the entries, and among the emoji above them. */
  function onKeyDown(event: KeyboardEvent): void {
    const isAcross = event.key === "ArrowLeft" || event.key === "ArrowRight";
    const selector = isAcross ? ".quick-reactions button" : ".entries button";
    const all = [...parts.current?.querySelectorAll<HTMLButtonElement>(selector) ?? []];
    const at = all.findIndex((entry) => entry === document.activeElement);
    const next = event.key === "ArrowDown" || event.key === "ArrowRight"
      ? all[(at + 1) % all.length]
      : event.key === "ArrowUp" || event.key === "ArrowLeft"
      ? all.at(at < 1 ? -1 : at - 1)
      : undefined;
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
  return (
    <Dialog
      class="message-menu"
      label={words.messageOf(shownName(app, message.user))}
      at={at}
      onClose={onClose}
    >
      <div class="menu-parts" ref={parts} onKeyDown={onKeyDown}>
        <QuickReactions room={room} message={message} then={then} />
        <Entries room={room} message={message} then={then} />
      </div>
    </Dialog>
  );
}

interface PartProps {
  readonly room: Room;
  readonly message: Message;
  readonly then: (run: () => void) => void;
}

function QuickReactions({ room, message, then }: PartProps): JSX.Element | null {
  const app = useApp();
  const { chat } = app;
  const strings = useStrings();
  const { reactions = [] } = message;
  if (
    message.seq === 0 || isFull(chat, message) !== false || !messageRights(app, room, message).react
  ) {
    return null;
  }
  return (
    <div class="quick-reactions" role="group" aria-label={strings.react}>
      {recentEmoji(chat.store).map((emoji) => {
        const reaction = reactions.find((each) => each.emoji === emoji);
        const isOn = reaction !== undefined && chat.actions.hasReacted(message, reaction);
        return (
          <button
            key={emoji}
            type="button"
            class="icon"
            aria-label={emoji}
            aria-pressed={isOn}
            onClick={() =>
              then(() => {
                noteEmoji(chat.store, emoji);
                chat.actions.react(targetOf(message), emoji, !isOn);
              })}
          >
            <span aria-hidden="true">{emoji}</span>
          </button>
        );
      })}
      <button
        type="button"
        class="icon"
        aria-label={strings.addReaction}
        title={strings.addReaction}
        aria-haspopup="dialog"
        onClick={() => {
          const at = app.acting.peek()?.at;
          then(() => {
            openAbout(app, "emoji", message);
            app.acting.value = { message, at };
          });
        }}
      >
        <SmilePlus aria-hidden="true" />
      </button>
    </div>
  );
}

/** An entry of the menu. */
interface Entry {
  readonly label: string;
  readonly icon: LucideIcon;
  readonly isDangerous?: boolean;
  readonly run: () => void;
}

function Entries({ room, message, then }: PartProps): JSX.Element {
  const entries = useEntries(room, message);
  return (
    <div class="entries">
      {entries.map(({ label, icon: Icon, isDangerous, run }) => (
        <button
          key={label}
          type="button"
          class={isDangerous ? "dangerous" : ""}
          onClick={() => then(run)}
        >
          <Icon aria-hidden="true" />
          {label}
        </button>
      ))}
    </div>
  );
}

function useEntries(room: Room, message: Message): readonly Entry[] {
  const app = useApp();
  const { chat, dialog, reporting, spoken, toast } = app;
  const strings = useStrings();
  const words = useMessageWords();
  const { seq, text, user, pinned = false } = message;
  const rights = messageRights(app, room, message);
  const isStored = seq > 0;
  const isThere = isStored && !message.deleted;
  const isOwn = user.id === chat.me.value?.id;
  const entries: (Entry | false)[] = [
    isStored && rights.reply && {
      label: strings.reply,
      icon: Reply,
      run: () => beginReply(app, room, message),
    },
    rights.edit && {
      label: strings.edit,
      icon: Pencil,
      run: () => beginEdit(app, room, message),
    },
    !message.deleted && text !== "" && {
      label: words.copyText,
      icon: Copy,
      run: () =>
        void copyText(text).then((isCopied) => {
          if (isCopied) toast.value = { text: words.textCopied };
        }),
    },
    isStored && {
      label: strings.copyMessageLink,
      icon: Link,
      run: () => void copyLink(app, room, seq),
    },
    isThere && rights.removePreviews && message.previews !== undefined && {
      label: strings.removePreviews,
      icon: Unlink,
      run: () =>
        void chat.requests.ask({ type: "remove_previews", room: message.room, seq: message.seq }),
    },
    isThere && rights.pin && {
      label: pinned ? words.unpin : words.pin,
      icon: pinned ? PinOff : Pin,
      run: () => chat.actions.pin(targetOf(message), !pinned),
    },
    (message.reactions?.length ?? 0) > 0 && {
      label: words.whoReacted,
      icon: UsersRound,
      run: () => openAbout(app, "reactions", message),
    },
    // The server keeps no marker for a guest.
    isStored && !isOwn && room.role.value !== undefined && {
      label: words.unreadFromHere,
      icon: MailOpen,
      run: () => {
        chat.markUnread(room, seq);
        spoken.value = words.markedUnread;
      },
    },
    isThere && !isOwn && {
      label: words.reportMessage,
      icon: Flag,
      run: () => {
        const said = text || messageWords(message, strings);
        reporting.value = { user, message: { room: room.name, seq, text: said } };
        dialog.value = "report";
      },
    },
    rights.delete && {
      label: strings.delete,
      icon: Trash2,
      isDangerous: true,
      run: () => openAbout(app, "deleteMessage", message),
    },
  ];
  return entries.filter((entry) => entry !== false);
}
