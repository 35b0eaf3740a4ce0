import type { JSX } from "preact";
import type { Room } from "../state/room.ts";
import { type App, useApp, useStrings } from "./context.ts";
import { Dialog } from "./dialog.tsx";
import { placeOf, usePlace } from "./room_label.tsx";

/** Returns what leaves a room: at once, or after a question when messages wait to be sent there. */
export function useLeave(): (room: Room) => void {
  const app = useApp();
  return (room) => {
    if (room.isHidden || app.chat.outbox.of(room.name).length > 0) app.dialog.value = "leave";
    else leave(app, room);
  };
}

function leave(app: App, room: Room): void {
  const { chat, toast, settings, focusComposer } = app;
  const { leftRoom, undo } = settings.strings.peek();
  const text = leftRoom(placeOf(app, room));
  const restore = chat.leave(room);
  toast.value = {
    text,
    room: room.name,
    // Nobody comes back to a private room without being added.
    ...(!room.isHidden && { action: { label: undo, run: restore } }),
  };
  focusComposer();
}

/** Asks whether to leave the room that is shown, with the messages that wait to be sent there. */
export function LeaveDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const app = useApp();
  const strings = useStrings();
  const room = app.chat.active.value;
  const waiting = app.chat.outbox.of(room.name).length;
  return (
    <Dialog title={strings.leaveQuestion(usePlace(room))} onClose={onClose}>
      {room.isHidden && <p>{strings.leaveHidden}</p>}
      {waiting > 0 && <p>{strings.leaveWaiting(waiting)}</p>}
      <p class="actions">
        <button type="button" onClick={onClose}>{strings.stay}</button>
        <button
          type="button"
          class="danger"
          onClick={() => {
            onClose();
            leave(app, room);
          }}
        >
          {waiting > 0 ? strings.discardAndLeave : strings.leaveRoom}
        </button>
      </p>
    </Dialog>
  );
}
