import { X } from "lucide-preact";
import type { JSX } from "preact";
import type { Room } from "../state/room.ts";
import { useApp, useStrings } from "./context.ts";
import { Avatar } from "./row.tsx";

/** More than these make no list that anyone reads. */
const SHOWN = 200;

/** Who is in a room now. */
export function People({ room }: { room: Room }): JSX.Element {
  const { chat, peopleDrawer, settings } = useApp();
  const strings = useStrings();
  const me = chat.me.value?.id;
  const members = [...room.members.value.values()]
    .map((user) => ({ ...user, name: chat.nameOf(user) }))
    .filter(({ name }) => name !== "")
    .sort((a, b) => a.name.localeCompare(b.name, settings.locale.value))
    .slice(0, SHOWN);
  const others = room.count.value - members.length;
  return (
    <aside
      class={`people ${peopleDrawer.value ? "open" : ""}`}
      aria-labelledby="people-title"
    >
      <header>
        <h2 id="people-title">{strings.here(room.count.value)}</h2>
        <button
          type="button"
          class="icon drawer-only"
          aria-label={strings.close}
          onClick={() => peopleDrawer.value = false}
        >
          <X aria-hidden="true" />
        </button>
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
