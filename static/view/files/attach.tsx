import { Paperclip } from "lucide-preact";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { Room } from "../../state/room.ts";
import { useApp, useStrings } from "../context.ts";
import { IconButton } from "../icon_button.tsx";
import { addFiles } from "./adding.ts";

/** Opens the choice of files; on phones, the system offers the camera and the gallery, too. */
export function AttachButton({ isDisabled }: { isDisabled: boolean }): JSX.Element {
  const app = useApp();
  const strings = useStrings();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton
        class="attach"
        label={strings.attachFiles}
        disabled={isDisabled}
        onClick={() => input.current?.click()}
      >
        <Paperclip aria-hidden="true" />
      </IconButton>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        onChange={({ currentTarget }) => {
          addFiles(app, [...currentTarget.files ?? []]);
          // So that the same file can be chosen again.
          currentTarget.value = "";
        }}
      />
    </>
  );
}

/** The files that will be sent with the next message, above the message box, once the part about files is loaded. */
export function TrayPlace({ room }: { room: Room }): JSX.Element | null {
  const { chat, filesPart: { value: part } } = useApp();
  return part && chat.files.inTray(room.name).length > 0 ? <part.Tray room={room} /> : null;
}

/** Lies over the window while files are dragged there. */
export function DropPlace(): JSX.Element | null {
  const { filesPart: { value: part } } = useApp();
  return part ? <part.DropZone /> : null;
}
