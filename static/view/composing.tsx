import { Pencil, Reply, X } from "lucide-preact";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { messageWords } from "../state/message_words.ts";
import type { Room } from "../state/room.ts";
import { useApp, useStrings } from "./context.ts";
import { IconButton } from "./icon_button.tsx";
import { shownName } from "./names.ts";

/** The message that is being answered or changed, above the message box. */
export function Composing(
  { room, onCancel }: { room: Room; onCancel: () => void },
): JSX.Element | null {
  const app = useApp();
  const strings = useStrings();
  const editing = room.editing.value;
  const begun = editing?.message ?? room.replyTo.value;
  const seq = begun?.seq ?? 0;
  // Read, so that it is drawn again when the message changes.
  room.revision.value;
  const now = seq > 0 ? room.quotedAt(seq) : undefined;
  const about = now ?? begun;
  useEffect(() => {
    if (seq > 0 && !now) app.chat.places.loadQuote(room, seq);
    // Its text is kept with the draft.
    if (now?.deleted && !editing) room.replyTo.value = now;
  }, [seq, now?.seq, now?.deleted]);
  if (about === undefined) return null;
  const Icon = editing ? Pencil : Reply;
  return (
    <div class="composing" id="composing">
      <Icon aria-hidden="true" />
      <span class="composing-about">
        {editing ? strings.editingMessage : strings.replyingTo(shownName(app, about.user))}
      </span>
      <bdi class="composing-text">
        {about.deleted ? strings.deletedMessage : messageWords(about, strings)}
      </bdi>
      <IconButton label={editing ? strings.cancelEdit : strings.cancelReply} onClick={onCancel}>
        <X aria-hidden="true" />
      </IconButton>
    </div>
  );
}
