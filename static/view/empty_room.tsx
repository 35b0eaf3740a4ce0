import { Link, Search, UserPlus } from "lucide-preact";
import type { JSX } from "preact";
import type { Room } from "../state/room.ts";
import { mayManage } from "../state/room_rights.ts";
import { useApp, useStrings } from "./context.ts";
import { copyLink } from "./link.ts";
import { useBeginning } from "./room_label.tsx";

/** First steps in a room where nothing was said yet. */
export function EmptyRoom({ room }: { room: Room }): JSX.Element {
  const app = useApp();
  const strings = useStrings();
  return (
    <div class="empty">
      <p class="title">{useBeginning(room)}</p>
      {!room.isHidden && <p>{strings.emptyRoomHint}</p>}
      <p class="actions">
        {!room.isHidden && (
          <button type="button" onClick={() => void copyLink(app, room)}>
            <Link aria-hidden="true" />
            {strings.copyLink}
          </button>
        )}
        {!room.isHidden && (
          <button type="button" onClick={() => app.dialog.value = "directory"}>
            <Search aria-hidden="true" />
            {strings.browseRooms}
          </button>
        )}
        {room.info.value.kind === "private" && mayManage(room, app.chat.access.current.value) && (
          <button type="button" onClick={() => app.dialog.value = "add"}>
            <UserPlus aria-hidden="true" />
            {strings.addPeople}
          </button>
        )}
      </p>
    </div>
  );
}
