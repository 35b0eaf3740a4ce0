import type { Room } from "../state/room.ts";
import { type App, useApp } from "./context.ts";
import { placeOf } from "./room_label.tsx";

/** Returns what leaves a room: at once, or after a question when messages wait to be sent there. */
export function useLeave(): (room: Room) => void {
  const app = useApp();
  return (room) => {
    if (room.isHidden || app.chat.outbox.of(room.name).length > 0) app.dialog.value = "leave";
    else leave(app, room);
  };
}

/** Leaves a room at once, and says how to come back. */
export function leave(app: App, room: Room): void {
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
