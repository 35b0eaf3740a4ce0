import {
  AtSign,
  BellOff,
  CheckCheck,
  CircleQuestionMark,
  Flag,
  MailWarning,
  MoonStar,
  Pencil,
  Plus,
  Search,
  Settings,
  ShieldUser,
  X,
} from "lucide-preact";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Room } from "../state/room.ts";
import { AdminMark } from "./admin_mark.tsx";
import { Avatar, pictureUrl } from "./avatar.tsx";
import { useApp, useStrings } from "./context.ts";
import { useDrawerFocus } from "./focus.ts";
import { IconButton } from "./icon_button.tsx";
import { RoomSign, useRoomName } from "./room_label.tsx";
import { shownName } from "./names.ts";
import { OtherRooms } from "./other_rooms.tsx";
import { ADMIN_ADDRESS, visit } from "./address.ts";
import { COMMAND } from "./shortcuts.ts";

/** The chat's name, the rooms this person is in, and the person. */
export function Sidebar(): JSX.Element {
  const { base, chat, dialog, drawer, icon } = useApp();
  const strings = useStrings();
  const panel = useRef<HTMLElement>(null);
  const open = drawer.value;

  const chatIcon = chat.info.settings.value?.icon;
  useDrawerFocus(panel, open);

  return (
    <nav class={`sidebar ${open ? "open" : ""}`} aria-label={strings.appName} ref={panel}>
      <header>
        <IconButton class="drawer-only" label={strings.close} onClick={() => drawer.value = false}>
          <X aria-hidden="true" />
        </IconButton>
        <p class="brand">
          <img src={chatIcon ? pictureUrl(base, chatIcon) : icon} alt="" width="28" height="28" />
          <bdi title={new URL(base).host}>
            {chat.info.settings.value?.name || new URL(base).hostname}
          </bdi>
        </p>
        <IconButton label={strings.shortcuts} onClick={() => dialog.value = "shortcuts"}>
          <CircleQuestionMark aria-hidden="true" />
        </IconButton>
      </header>
      <button
        type="button"
        class="find-room"
        onClick={() => dialog.value = "rooms"}
      >
        <Search aria-hidden="true" />
        <span>{strings.findRoom}</span>
        <kbd aria-hidden="true">{COMMAND} K</kbd>
      </button>
      <MentionsLink />
      <div class="rooms">
        <RoomsHeading />
        <ul aria-label={strings.rooms}>
          {chat.rooms.value.filter(isNoDirect).map((room) => (
            <RoomLink key={room.name} room={room} />
          ))}
        </ul>
        <OtherRooms class="more-rooms" />
        <DirectRooms />
      </div>
      <Unsent />
      <ReportsLink />
      <AdministrationLink />
      <Me />
    </nav>
  );
}

function isNoDirect({ info }: Room): boolean {
  return info.value.kind !== "direct";
}

/** The heading of the rooms, with what concerns all of them. */
function RoomsHeading(): JSX.Element {
  const { chat, dialog } = useApp();
  const strings = useStrings();
  const someUnread = chat.rooms.value.some(({ unread }) => unread.value > 0);
  return (
    <header>
      <h2>{strings.rooms}</h2>
      {someUnread && (
        <IconButton
          label={strings.markAllRead}
          onClick={() => void chat.memberships.readAll()}
        >
          <CheckCheck aria-hidden="true" />
        </IconButton>
      )}
      {chat.info.mayCreateRooms.value && (
        <IconButton
          label={strings.newRoom}
          onClick={() => dialog.value = "newRoom"}
        >
          <Plus aria-hidden="true" />
        </IconButton>
      )}
    </header>
  );
}

/** The way to what mentions this person or replies, with the number that is unread; nobody can mention a guest. */
function MentionsLink(): JSX.Element | null {
  const { chat, dialog } = useApp();
  const strings = useStrings();
  const role = chat.access.current.value?.role;
  if (role === undefined || role === "guest") return null;
  const count = chat.rooms.value.reduce((sum, { mentions }) => sum + mentions.value, 0);
  return (
    <a
      class="room mentions-link"
      href="#/"
      onClick={(event) => {
        event.preventDefault();
        dialog.value = "inbox";
      }}
    >
      <AtSign aria-hidden="true" />
      <span class="room-name">{strings.mentionsLink}</span>
      {count > 0 && (
        <span class="count" role="img" aria-label={strings.unreadIn(count)}>
          {count > 99 ? "99+" : count}
        </span>
      )}
    </a>
  );
}

/** The direct rooms; guests have none. */
function DirectRooms(): JSX.Element | null {
  const { chat, dialog } = useApp();
  const strings = useStrings();
  const role = chat.access.current.value?.role;
  if (role === undefined || role === "guest") return null;
  const rooms = chat.rooms.value.filter(({ info }) => info.value.kind === "direct");
  return (
    <>
      <header>
        <h2>{strings.directMessages}</h2>
        <IconButton label={strings.newDirect} onClick={() => dialog.value = "newDirect"}>
          <Plus aria-hidden="true" />
        </IconButton>
      </header>
      {rooms.length > 0 && (
        <ul aria-label={strings.directMessages}>
          {rooms.map((room) => <RoomLink key={room.name} room={room} />)}
        </ul>
      )}
    </>
  );
}

