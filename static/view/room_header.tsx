import { Menu as MenuIcon, Pencil, Search, Users } from "lucide-preact";
import type { JSX } from "preact";
import type { Room } from "../state/room.ts";
import { useApp, useStrings } from "./context.ts";
import { IconButton } from "./icon_button.tsx";
import { RoomSign, usePlace, useRoomName } from "./room_label.tsx";
import { RoomMenu } from "./room_menu.tsx";

/** The name and the topic of the room that is shown, and what can be done with it. */
export function RoomHeader(
  { room, withPeople, narrow }: { room: Room; withPeople: boolean; narrow: boolean },
): JSX.Element {
  const { chat, dialog, drawer, peopleDrawer, settings } = useApp();
  const strings = useStrings();
  const place = usePlace(room);
  const name = useRoomName(room);
  const elsewhere = Math.max(0, chat.unread.value - room.unread.value);
  const drafts =
    chat.rooms.value.filter((each) => each !== room && chat.drafts.rooms.value.has(each.name))
      .length;
  const mentioned = chat.rooms.value.some((each) => each !== room && each.mentions.value > 0);
  const { archived, kind, title, topic } = room.info.value;
  // A title is any text; the address is what links and commands name.
  const address = kind === "public" && title !== "" ? `#${room.name}` : "";
  const about = [address, archived ? strings.archived : "", topic].filter(Boolean).join(" · ");
  return (
    <header class="room-header">
      <IconButton
        class="drawer-only"
        label={[
          strings.openRooms,
          ...elsewhere > 0 ? [strings.unreadIn(elsewhere)] : [],
          ...drafts > 0 ? [strings.draftsIn(drafts)] : [],
        ].join(", ")}
        aria-expanded={drawer.value}
        onClick={() => drawer.value = true}
      >
        <MenuIcon aria-hidden="true" />
        {elsewhere > 0
          ? <span class={`dot ${mentioned ? "solid" : ""}`}></span>
          : drafts > 0 && <Pencil class="draft-mark" aria-hidden="true" />}
      </IconButton>
      <div class="room-title">
        <h1 title={place} tabIndex={-1}>
          <RoomSign room={room} />
          <bdi>{name}</bdi>
        </h1>
        {about !== "" && <p class="topic" title={about} dir="auto">{about}</p>}
      </div>
      {!chat.visiting.value && (
        <>
          <IconButton label={strings.search} onClick={() => dialog.value = "search"}>
            <Search aria-hidden="true" />
          </IconButton>
          <IconButton
            class="people-button"
            label={`${withPeople ? strings.hidePeople : strings.showPeople}, ${
              strings.here(room.count.value)
            }`}
            aria-expanded={withPeople}
            onClick={() => {
              if (narrow) peopleDrawer.value = !peopleDrawer.value;
              else settings.set("people", !settings.people.value);
            }}
          >
            <Users aria-hidden="true" />
            <span aria-hidden="true">{room.count}</span>
          </IconButton>
          <RoomMenu room={room} />
        </>
      )}
    </header>
  );
}
