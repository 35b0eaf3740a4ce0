import type { JSX } from "preact";
import { replaceShortcodes } from "../../emoji.ts";
import { targetOf } from "../../state/message_actions.ts";
import { messageWords } from "../../state/message_words.ts";
import { useApp, useStrings } from "../context.ts";
import { Dialog } from "../dialog.tsx";
import { useActing } from "./acting.ts";
import { useMessageWords } from "./words.ts";

/** Asks for confirmation before a message is deleted. */
export function DeleteMessageDialog({ onClose }: { onClose: () => void }): JSX.Element | null {
  const { chat } = useApp();
  const strings = useStrings();
  const words = useMessageWords();
  const about = useActing(onClose);
  if (!about) return null;
  const { message, room } = about;
  return (
    <Dialog title={words.deleteQuestion} onClose={onClose}>
      <blockquote class="reported-text" dir="auto" tabIndex={0}>
        {replaceShortcodes(message.text) || messageWords(message, strings)}
      </blockquote>
      <p class="hint">{message.seq === 0 ? words.deleteWaitingHint : words.deleteHint}</p>
      <p class="actions">
        <button type="button" onClick={onClose}>{words.cancel}</button>
        <button
          type="button"
          class="danger"
          autofocus
          onClick={() => {
            if (room?.editing.peek()?.message.id === message.id) room.editing.value = undefined;
            if (room?.replyTo.peek()?.seq === message.seq) room.replyTo.value = undefined;
            chat.actions.delete(targetOf(message));
            onClose();
          }}
        >
          {strings.delete}
        </button>
      </p>
    </Dialog>
  );
}
