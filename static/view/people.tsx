import { X } from "lucide-preact";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { isGuest } from "../state/guests.ts";
import type { Room } from "../state/room.ts";
import { AdminMark } from "./admin_mark.tsx";
import { Avatar } from "./avatar.tsx";
import { useApp, useStrings } from "./context.ts";
import { useDrawerFocus } from "./focus.ts";
import { IconButton } from "./icon_button.tsx";
import { PersonButton } from "./person_button.tsx";

/** More than these make no list that anyone reads. */
const SHOWN = 200;

/** The people in a room now. */
export function People({ room }: { room: Room }): JSX.Element {
  const { chat, peopleDrawer, settings } = useApp();
  const strings = useStrings();
  const panel = useRef<HTMLElement>(null);
  useDrawerFocus(panel, peopleDrawer.value);
  const me = chat.me.value?.id;
  const admins = chat.info.admins.value;
  const members = [...room.members.value.values()]
    .map((user) => ({ ...user, name: chat.nameOf(user) }))
    .filter(({ name }) => name !== "")
    .sort((a, b) =>
      Number(isGuest(a.name)) - Number(isGuest(b.name)) ||
      a.name.localeCompare(b.name, settings.locale.value)
    )
    .slice(0, SHOWN);
  const others = room.count.value - members.length;
  return (
    <aside
      ref={panel}
      class={`people ${peopleDrawer.value ? "open" : ""} ${room.live.value ? "" : "stale"}`}
      aria-labelledby="people-title"
    >
      <header>
        <h2 id="people-title">{strings.here(room.count.value)}</h2>
        <IconButton
          class="drawer-only"
          label={strings.close}
          onClick={() => peopleDrawer.value = false}
        >
          <X aria-hidden="true" />
        </IconButton>
      </header>
      <ul aria-label={strings.people}>
        {members.map((user) => (
          <li key={user.id}>
            <PersonButton user={user}>
              <Avatar user={user} />
              <bdi title={user.name}>{user.name}</bdi>
            </PersonButton>
            {admins.has(user.id) && <AdminMark />}
            {user.id === me && <span class="hint">{strings.you}</span>}
          </li>
        ))}
      </ul>
      {others > 0 && <p class="hint">{strings.more(others)}</p>}
    </aside>
  );
}
