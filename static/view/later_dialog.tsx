import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { loadLaterStyle } from "./later_style.ts";
import { type LaterDialogName, useApp } from "./context.ts";

/** The dialogs that nobody needs at once: a part of the page that is loaded when there is nothing else to do. */
type LaterDialogs = typeof import("./later_dialogs.tsx");

let loaded: LaterDialogs | undefined;

/** Loads the part. */
export async function loadDialogs(): Promise<LaterDialogs> {
  const [part] = await Promise.all([import("./later_dialogs.tsx"), loadLaterStyle()]);
  return loaded ??= part;
}

/** A dialog of the part, as soon as that is loaded. */
export function LaterDialog(
  { name, onClose }: { name: LaterDialogName; onClose: () => void },
): JSX.Element | null {
  const { settings, toast } = useApp();
  const [part, setPart] = useState(loaded);
  useEffect(() => {
    if (part) return;
    loadDialogs().then(setPart, () => {
      const { loadFailed, reload } = settings.strings.peek();
      toast.value = { text: loadFailed, action: { label: reload, run: () => location.reload() } };
      onClose();
    });
  }, []);
  return part ? <part.OpenDialog key={name} name={name} onClose={onClose} /> : null;
}
