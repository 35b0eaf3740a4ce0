import { Archive, ArchiveRestore, Lock, Trash2 } from "lucide-preact";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Access, ActionCommand } from "../../../protocol/mod.ts";
import {
  type RoomSetting,
  TITLE_CHARACTERS,
  TOPIC_CHARACTERS,
} from "../../../protocol/room_settings.ts";
import type { Room } from "../../state/room.ts";
import { mayManage } from "../../state/room_rights.ts";
import { errorWords } from "../../strings.ts";
import { useApp, useStrings } from "../context.ts";
import { Dialog } from "../dialog.tsx";
import { usePlace } from "../room_label.tsx";
import { Segments } from "../segments.tsx";
import { Confirm } from "./confirm.tsx";
import { Members } from "./members.tsx";
import { TextField } from "./text_field.tsx";
import { useWords } from "./words.ts";

/** The waits that slow mode offers, in seconds. */
const SLOW = [0, 5, 10, 30, 60, 300, 900, 3600];
/** The times that messages are kept, in days; 0: as the chat does it. */
const KEEP = [0, 1, 7, 30, 90, 365];

/** A room's description and members, and its settings for those who may change them. */
export function RoomSettingsDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const { chat } = useApp();
  const strings = useStrings();
  const words = useWords();
  const [room] = useState(() => chat.active.peek());
  const access = chat.access.current.value;
  const isManager = mayManage(room, access);
  const { kind, history } = room.info.value;
  return (
    <Dialog class="room-settings" title={strings.roomSettings} onClose={onClose}>
      <section>
        <Texts room={room} isManager={isManager} />
        {kind === "public" && (
          <p class="fact">
            <span>{words.address}</span>
            <bdi>#{room.name}</bdi>
          </p>
        )}
        {kind === "private" && (
          <p class="fact">
            <span>{words.history}</span>
            {words.historyChoices[history]}
          </p>
        )}
        {!isManager && <p class="hint">{words.readOnly}</p>}
      </section>
      {isManager && (
        <section>
          <Rules room={room} />
        </section>
      )}
      <section>
        <Members room={room} isManager={isManager} />
      </section>
      {mayEnd(room, access) && (
        <section>
          <End room={room} isManager={isManager} onClose={onClose} />
        </section>
      )}
    </Dialog>
  );
}

/** Gives a command, and returns the code of an error. */
function useCommand(): (command: ActionCommand) => Promise<string | undefined> {
  const { chat } = useApp();
  return async (command) => {
    const answer = await chat.requests.ask(command);
    return answer.ok ? undefined : answer.code;
  };
}

/** The title and the topic. What another moderator saves meanwhile replaces only what nobody is changing here. */
function Texts({ room, isManager }: { room: Room; isManager: boolean }): JSX.Element {
  const strings = useStrings();
  const words = useWords();
  const command = useCommand();
  const place = usePlace(room);
  const info = room.info.value;
  const [texts, setTexts] = useState<{ title?: string; topic?: string }>({});
  const [outcome, setOutcome] = useState<string | undefined>();
  if (!isManager) {
    return (
      <>
        <p class="room-name-large">
          <bdi>{place}</bdi>
        </p>
        {info.topic !== "" && <p dir="auto">{info.topic}</p>}
      </>
    );
  }
  const changes = (["title", "topic"] as const).flatMap((setting): RoomSetting[] => {
    const value = texts[setting]?.trim();
    return value === undefined || value === info[setting] ? [] : [{ setting, value }];
  });
  const isChanged = changes.length > 0;

  function write(setting: "title" | "topic", text: string): void {
    const { [setting]: _, ...others } = texts;
    setTexts(text === info[setting] ? others : { ...others, [setting]: text });
  }

  async function save(): Promise<void> {
    setOutcome(undefined);
    for (const change of changes) {
      const problem = await command({ type: "set_room", room: room.name, ...change });
      if (problem !== undefined) return setOutcome(problem);
    }
    setTexts({});
    setOutcome("saved");
  }

  return (
    <form
      class="room-form"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <TextField
        label={words.title}
        value={texts.title ?? info.title}
        maxLength={TITLE_CHARACTERS}
        placeholder={info.kind === "public" ? room.name : ""}
        onChange={(text) => write("title", text)}
      />
      <TextField
        label={words.topic}
        value={texts.topic ?? info.topic}
        maxLength={TOPIC_CHARACTERS}
        placeholder={words.topicHint}
        onChange={(text) => write("topic", text)}
      />
      <p class="actions">
        <button type="submit" class="primary" disabled={!isChanged}>{words.save}</button>
        <span class="saved" role="status">{outcome === "saved" && !isChanged && words.saved}</span>
        <span class="problem" role="alert">
          {outcome !== undefined && outcome !== "saved" && errorWords(strings, outcome)}
        </span>
      </p>
    </form>
  );
}

