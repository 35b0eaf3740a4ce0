import { Check, Hash, Pencil, Plus, Search, Users, X } from "lucide-preact";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { isHiddenRoom, isRoom } from "../../protocol/mod.ts";
import type { Room } from "../state/room.ts";
import { searchRooms } from "../state/room_search.ts";
import { likelyRoom } from "../state/rooms.ts";
import { visit } from "./address.ts";
import { createPublic } from "./create_public.ts";
import { isComposing } from "./composition.ts";
import { type App, useApp, useStrings } from "./context.ts";
import { Dialog } from "./dialog.tsx";
import { IconButton } from "./icon_button.tsx";
import { nameOfRoom, RoomSign } from "./room_label.tsx";

/** A line of the switcher. */
type Choice =
  | {
    readonly kind: "room";
    /** The address. */
    readonly name: string;
    /** The name that is shown. */
    readonly label: string;
    readonly count: number;
    readonly room?: Room;
  }
  | { readonly kind: "create"; readonly name: string };

/**
 * Finds a room to go to. Enter opens the line that is selected, at first the best hit; a room is only
 * created by the last line.
 */
export function Switcher({ onClose }: { onClose: () => void }): JSX.Element {
  const app = useApp();
  const { chat, focusComposer } = app;
  const strings = useStrings();
  const [typed, setTyped] = useState("");
  const [selected, setSelected] = useState(0);
  const [entered, setEntered] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  useLayoutEffect(() => {
    chat.askRooms();
    input.current?.focus();
  }, []);
  const choices = choicesFor(app, likelyRoom(typed));
  const choice = choices[selected];

  // Enter was pressed before the server had said which rooms there are.
  useEffect(() => {
    if (entered && choice) choose(choice);
  }, [entered, choice?.name]);
  useLayoutEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [selected]);

  function choose({ kind, name }: Choice): void {
    onClose();
    if (kind === "create") void createPublic(app, name);
    else visit(`#/${name}`);
    // Behind the dialog, which gives the focus back when it closes.
    setTimeout(focusComposer);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (isComposing(event)) return;
    const { key } = event;
    const count = choices.length;
    if (key === "ArrowDown") setSelected(count === 0 ? 0 : (selected + 1) % count);
    else if (key === "ArrowUp") setSelected(count === 0 ? 0 : (selected + count - 1) % count);
    else if (key === "Enter" && choice) choose(choice);
    else if (key === "Enter" && chat.info.directory.value === undefined) setEntered(true);
    else return;
    event.preventDefault();
  }

  return (
    <Dialog class="palette" label={strings.findRoom} onClose={onClose}>
      <div class="palette-field">
        <Search aria-hidden="true" />
        <input
          ref={input}
          role="combobox"
          aria-label={strings.roomName}
          aria-expanded="true"
          aria-controls="found-rooms"
          aria-activedescendant={choice && `found-${selected}`}
          aria-autocomplete="list"
          value={typed}
          maxLength={65}
          autocapitalize="off"
          autocomplete="off"
          spellcheck={false}
          enterkeyhint="go"
          placeholder={strings.findRoom}
          onInput={({ currentTarget }) => {
            setTyped(currentTarget.value);
            setSelected(0);
            setEntered(false);
          }}
          onKeyDown={onKeyDown}
        />
        <IconButton label={strings.close} onClick={onClose}>
          <X aria-hidden="true" />
        </IconButton>
      </div>
      <div class="palette-list">
        <Hint name={likelyRoom(typed)} choices={choices} />
        <ul ref={list} id="found-rooms" role="listbox" aria-label={strings.allRooms}>
          {choices.map((each, index) => (
            <li
              key={`${each.kind} ${each.name}`}
              id={`found-${index}`}
              role="option"
              aria-selected={index === selected}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(each)}
            >
              <Line choice={each} />
            </li>
          ))}
        </ul>
      </div>
      <p class="palette-keys" aria-hidden="true">
        <span>
          <kbd>↑</kbd> <kbd>↓</kbd> {strings.toSelect}
        </span>
        <span>
          <kbd>Enter</kbd> {strings.toOpen}
        </span>
        <span>
          <kbd>Esc</kbd> {strings.close}
        </span>
      </p>
    </Dialog>
  );
}

