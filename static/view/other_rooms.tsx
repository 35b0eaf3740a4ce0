import { Compass } from "lucide-preact";
import type { JSX } from "preact";
import { useApp, useStrings } from "./context.ts";

/** Leads to the rooms that this person is not in, as far as the server has listed them. */
export function OtherRooms({ class: look }: { class: string }): JSX.Element | null {
  const { chat, dialog } = useApp();
  const strings = useStrings();
  const others = (chat.info.directory.value ?? []).filter(({ room }) => !chat.room(room));
  if (others.length === 0) return null;
  return (
    <button type="button" class={look} onClick={() => dialog.value = "directory"}>
      <Compass aria-hidden="true" />
      {strings.moreRooms(others.length)}
    </button>
  );
}
