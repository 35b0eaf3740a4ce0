import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { readSetting } from "../../../protocol/setting_commands.ts";
import {
  CHAT_NAME_CHARACTERS,
  type ChatSettings,
  ENTRIES,
  ROOM_CREATORS,
  type Setting,
  WELCOME_CHARACTERS,
} from "../../../protocol/settings.ts";
import type { AdminStrings } from "../../admin_strings.ts";
import type { Administration } from "../../state/administration.ts";
import { likelyRoom } from "../../state/rooms.ts";
import { errorWords } from "../../strings.ts";
import { PictureForm } from "../account/picture_form.tsx";
import { pictureUrl } from "../avatar.tsx";
import { useApp, useStrings } from "../context.ts";
import { Segments } from "../segments.tsx";

/** More than twenty addresses can have. */
const ROOMS_CHARACTERS = 2_000;

interface TabProps {
  readonly state: Administration;
  readonly words: AdminStrings;
}

/** The settings of the whole chat. Each takes effect at once, for everybody. */
export function SettingsTab(tab: TabProps): JSX.Element {
  const { state, words } = tab;
  const { base, chat } = useApp();
  const { settings } = chat.info;
  useEffect(() => () => state.clearOutcomes(), []);
  if (settings.value === undefined) return <p class="hint" role="status">{words.loading}</p>;
  const { createRooms, entry, guests, keepDays, previews, icon } = settings.value;
  return (
    <>
      <TypedSetting
        setting="name"
        {...tab}
        label={words.chatName}
        hint={words.chatNameHint}
        field={{ type: "line", maxLength: CHAT_NAME_CHARACTERS, placeholder: location.hostname }}
      />
      <div class="settings-form" role="group" aria-labelledby="chat-icon">
        <p id="chat-icon">{words.chatIcon}</p>
        <p class="hint">{words.chatIconHint}</p>
        {icon !== undefined && (
          <img class="chat-icon" src={pictureUrl(base, icon)} alt={words.chatIcon} />
        )}
        <PictureForm kind="icon" current={icon} />
      </div>
      <TypedSetting
        setting="welcome"
        {...tab}
        label={words.welcomeText}
        hint={words.welcomeTextHint}
        field={{ type: "lines", maxLength: WELCOME_CHARACTERS }}
      />
      <TypedSetting
        setting="defaultRooms"
        {...tab}
        label={words.defaultRooms}
        hint={words.defaultRoomsHint}
        field={{ type: "line", maxLength: ROOMS_CHARACTERS }}
        problem={words.badRooms}
        read={roomsIn}
      />
      <div class="settings-form">
        <Segments<ChatSettings["entry"]>
          legend={words.entry}
          name="entry"
          value={entry}
          choices={ENTRIES.map((value) => ({ value, label: words.entries[value] }))}
          onChange={(value) => void state.set({ setting: "entry", value })}
        />
        <p class="hint">{words.entryHint}</p>
        <Outcome setting="entry" {...tab} />
      </div>
      <div class="settings-form">
        <Segments<ChatSettings["createRooms"]>
          legend={words.createRooms}
          name="create-rooms"
          value={createRooms}
          choices={ROOM_CREATORS.map((value) => ({ value, label: words.creators[value] }))}
          onChange={(value) => void state.set({ setting: "createRooms", value })}
        />
        <Outcome setting="createRooms" {...tab} />
      </div>
      <SwitchSetting
        setting="guests"
        {...tab}
        label={words.guestsWrite}
        hint={words.guestsWriteHint}
        value={guests}
      />
      <SwitchSetting
        setting="previews"
        {...tab}
        label={words.linkPreviews}
        hint={words.linkPreviewsHint}
        value={previews}
      />
      <KeepDays state={state} words={words} value={keepDays} />
    </>
  );
}

/** The choices of the days for which messages are kept. */
const KEEP = [0, 1, 7, 30, 90, 180, 365];

/** The days for which messages are kept: with a button, since a shorter time deletes what is there. */
function KeepDays({ state, words, value }: TabProps & { value: number }): JSX.Element {
  const [chosen, setChosen] = useState<number | undefined>();
  const shown = chosen ?? value;
  const changed = shown !== value;
  const busy = state.settingOutcomes.value.get("keepDays")?.kind === "waiting";

  async function save(event: Event): Promise<void> {
    event.preventDefault();
    if (busy || !changed) return;
    if (await state.set({ setting: "keepDays", value: shown })) setChosen(undefined);
  }

  return (
    <form class="settings-form" onSubmit={(event) => void save(event)}>
      <label>
        <span>{words.keepDays}</span>
        <select
          value={shown}
          aria-describedby="keepDays-hint"
          onChange={({ currentTarget }) => setChosen(Number(currentTarget.value))}
        >
          {[...new Set([...KEEP, value])].sort((a, b) => a - b).map((days) => (
            <option key={days} value={days}>{words.keepChoice(days)}</option>
          ))}
        </select>
      </label>
      <p class="hint" id="keepDays-hint">{words.keepDaysHint}</p>
      <p class="actions">
        <button type="submit" class={changed ? "primary" : ""} aria-disabled={busy || !changed}>
          {words.save}
        </button>
        <Outcome setting="keepDays" state={state} words={words} quiet={changed} />
      </p>
    </form>
  );
}

