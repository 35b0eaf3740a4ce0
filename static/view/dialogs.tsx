import type { JSX } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { type DialogName, useApp } from "./context.ts";
import { LaterDialog } from "./later_dialog.tsx";
import { Switcher } from "./switcher.tsx";

/** Those about the room that is shown, or about one of its messages: they end when another one is shown. */
const OF_ROOM: readonly (DialogName | undefined)[] = [
  ...["room", "leave", "add", "jump", "message", "emoji", "reactions", "deleteMessage"] as const,
  ...["pins", "picture", "files"] as const,
];

/** The dialog that is open, if there is one. */
export function Dialogs(): JSX.Element | null {
  const { chat, dialog } = useApp();
  const name = dialog.value;
  const { value: room } = chat.active;
  // At once, so that none is seen, or pressed, about the next room.
  useLayoutEffect(() => () => {
    if (OF_ROOM.includes(dialog.peek())) dialog.value = undefined;
  }, [room]);
  function close(): void {
    // A browser tells of the end of a dialog later, when there may be another one.
    if (dialog.peek() === name) dialog.value = undefined;
  }
  if (name === undefined) return null;
  return name === "rooms"
    ? <Switcher onClose={close} />
    : <LaterDialog name={name} onClose={close} />;
}
