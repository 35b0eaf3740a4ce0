import { X } from "lucide-preact";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { Room } from "../state/room.ts";
import { useApp, useStrings } from "./context.ts";
import { useDrawerFocus } from "./focus.ts";
import { Avatar } from "./row.tsx";
import { IconButton } from "./icon_button.tsx";

/** More than these make no list that anyone reads. */
const SHOWN = 200;

/** Who is in a room now. */
export function People({ room }: { room: Room }): JSX.Element {
  const { chat, peopleDrawer, settings } = useApp();
  const strings = useStrings();
  const panel = useRef<HTMLElement>(null);
  useDrawerFocus(panel, peopleDrawer.value);
  const me = chat.me.value?.id;
  const members = [...room.members.value.values()]
    .map((user) => ({ ...user, name: chat.nameOf(user) }))
    .filter(({ name }) => name !== "")
    .sort((a, b) => a.name.localeCompare(b.name, settings.locale.value))
    .slice(0, SHOWN);
  const others = room.count.value - members.length;
  return (
    <aside
      ref={panel}
      class={`people ${peopleDrawer.value ? "open" : ""}`}
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
            <Avatar user={user} />
            <bdi>{user.name}</bdi>
            {user.id === me && <span class="hint">{strings.you}</span>}
          </li>
        ))}
      </ul>
      {others > 0 && <p class="hint">{strings.more(others)}</p>}
    </aside>
  );
}
