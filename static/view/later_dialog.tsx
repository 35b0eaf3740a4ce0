import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Room } from "../state/room.ts";
import { loadLaterStyle } from "./later_style.ts";
import { type LaterDialogName, useApp } from "./context.ts";
import { LoadFailed, tellLoadFailed, useLoaded } from "./lazy.tsx";

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
  const app = useApp();
  const [part, setPart] = useState(loaded);
  useEffect(() => {
    if (part) return;
    loadDialogs().then(setPart, () => {
      tellLoadFailed(app);
      onClose();
    });
  }, []);
  return part ? <part.OpenDialog key={name} name={name} onClose={onClose} /> : null;
}

/** Stands in the place of a room that may not exist, as soon as the part is loaded. */
export function UnknownPlace({ room }: { room: Room }): JSX.Element {
  const part = useLoaded(loadDialogs);
  if (part === "failed") return <LoadFailed />;
  return part ? <part.UnknownRoom room={room} /> : <div class="admin" aria-busy="true"></div>;
}
