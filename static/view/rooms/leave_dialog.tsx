import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useApp, useStrings } from "../context.ts";
import { Dialog } from "../dialog.tsx";
import { leave } from "../leave.tsx";
import { usePlace } from "../room_label.tsx";
import { useWords } from "./words.ts";

/** Asks whether to leave the room that is shown, with the messages that wait to be sent there. */
export function LeaveDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const app = useApp();
  const strings = useStrings();
  const words = useWords();
  const [room] = useState(() => app.chat.active.peek());
  const waiting = app.chat.outbox.of(room.name).length;
  return (
    <Dialog title={words.leaveQuestion(usePlace(room))} onClose={onClose}>
      {room.isHidden && <p>{words.leaveHidden}</p>}
      {waiting > 0 && <p>{words.leaveWaiting(waiting)}</p>}
      <p class="actions">
        <button type="button" onClick={onClose}>{words.stay}</button>
        <button
          type="button"
          class="danger"
          onClick={() => {
            onClose();
            leave(app, room);
          }}
        >
          {waiting > 0 ? words.discardAndLeave : strings.leaveRoom}
        </button>
      </p>
    </Dialog>
  );
}