/** A setting that is on or off. */
function SwitchSetting(
  { setting, state, words, label, hint, value }: TabProps & {
    setting: "guests" | "previews";
    label: string;
    hint: string;
    value: boolean;
  },
): JSX.Element {
  return (
    <div class="settings-form">
      <label class="switch">
        <span>{label}</span>
        <input
          type="checkbox"
          role="switch"
          checked={value}
          aria-describedby={`${setting}-hint`}
          onChange={({ currentTarget }) => {
            const { checked } = currentTarget;
            // Shows what is, until the server has changed it.
            currentTarget.checked = value;
            void state.set({ setting, value: checked });
          }}
        />
      </label>
      <p class="hint" id={`${setting}-hint`}>{hint}</p>
      <Outcome setting={setting} state={state} words={words} />
    </div>
  );
}

/** A setting that is typed. What another admin saves meanwhile replaces it only if nobody is changing it here. */
function TypedSetting(
  { setting, state, words, label, hint, field, problem, read = (text) => text }: TabProps & {
    setting: "name" | "welcome" | "defaultRooms";
    label: string;
    hint: string;
    field: { type: "line" | "lines"; maxLength: number; placeholder?: string };
    /** Says what a text that is no value should be. */
    problem?: string;
    /** Returns the value that a text stands for. */
    read?: (text: string) => unknown;
  },
): JSX.Element {
  const { chat } = useApp();
  const strings = useStrings();
  const current = typed(chat.info.settings.value?.[setting] ?? "");
  const [text, setText] = useState<string | undefined>();
  const [isBad, setBad] = useState(false);
  const value = text ?? current;
  const changed = text !== undefined && text.trim() !== current;
  const busy = state.settingOutcomes.value.get(setting)?.kind === "waiting";

  async function save(event: Event): Promise<void> {
    event.preventDefault();
    if (busy || !changed) return;
    const wanted = readSetting(setting, read(value));
    if (typeof wanted === "string") return setBad(true);
    if (await state.set(wanted)) setText(undefined);
  }

  const { type, ...limits } = field;
  const attributes = {
    ...limits,
    value,
    dir: "auto",
    autocomplete: "off",
    "aria-invalid": isBad,
    "aria-describedby": `${setting}-hint`,
    onInput: ({ currentTarget }: { currentTarget: { value: string } }) => {
      setText(currentTarget.value);
      setBad(false);
    },
  } as const;
  return (
    <form class="settings-form" onSubmit={(event) => void save(event)}>
      <label>
        <span>{label}</span>
        {type === "line"
          ? <input type="text" {...attributes} />
          : <textarea rows={4} {...attributes} />}
      </label>
      <p class="hint" id={`${setting}-hint`}>{hint}</p>
      <p class="actions">
        <button type="submit" class={changed ? "primary" : ""} aria-disabled={busy || !changed}>
          {words.save}
        </button>
        <span class="problem" role="alert">
          {isBad && (problem ?? errorWords(strings, "bad_value"))}
        </span>
        <Outcome setting={setting} state={state} words={words} quiet={changed} />
      </p>
    </form>
  );
}

/** Returns a value as it is typed. */
function typed(value: string | readonly string[]): string {
  return typeof value === "string" ? value : value.map((room) => `#${room}`).join(" ");
}

/** Returns the addresses in a text, whatever stands between them. */
function roomsIn(text: string): string[] {
  const names = text.split(/[\s,;，；、]+/u).map(likelyRoom);
  return [...new Set(names)].filter((name) => name !== "");
}

/** The result of the last change of a setting. `quiet`: a further change is being written. */
function Outcome(
  { setting, state, words, quiet = false }: TabProps & {
    setting: Setting["setting"];
    quiet?: boolean;
  },
): JSX.Element {
  const strings = useStrings();
  const outcome = state.settingOutcomes.value.get(setting);
  const failed = outcome?.kind === "failed";
  return (
    <span class={failed ? "problem" : "saved"} role={failed ? "alert" : "status"}>
      {failed && errorWords(strings, outcome.code)}
      {outcome?.kind === "done" && !quiet && words.saved}
    </span>
  );
}
