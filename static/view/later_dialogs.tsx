import "./shared.ts";
import type { JSX } from "preact";
import type { LaterDialogName } from "./context.ts";
import { RoomFilesDialog } from "./files/room_files.tsx";
import { PictureDialog } from "./files/viewer.tsx";
import { DeleteMessageDialog } from "./messages/delete_message.tsx";
import { EmojiDialog } from "./messages/emoji_picker.tsx";
import { MessageMenu } from "./messages/message_menu.tsx";
import { PinsDialog } from "./messages/pins.tsx";
import { ReactionsDialog } from "./messages/who_reacted.tsx";
import { AddPeopleDialog } from "./rooms/add_people.tsx";
import { DirectoryDialog } from "./rooms/directory.tsx";
import { InboxDialog } from "./rooms/inbox.tsx";
import { JumpDialog } from "./rooms/jump.tsx";
import { LeaveDialog } from "./rooms/leave_dialog.tsx";
import { NewDirectDialog } from "./rooms/new_direct.tsx";
import { NewRoomDialog } from "./rooms/new_room.tsx";
import { PersonDialog } from "./rooms/person.tsx";
import { ReportDialog } from "./rooms/report.tsx";
import { ReportsDialog } from "./rooms/reports.tsx";
import { RoomSettingsDialog } from "./rooms/room_settings.tsx";
import { SearchDialog } from "./search.tsx";
import { SettingsDialog } from "./settings_dialog.tsx";
import { ShortcutsDialog } from "./shortcuts_dialog.tsx";
import { UnsentDialog } from "./rooms/unsent.tsx";

export { tellRefused } from "./messages/refused_action.ts";
export { tellGone } from "./rooms/gone.ts";
export { UnknownRoom } from "./unknown_room.tsx";

/** The dialog that is open: one of those that are loaded after the first view of the page. */
export function OpenDialog(
  { name, onClose }: { name: LaterDialogName; onClose: () => void },
): JSX.Element {
  switch (name) {
    case "settings":
      return <SettingsDialog onClose={onClose} />;
    case "shortcuts":
      return <ShortcutsDialog onClose={onClose} />;
    case "room":
      return <RoomSettingsDialog onClose={onClose} />;
    case "add":
      return <AddPeopleDialog onClose={onClose} />;
    case "newRoom":
      return <NewRoomDialog onClose={onClose} />;
    case "newDirect":
      return <NewDirectDialog onClose={onClose} />;
    case "directory":
      return <DirectoryDialog onClose={onClose} />;
    case "person":
      return <PersonDialog onClose={onClose} />;
    case "inbox":
      return <InboxDialog onClose={onClose} />;
    case "leave":
      return <LeaveDialog onClose={onClose} />;
    case "jump":
      return <JumpDialog onClose={onClose} />;
    case "report":
      return <ReportDialog onClose={onClose} />;
    case "reports":
      return <ReportsDialog onClose={onClose} />;
    case "search":
      return <SearchDialog onClose={onClose} />;
    case "unsent":
      return <UnsentDialog onClose={onClose} />;
    case "message":
      return <MessageMenu onClose={onClose} />;
    case "emoji":
      return <EmojiDialog onClose={onClose} />;
    case "reactions":
      return <ReactionsDialog onClose={onClose} />;
    case "deleteMessage":
      return <DeleteMessageDialog onClose={onClose} />;
    case "pins":
      return <PinsDialog onClose={onClose} />;
    case "picture":
      return <PictureDialog onClose={onClose} />;
    case "files":
      return <RoomFilesDialog onClose={onClose} />;
  }
}
