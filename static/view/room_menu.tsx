import {
  ArrowDown,
  ArrowUp,
  Bell,
  BellOff,
  CalendarDays,
  Check,
  Files,
  Link,
  LogOut,
  MailOpen,
  Pin,
  Settings2,
  UserPlus,
} from "lucide-preact";
import type { JSX } from "preact";
import { type Level, LEVELS } from "../../protocol/memberships.ts";
import type { Room } from "../state/room.ts";
import { mayManage } from "../state/room_rights.ts";
import { useApp, useStrings } from "./context.ts";
import { useLeave } from "./leave.tsx";
import { copyLink } from "./link.ts";
import { Menu, type MenuItem } from "./menu.tsx";

/** The menu of a room. */
export function RoomMenu({ room }: { room: Room }): JSX.Element {
  const app = useApp();
  const { chat, dialog } = app;
  const strings = useStrings();
  const leave = useLeave();
  const isMember = room.role.value !== undefined;
  const { kind } = room.info.value;
  const isManager = mayManage(room, chat.access.current.value);
  const { above, below } = chat.memberships.neighbours(room);
  const me = chat.me.value?.id;
  const lastOfOthers = room.timeline.messages.findLast(({ user }) => user.id !== me)?.seq;

  function level(value: Level): MenuItem {
    const Icon = value === "nothing" ? BellOff : Bell;
    const checked = room.level.value === value;
    return {
      label: strings.levels[value],
      group: strings.notifyOf,
      icon: checked ? <Check aria-hidden="true" /> : <Icon aria-hidden="true" />,
      checked,
      run: () => void chat.memberships.setLevel(room, value),
    };
  }

  const items: (MenuItem | false)[] = [
    kind !== "direct" && {
      label: strings.roomSettings,
      icon: <Settings2 aria-hidden="true" />,
      run: () => dialog.value = "room",
    },
    kind === "private" && isManager && {
      label: strings.addPeople,
      icon: <UserPlus aria-hidden="true" />,
      run: () => dialog.value = "add",
    },
    !room.isHidden && {
      label: strings.copyLink,
      icon: <Link aria-hidden="true" />,
      run: () => void copyLink(app, room),
    },
    {
      label: strings.pins,
      icon: <Pin aria-hidden="true" />,
      run: () => dialog.value = "pins",
    },
    {
      label: strings.roomFiles,
      icon: <Files aria-hidden="true" />,
      run: () => dialog.value = "files",
    },
    {
      label: strings.jumpToDate,
      icon: <CalendarDays aria-hidden="true" />,
      run: () => dialog.value = "jump",
    },
    isMember && lastOfOthers !== undefined && {
      label: strings.markUnread,
      icon: <MailOpen aria-hidden="true" />,
      run: () => chat.markUnread(room, lastOfOthers),
    },
    ...isMember ? LEVELS.map(level) : [],
    isMember && {
      label: strings.moveUp,
      icon: <ArrowUp aria-hidden="true" />,
      disabled: above === undefined,
      run: () => void chat.memberships.move(room, -1),
    },
    isMember && {
      label: strings.moveDown,
      icon: <ArrowDown aria-hidden="true" />,
      disabled: below === undefined,
      run: () => void chat.memberships.move(room, 1),
    },
    kind !== "direct" && {
      label: strings.leaveRoom,
      icon: <LogOut aria-hidden="true" />,
      disabled: chat.rooms.value.length < 2,
      run: () => leave(room),
    },
  ];
  return <Menu label={strings.roomMenu} items={items.filter((item) => item !== false)} />;
}
