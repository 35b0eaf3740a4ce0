import { Lock, MessageCircle } from "lucide-preact";
import type { JSX } from "preact";
import type { Room } from "../state/room.ts";
import { roomName, roomPlace } from "../state/room_name.ts";
import type { User } from "../../protocol/mod.ts";
import { type App, useApp, useStrings } from "./context.ts";
import { shownName } from "./names.ts";

/** The name of a room as people read it. */
export function nameOfRoom(app: App, room: Room): string {
  const { notes } = app.settings.strings.value;
  const nameOf = (user: User): string => shownName(app, user);
  return roomName(room, { me: app.chat.me.value, nameOf, notes });
}

/** The same as it stands in sentences: with a `#` before an address. */
export function placeOf(app: Pick<App, "chat" | "settings">, room: Room): string {
  const { notes } = app.settings.strings.value;
  const nameOf = (user: User): string => shownName(app, user);
  return roomPlace(room, { me: app.chat.me.value, nameOf, notes });
}

/** The name of a room, for what draws itself again when that changes. */
export function useRoomName(room: Room): string {
  return nameOfRoom(useApp(), room);
}

/** The same as it stands in sentences. */
export function usePlace(room: Room): string {
  return placeOf(useApp(), room);
}

/** The words at the beginning of a room. */
export function useBeginning(room: Room): string {
  const { chat } = useApp();
  const strings = useStrings();
  const place = usePlace(room);
  const isAlone = room.people.value.every(({ id }) => id === chat.me.value?.id);
  return room.info.value.kind === "direct" && !isAlone
    ? strings.beginningDirect(place)
    : strings.beginning(place);
}

/** The sign of a room's kind. Others than the usual one have a name. */
export function RoomSign({ room }: { room: Room }): JSX.Element {
  const strings = useStrings();
  if (room.info.value.kind === "direct") {
    return <MessageCircle class="room-sign" aria-hidden="true" />;
  }
  if (!room.isHidden) return <span class="hash" aria-hidden="true">#</span>;
  return (
    <span class="room-sign" role="img" aria-label={strings.privateRoom} title={strings.privateRoom}>
      <Lock aria-hidden="true" />
    </span>
  );
}
