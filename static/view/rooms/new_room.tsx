import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { foldRoom, isRoom } from "../../../protocol/mod.ts";
import { bareTitle, TITLE_CHARACTERS, TOPIC_CHARACTERS } from "../../../protocol/room_settings.ts";
import { makeRoom } from "../../state/making_rooms.ts";
import { errorWords } from "../../strings.ts";
import { useApp, useStrings } from "../context.ts";
import { Dialog } from "../dialog.tsx";
import { Segments } from "../segments.tsx";
import { TextField } from "./text_field.tsx";
import { useWords } from "./words.ts";

/** Makes a room that everyone can join, or one for those who are added. */
export function NewRoomDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const { adminTab, chat, focusComposer } = useApp();
  const strings = useStrings();
  const words = useWords();
  const isGuest = chat.access.current.value?.role === "guest";
  const [kind, setKind] = useState<"public" | "private">("public");
  const [history, setHistory] = useState<"all" | "joined">("all");
  const [name, setName] = useState("");
  const [topic, setTopic] = useState("");
  const [problem, setProblem] = useState<string | undefined>();
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => field.current?.focus(), []);
  const title = bareTitle(name).trim();
  const address = foldRoom(title);

  async function create(): Promise<void> {
    if (title === "") return setProblem("no_title");
    if (kind === "public" && !isRoom(address)) return setProblem("bad_room");
    if (isGuest) {
      onClose();
      return void chat.open(address, { create: true });
    }
    const code = await makeRoom(
      chat,
      kind === "public"
        // A title that says no more than the address is none.
        ? { type: "create", kind, room: address, title: title === address ? "" : title, topic }
        : { type: "create", kind, title, topic, history },
    );
    if (code !== undefined) return setProblem(code);
    adminTab.value = undefined;
    onClose();
    setTimeout(focusComposer);
  }

  return (
    <Dialog title={words.newRoom} onClose={onClose}>
      <form
        class="room-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <TextField
          label={words.roomName}
          field={field}
          value={name}
          maxLength={TITLE_CHARACTERS}
          spellcheck={false}
          aria-invalid={problem !== undefined}
          aria-describedby="new-room-hint"
          onChange={(value) => {
            setName(value);
            setProblem(undefined);
          }}
        />
        <p id="new-room-hint" class={problem === undefined ? "hint" : "problem"} role="status">
          {problem !== undefined
            ? problem === "no_title" ? words.noTitle : errorWords(strings, problem)
            : kind === "public" && isRoom(address)
            ? words.addressHint(address)
            : ""}
        </p>
        {!isGuest && (
          <>
            <TextField
              label={words.topic}
              value={topic}
              maxLength={TOPIC_CHARACTERS}
              placeholder={words.topicHint}
              onChange={setTopic}
            />
            <Segments<"public" | "private">
              legend={words.kind}
              name="kind"
              value={kind}
              choices={[
                { value: "public", label: words.kinds.public },
                { value: "private", label: words.kinds.private },
              ]}
              onChange={setKind}
            />
            <p class="hint">{words.kindHints[kind]}</p>
            {kind === "private" && (
              <Segments<"all" | "joined">
                legend={words.history}
                name="history"
                value={history}
                choices={[
                  { value: "all", label: words.historyChoices.all },
                  { value: "joined", label: words.historyChoices.joined },
                ]}
                onChange={setHistory}
              />
            )}
          </>
        )}
        <p class="actions end">
          <button type="button" onClick={onClose}>{words.cancel}</button>
          <button type="submit" class="primary">{words.create}</button>
        </p>
      </form>
    </Dialog>
  );
}
