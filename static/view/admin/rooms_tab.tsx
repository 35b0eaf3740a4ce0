import { Archive, ArchiveRestore, ChevronDown, Lock, LogIn, Trash2 } from "lucide-preact";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ActionCommand, ListedRoom } from "../../../protocol/mod.ts";
import type { AdminStrings } from "../../admin_strings.ts";
import type { Administration } from "../../state/administration.ts";
import { Directory } from "../../state/directory.ts";
import { errorWords } from "../../strings.ts";
import { visit } from "../address.ts";
import { useApp, useStrings } from "../context.ts";
import { IconButton } from "../icon_button.tsx";
import { Confirm } from "../rooms/confirm.tsx";
import { useWords } from "../rooms/words.ts";
import { Segments } from "../segments.tsx";
import { momentOf } from "../times.ts";

/** All rooms but direct ones, and what an admin can do about each of them. */
export function RoomsTab(
  { state, words }: { state: Administration; words: AdminStrings },
): JSX.Element {
  const { chat } = useApp();
  const strings = useStrings();
  const roomWords = useWords();
  const [directory] = useState(() => new Directory(chat.requests));
  const [text, setText] = useState("");
  const [kind, setKind] = useState<"public" | "private">("public");
  const [managed, setManaged] = useState<string | undefined>();
  const isOpen = chat.connection.state.value.kind === "open";
  useEffect(() => {
    if (isOpen) void directory.search(text, kind);
  }, [text, kind, isOpen]);
  const rooms = directory.rooms.value;
  const problem = directory.problem.value;
  const loading = directory.loading.value;

  /** Gives a command. Returns the code of an error. */
  async function act(command: ActionCommand): Promise<string | undefined> {
    const answer = await chat.requests.ask(command);
    if (!answer.ok) return answer.code;
    void state.refresh();
    await directory.search(text, kind);
  }

  return (
    <>
      <div class="people-search">
        <label>
          <span>{roomWords.searchRooms}</span>
          <input
            type="search"
            value={text}
            maxLength={100}
            autocomplete="off"
            spellcheck={false}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />
        </label>
        <Segments<"public" | "private">
          legend={words.roomKinds}
          name="room-kinds"
          value={kind}
          choices={(["public", "private"] as const).map((value) => ({
            value,
            label: words.roomKind[value],
          }))}
          onChange={(value) => {
            setKind(value);
            setManaged(undefined);
          }}
        />
      </div>
      <p class="hint">{words.roomsHint[kind]}</p>
      <p class="problem" role="alert">{problem && errorWords(strings, problem)}</p>
      <p class="hint" role="status">
        {rooms.length === 0 && (loading ? words.loading : roomWords.noRooms)}
      </p>
      {rooms.length > 0 && (
        <ul class="admin-list" aria-label={words.tabs.rooms} aria-busy={loading}>
          {rooms.map((room) => (
            <RoomRow
              key={room.room}
              room={room}
              words={words}
              open={managed === room.room}
              onToggle={() => setManaged(managed === room.room ? undefined : room.room)}
              onAct={act}
            />
          ))}
        </ul>
      )}
      {directory.hasMore.value && (
        <p class="actions">
          <button type="button" onClick={() => void directory.loadMore()}>{words.showMore}</button>
        </p>
      )}
    </>
  );
}

function RoomRow(
  { room, words, open, onToggle, onAct }: {
    room: ListedRoom;
    words: AdminStrings;
    open: boolean;
    onToggle: () => void;
    onAct: (command: ActionCommand) => Promise<string | undefined>;
  },
): JSX.Element {
  const { chat, settings } = useApp();
  const strings = useStrings();
  const roomWords = useWords();
  const toggle = useRef<HTMLDivElement>(null);
  const { room: address, kind, title, members, at, archived } = room;
  const place = kind === "private" ? title : `#${address}`;
  const me = chat.me.value?.id ?? "";
  const isMember = chat.rooms.value.some(({ name }) => name === address);
  const facts = [roomWords.count(members)];
  if (at > 0) facts.push(words.lastMessage(momentOf(at, settings.locale.value)));

  async function archive(value: boolean): Promise<string | undefined> {
    const code = await onAct({
      ...{ type: "set_room", room: address, setting: "archived", value },
    });
    if (code === undefined) toggle.current?.querySelector("button")?.focus();
    return code;
  }

  async function enter(): Promise<string | undefined> {
    const code = await onAct({ type: "add", room: address, person: me });
    if (code === undefined) visit(`#/${address}`);
    return code;
  }

  return (
    <li class={open ? "open" : undefined}>
      <div class="admin-person">
        <span class="admin-name">
          {kind === "private" && (
            <Lock role="img" aria-label={strings.privateRoom} aria-hidden={undefined} />
          )}
          <bdi>{place}</bdi>
          {kind === "public" && title !== "" && <span class="hint" dir="auto">{title}</span>}
          {archived && <span class="badge plain">{strings.archived}</span>}
          <span class="hint">{facts.join(" · ")}</span>
        </span>
        <div ref={toggle}>
          <IconButton
            label={words.manage(place)}
            aria-expanded={open}
            aria-controls={open ? `manage-${address}` : undefined}
            onClick={onToggle}
          >
            <ChevronDown aria-hidden="true" />
          </IconButton>
        </div>
      </div>
      {open && (
        <div id={`manage-${address}`} class="room-actions">
          {kind === "public" || isMember
            ? (
              <p class="actions">
                <button type="button" onClick={() => visit(`#/${address}`)}>
                  {words.openRoom}
                </button>
              </p>
            )
            : (
              <Confirm
                label={words.enterRoom}
                action={words.enterRoomNow}
                icon={<LogIn aria-hidden="true" />}
                question={words.enterRoomQuestion(title)}
                danger={false}
                onConfirm={enter}
              />
            )}
          {archived
            ? (
              <p class="actions">
                <button type="button" onClick={() => void archive(false)}>
                  <ArchiveRestore aria-hidden="true" />
                  {roomWords.unarchive}
                </button>
              </p>
            )
            : (
              <Confirm
                label={roomWords.archive}
                icon={<Archive aria-hidden="true" />}
                question={roomWords.archiveQuestion}
                danger={false}
                onConfirm={() => archive(true)}
              />
            )}
          <Confirm
            label={roomWords.delete}
            icon={<Trash2 aria-hidden="true" />}
            question={roomWords.deleteQuestion(place)}
            onConfirm={() => onAct({ type: "delete_room", room: address })}
          />
        </div>
      )}
    </li>
  );
}
