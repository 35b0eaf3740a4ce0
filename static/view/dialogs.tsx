import type { JSX } from "preact";
import { useApp } from "./context.ts";
import { LaterDialog } from "./later_dialog.tsx";
import { LeaveDialog } from "./leave.tsx";
import { Switcher } from "./switcher.tsx";

/** The dialog that is open, if there is one. */
export function Dialogs(): JSX.Element | null {
  const { dialog } = useApp();
  const name = dialog.value;
  function close(): void {
    // A browser tells of the end of a dialog later, when there may be another one.
    if (dialog.peek() === name) dialog.value = undefined;
  }
  switch (name) {
    case "rooms":
      return <Switcher onClose={close} />;
    case "leave":
      return <LeaveDialog onClose={close} />;
    case undefined:
      return null;
    default:
      return <LaterDialog name={name} onClose={close} />;
  }
}