/** The way to the messages that wait for rooms which this person is not in any more. */
function Unsent(): JSX.Element | null {
  const { chat, dialog } = useApp();
  const strings = useStrings();
  // Read, so that this is drawn again when they change.
  chat.unsentRevision.value;
  const count = chat.rooms.value.length === 0 ? 0 : chat.unsent().length;
  if (count === 0) return null;
  return (
    <button type="button" class="unsent-link" onClick={() => dialog.value = "unsent"}>
      <MailWarning aria-hidden="true" />
      {strings.unsent(count)}
    </button>
  );
}

function RoomLink({ room }: { room: Room }): JSX.Element {
  const { adminTab, chat, drawer, focusComposer } = useApp();
  const strings = useStrings();
  const name = useRoomName(room);
  const unread = room.unread.value;
  const mentions = room.mentions.value;
  const level = room.level.value;
  const active = chat.active.value === room && adminTab.value === undefined;
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (active) link.current?.scrollIntoView({ block: "nearest" });
  }, [active]);
  const isBold = unread > 0 && (level === "all" || (level === "mentions" && mentions > 0));
  return (
    <li>
      <a
        ref={link}
        href={`#/${room.name}`}
        class={`room ${isBold ? "unread" : ""} ${
          level === "nothing" || room.info.value.archived ? "calm" : ""
        }`}
        aria-current={active ? "page" : undefined}
        onClick={() => {
          if (drawer.value) drawer.value = false;
          else focusComposer();
        }}
      >
        <DirectSign room={room} />
        <span class="room-name" title={name}>{name}</span>
        {!active && chat.drafts.rooms.value.has(room.name) && (
          <span class="draft" role="img" aria-label={strings.draft} title={strings.draft}>
            <Pencil aria-hidden="true" />
          </span>
        )}
        {level === "nothing" && (
          <span class="draft" role="img" aria-label={strings.mutedRoom} title={strings.mutedRoom}>
            <BellOff aria-hidden="true" />
          </span>
        )}
        {unread > 0 && level !== "nothing" && (
          <span class="count" role="img" aria-label={strings.unreadIn(unread)}>
            {unread > 99 ? "99+" : unread}
          </span>
        )}
        {mentions > 0 && level !== "nothing" && (
          <span
            class="mentioned"
            role="img"
            aria-label={mentions === 1 ? strings.mentioned : strings.mentionedOften(mentions)}
          >
            <AtSign aria-hidden="true" />
            {mentions > 1 && <span aria-hidden="true">{mentions > 99 ? "99+" : mentions}</span>}
          </span>
        )}
      </a>
    </li>
  );
}

/** The sign before a room: that of its kind, or of the other person in a direct room. */
function DirectSign({ room }: { room: Room }): JSX.Element {
  const app = useApp();
  const { chat } = app;
  const me = chat.me.value?.id;
  const people = room.people.value;
  const other = people.find(({ id }) => id !== me) ?? people[0];
  if (room.info.value.kind !== "direct" || !other) return <RoomSign room={room} />;
  return <Avatar user={{ id: other.id, name: shownName(app, other) }} />;
}

/** The way to the open reports, for those who may see some. */
function ReportsLink(): JSX.Element | null {
  const { chat, dialog, drawer } = useApp();
  const strings = useStrings();
  const isOpen = chat.connection.state.value.kind === "open";
  // Another one with each connection, which may replace one that was open.
  const access = chat.access.current.value;
  const isAdmin = access?.may.administer === true;
  const isInCharge = isAdmin || chat.rooms.value.some(({ role }) => role.value === "moderator");
  useEffect(() => {
    if (!isInCharge) chat.reports.clear();
    else if (isOpen) void chat.reports.load();
  }, [isOpen, isInCharge, access]);
  const count = chat.reports.list.value?.length ?? 0;
  if (!isInCharge || count === 0) return null;
  return (
    <button
      type="button"
      class="unsent-link"
      onClick={() => {
        drawer.value = false;
        if (isAdmin) visit(`${ADMIN_ADDRESS}reports`);
        else dialog.value = "reports";
      }}
    >
      <Flag aria-hidden="true" />
      {strings.openReports(count, chat.reports.next.value !== undefined)}
    </button>
  );
}

/** The way to the administration, for moderators and admins. */
function AdministrationLink(): JSX.Element | null {
  const { adminTab, chat, drawer } = useApp();
  const strings = useStrings();
  if (!chat.access.current.value?.may.administer) return null;
  return (
    <a
      class="room administration-link"
      href={`${ADMIN_ADDRESS}people`}
      aria-current={adminTab.value === undefined ? undefined : "page"}
      onClick={() => drawer.value = false}
    >
      <ShieldUser aria-hidden="true" />
      <span class="room-name">{strings.administration}</span>
    </a>
  );
}

/** The person, and the way to their settings. */
function Me(): JSX.Element | null {
  const { chat, dialog } = useApp();
  const strings = useStrings();
  const me = chat.me.value;
  if (!me) return null;
  const isAdmin = chat.info.admins.value.has(me.id);
  const isUndisturbed = chat.access.undisturbedUntil.value !== undefined;
  return (
    <button
      type="button"
      class="me"
      title={me.name}
      aria-label={[
        me.name,
        ...isAdmin ? [strings.admin] : [],
        ...isUndisturbed ? [strings.undisturbed] : [],
        strings.settings,
      ].join(", ")}
      onClick={() => dialog.value = "settings"}
    >
      <Avatar user={me} />
      <bdi>{me.name}</bdi>
      {isAdmin && <AdminMark />}
      {isUndisturbed && (
        <span class="draft" title={strings.undisturbed}>
          <MoonStar aria-hidden="true" />
        </span>
      )}
      <Settings aria-hidden="true" />
    </button>
  );
}
