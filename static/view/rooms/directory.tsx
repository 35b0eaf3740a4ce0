import { Archive, Check, Plus, Users } from "lucide-preact";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ListedRoom } from "../../../protocol/mod.ts";
import { Directory } from "../../state/directory.ts";
import { errorWords } from "../../strings.ts";
import { visit } from "../address.ts";
import { useApp, useStrings } from "../context.ts";
import { Dialog } from "../dialog.tsx";
import { useWords } from "./words.ts";

/** All public rooms with their topics and the number of their members. */
export function DirectoryDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const { chat, dialog, focusComposer } = useApp();
  const strings = useStrings();
  const words = useWords();
  const [directory] = useState(() => new Directory(chat.requests));
  const [text, setText] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => field.current?.focus(), []);
  useEffect(() => void directory.search(text), [text]);
  const rooms = directory.rooms.value;
  const problem = directory.problem.value;

  function open({ room }: ListedRoom): void {
    onClose();
    visit(`#/${room}`);
    setTimeout(focusComposer);
  }

  return (
    <Dialog class="directory" title={words.directory} onClose={onClose}>
      <div class="directory-search">
        <input
          ref={field}
          type="search"
          aria-label={words.searchRooms}
          placeholder={words.searchRooms}
          value={text}
          maxLength={100}
          autocomplete="off"
          spellcheck={false}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
        {chat.info.mayCreateRooms.value && (
          <button
            type="button"
            onClick={() => dialog.value = "newRoom"}
          >
            <Plus aria-hidden="true" />
            {words.newRoom}
          </button>
        )}
      </div>
      <p class="problem" role="alert">{problem && errorWords(strings, problem)}</p>
      <ul class="directory-list" aria-label={strings.allRooms} aria-busy={directory.loading.value}>
        {rooms.map((room) => (
          <li key={room.room}>
            <button type="button" onClick={() => open(room)}>
              <span class="directory-name">
                <bdi>{room.title === "" ? `#${room.room}` : room.title}</bdi>
                {room.title !== "" && <span class="hint">#{room.room}</span>}
                {room.archived && (
                  <Archive role="img" aria-label={strings.archived} aria-hidden={undefined} />
                )}
              </span>
              <span class="facts">
                {chat.rooms.value.some(({ name }) => name === room.room) && (
                  <span class="joined">
                    <Check aria-hidden="true" />
                    {words.joined}
                  </span>
                )}
                <span title={words.count(room.members)}>
                  <Users aria-hidden="true" />
                  <span aria-hidden="true">{room.members}</span>
                  <span class="unseen">{words.count(room.members)}</span>
                </span>
              </span>
              {room.topic !== "" && <span class="directory-topic" dir="auto">{room.topic}</span>}
            </button>
          </li>
        ))}
      </ul>
      <p class="hint" role="status">
        {rooms.length === 0 && (directory.loading.value ? words.loading : words.noRooms)}
      </p>
      {directory.hasMore.value && (
        <p class="actions">
          <button type="button" onClick={() => void directory.loadMore()}>{words.showMore}</button>
        </p>
      )}
    </Dialog>
  );
}