function Line({ choice }: { choice: Choice }): JSX.Element {
  const { chat } = useApp();
  const strings = useStrings();
  if (choice.kind === "create") {
    return (
      <>
        <Plus aria-hidden="true" />
        <span class="room-name">{strings.create(choice.name)}</span>
      </>
    );
  }
  const { label, count, room } = choice;
  const unread = room?.unread.value ?? 0;
  return (
    <>
      {room?.isHidden ? <RoomSign room={room} /> : <Hash aria-hidden="true" />}
      <span class="room-name" title={label}>{label}</span>
      {unread > 0 && <span class="unseen">, {strings.unreadIn(unread)}</span>}
      {room && room !== chat.active.value && chat.drafts.rooms.value.has(room.name) && (
        <span class="draft" title={strings.draft}>
          <Pencil aria-hidden="true" />
          <span class="unseen">, {strings.draft}</span>
        </span>
      )}
      <span class="facts">
        <Users aria-hidden="true" />
        <span aria-hidden="true">{count}</span>
        <span class="unseen">, {strings.here(count)}</span>
      </span>
      <span class="check" title={room && strings.isIn}>
        {room && <Check aria-hidden="true" />}
        {room && <span class="unseen">, {strings.isIn}</span>}
      </span>
    </>
  );
}

/** Says why there is nothing to choose, or why a room can't be created. */
function Hint({ name, choices }: { name: string; choices: readonly Choice[] }): JSX.Element | null {
  const { chat } = useApp();
  const strings = useStrings();
  const words = name === ""
    ? choices.length === 0 && strings.noRooms
    : !isRoom(name)
    ? strings.errors.bad_room
    : chat.info.directory.value !== undefined && choices.every(({ kind }) => kind === "create") &&
      strings.noMatch;
  return <p class="hint" role="status">{words}</p>;
}

/** The lines for what was typed: rooms, best first, then the one that creates a room. */
function choicesFor(app: App, name: string): Choice[] {
  const { chat } = app;
  const counts = new Map(chat.info.directory.value?.map(({ room, count }) => [room, count]));
  const joined = chat.rooms.value;
  for (const room of joined) if (!counts.has(room.name)) counts.set(room.name, room.count.value);
  const active = chat.active.value.name;
  // An address named it; it is listed only because this person looks at it.
  if (chat.visiting.value && chat.active.value.missing.value) counts.delete(active);
  // With nothing typed, what waits to be read comes first, and the room that is shown last.
  const urgency = new Map(joined.map((room) => [
    room.name,
    room.name === active ? -1 : room.mentions.value > 0 ? 2 : room.unread.value > 0 ? 1 : 0,
  ]));
  const rooms = [...counts]
    .sort(([a], [b]) => (urgency.get(b) ?? 0) - (urgency.get(a) ?? 0))
    .map(([address, count]): Extract<Choice, { kind: "room" }> => {
      const room = joined.find((each) => each.name === address);
      const label = room ? nameOfRoom(app, room) : address;
      return { kind: "room", name: address, label, count, ...(room && { room }) };
    });
  const choices: Choice[] = searchRooms(
    rooms,
    name,
    ({ name: address, label, room }) =>
      room?.isHidden ? [likelyRoom(label)] : [address, likelyRoom(label)],
  );
  const canCreate = chat.info.mayCreateRooms.value && chat.info.directory.value !== undefined &&
    isRoom(name) && !isHiddenRoom(name) && !counts.has(name);
  return canCreate ? [...choices, { kind: "create", name }] : choices;
}