/** Settings: who may write and how often, and for how long messages are kept. */
function Rules({ room }: { room: Room }): JSX.Element {
  const strings = useStrings();
  const words = useWords();
  const command = useCommand();
  const [problem, setProblem] = useState<string | undefined>();
  const { guests, keepDays, kind, posting, slow } = room.info.value;

  async function set(setting: RoomSetting): Promise<void> {
    setProblem(await command({ type: "set_room", room: room.name, ...setting }));
  }

  return (
    <>
      <Segments<"all" | "moderators">
        legend={words.posting}
        name="posting"
        value={posting}
        choices={[
          { value: "all", label: words.postingChoices.all },
          { value: "moderators", label: words.postingChoices.moderators },
        ]}
        onChange={(value) => void set({ setting: "posting", value })}
      />
      {kind === "public" && (
        <label class="switch">
          <span>{words.guests}</span>
          <input
            type="checkbox"
            checked={guests}
            onChange={({ currentTarget }) =>
              void set({ setting: "guests", value: currentTarget.checked })}
          />
        </label>
      )}
      <NumberChoice
        label={words.slow}
        hint={words.slowHint}
        value={slow}
        choices={SLOW}
        words={words.slowChoice}
        onChange={(value) => void set({ setting: "slow", value })}
      />
      <NumberChoice
        label={words.keep}
        value={keepDays}
        choices={KEEP}
        words={words.keepChoice}
        onChange={(value) => void set({ setting: "keepDays", value })}
      />
      <p class="problem" role="alert">{problem && errorWords(strings, problem)}</p>
    </>
  );
}

function NumberChoice(
  { label, hint, value, choices, words, onChange }: {
    label: string;
    hint?: string;
    value: number;
    choices: readonly number[];
    words: (value: number) => string;
    onChange: (value: number) => void;
  },
): JSX.Element {
  const all = choices.includes(value) ? choices : [...choices, value].sort((a, b) => a - b);
  return (
    <label class="choice">
      <span>{label}</span>
      <select
        value={value}
        onChange={({ currentTarget }) => onChange(Number(currentTarget.value))}
      >
        {all.map((each) => <option key={each} value={each}>{words(each)}</option>)}
      </select>
      {hint !== undefined && <span class="hint">{hint}</span>}
    </label>
  );
}

/** The end of a room: archived, private, deleted. */
function End(
  { room, isManager, onClose }: { room: Room; isManager: boolean; onClose: () => void },
): JSX.Element {
  const words = useWords();
  const command = useCommand();
  const place = usePlace(room);
  const { archived, kind } = room.info.value;

  function setArchived(value: boolean): Promise<string | undefined> {
    return command({ type: "set_room", room: room.name, setting: "archived", value });
  }

  async function andClose(given: ActionCommand): Promise<string | undefined> {
    const problem = await command(given);
    if (problem === undefined) onClose();
    return problem;
  }

  return (
    <>
      <h3>{words.end}</h3>
      {archived
        ? (
          <p class="actions">
            <button type="button" onClick={() => void setArchived(false)}>
              <ArchiveRestore aria-hidden="true" />
              {words.unarchive}
            </button>
          </p>
        )
        : (
          <Confirm
            label={words.archive}
            icon={<Archive aria-hidden="true" />}
            question={words.archiveQuestion}
            danger={false}
            onConfirm={() => setArchived(true)}
          />
        )}
      {kind === "public" && isManager && (
        <Confirm
          label={words.makePrivate}
          icon={<Lock aria-hidden="true" />}
          question={words.makePrivateQuestion}
          onConfirm={() => andClose({ type: "make_private", room: room.name })}
        />
      )}
      <Confirm
        label={words.delete}
        icon={<Trash2 aria-hidden="true" />}
        question={words.deleteQuestion(place)}
        onConfirm={() => andClose({ type: "delete_room", room: room.name })}
      />
    </>
  );
}

/** Whether this person may delete or archive the room. */
function mayEnd(room: Room, access: Access | undefined): boolean {
  return room.info.value.kind !== "direct" && (mayManage(room, access) || access?.role === "admin");
}
