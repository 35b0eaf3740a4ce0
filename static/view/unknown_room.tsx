import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Room } from "../state/room.ts";
import { FIRST_ROOM } from "../state/rooms.ts";
import { similarRooms } from "../state/similar_rooms.ts";
import { visit } from "./address.ts";
import { useApp, useStrings } from "./context.ts";
import { createPublic } from "./create_public.ts";
import { placeOf } from "./room_label.tsx";
import { useWords } from "./rooms/words.ts";

/** More guesses than these would be no help. */
const GUESSES = 3;

/** Stands in the place of a room that an address names and that does not exist: asks before it is created. */
export function UnknownRoom({ room }: { room: Room }): JSX.Element {
  const app = useApp();
  const { chat, dialog } = app;
  const strings = useStrings();
  const words = useWords();
  const title = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    chat.askRooms();
    title.current?.focus();
  }, []);
  // The server lists this room, too, as long as somebody looks at it.
  const names = (chat.info.directory.value ?? []).map(({ room }) => room)
    .filter((name) => name !== room.name);
  const guesses = similarRooms(names, room.name).slice(0, GUESSES);
  const back = chat.store.get("room") ?? FIRST_ROOM;
  const known = chat.room(back);
  const mayCreate = chat.info.mayCreateRooms.value && !room.isHidden;
  return (
    <div class="unknown">
      <p class="title" tabIndex={-1} ref={title}>
        {room.isHidden ? strings.errors.no_room : strings.unknownRoom(room.name)}
      </p>
      <p class="hint">
        {mayCreate
          ? words.unknownRoomHint
          : room.isHidden
          ? words.unknownRoomCheck
          : strings.errors.no_create}
      </p>
      {guesses.length > 0 && (
        <p class="actions">
          {words.didYouMean}
          {guesses.map((name) => (
            <button
              key={name}
              type="button"
              class="primary"
              onClick={() => visit(`#/${name}`)}
            >
              #{name}
            </button>
          ))}
        </p>
      )}
      <p class="actions">
        {mayCreate && (
          <button
            type="button"
            class={guesses.length > 0 ? "" : "primary"}
            onClick={() => void createPublic(app, room.name)}
          >
            {strings.create(room.name)}
          </button>
        )}
        <button type="button" onClick={() => dialog.value = "directory"}>
          {strings.browseRooms}
        </button>
        <button type="button" onClick={() => visit(`#/${back}`)}>
          {strings.backTo(known ? placeOf(app, known) : `#${back}`)}
        </button>
      </p>
    </div>
  );
}
