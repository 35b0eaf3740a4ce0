import { AtSign, Keyboard, Plus, Settings, X } from "lucide-preact";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Room } from "../state/room.ts";
import { useApp, useStrings } from "./context.ts";
import { useDrawerFocus } from "./focus.ts";
import { NameForm } from "./name_form.tsx";
import { Avatar } from "./row.tsx";
import { IconButton } from "./icon_button.tsx";

/** The rooms one is in, and who one is. */
export function Sidebar(): JSX.Element {
  const app = useApp();
  const { chat, dialog, drawer, icon } = app;
  const strings = useStrings();
  const panel = useRef<HTMLElement>(null);
  const open = drawer.value;

  useDrawerFocus(panel, open);

  return (
    <nav class={`sidebar ${open ? "open" : ""}`} aria-label={strings.appName} ref={panel}>
      <header>
        <IconButton class="drawer-only" label={strings.close} onClick={() => drawer.value = false}>
          <X aria-hidden="true" />
        </IconButton>
        <p class="brand">
          <img src={icon} alt="" width="28" height="28" />
          {strings.appName}
        </p>
        <IconButton label={strings.shortcuts} onClick={() => dialog.value = "shortcuts"}>
          <Keyboard aria-hidden="true" />
        </IconButton>
        <IconButton label={strings.settings} onClick={() => dialog.value = "settings"}>
          <Settings aria-hidden="true" />
        </IconButton>
      </header>
      <div class="rooms">
        <div class="rooms-head">
          <h2>{strings.rooms}</h2>
          <IconButton label={strings.findRoom} onClick={() => dialog.value = "rooms"}>
            <Plus aria-hidden="true" />
          </IconButton>
        </div>
        <ul aria-label={strings.rooms}>
          {chat.rooms.value.map((room) => <RoomLink key={room.name} room={room} />)}
        </ul>
      </div>
      <Me />
    </nav>
  );
}

function RoomLink({ room }: { room: Room }): JSX.Element {
  const { chat, drawer, toComposer } = useApp();
  const strings = useStrings();
  const unread = room.unread.value;
  const active = chat.active.value === room;
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (active) link.current?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <li>
      <a
        ref={link}
        href={`#/${room.name}`}
        class={`room ${unread > 0 ? "unread" : ""}`}
        aria-current={active ? "page" : undefined}
        onClick={() => {
          if (drawer.value) drawer.value = false;
          else toComposer.value++;
        }}
      >
        <span class="hash" aria-hidden="true">#</span>
        <span class="room-name">{room.name}</span>
        {room.mentioned.value && (
          <span class="mentioned" role="img" aria-label={strings.mentioned}>
            <AtSign aria-hidden="true" />
          </span>
        )}
        {unread > 0 && (
          <span class="count" role="img" aria-label={strings.unreadIn(unread)}>
            {unread > 99 ? "99+" : unread}
          </span>
        )}
      </a>
    </li>
  );
}

function Me(): JSX.Element | null {
  const { chat, settings } = useApp();
  const me = chat.me.value;
  if (!me || isNew(me.name, settings.greeted.value)) return null;
  return (
    <div class="me">
      <Avatar user={me} />
      <NameForm compact />
    </div>
  );
}

/** Whether to ask for a name: nobody did, and nobody said not to. */
export function isNew(name: string, greeted: boolean): boolean {
  return !greeted && name.startsWith("guest-");
}
