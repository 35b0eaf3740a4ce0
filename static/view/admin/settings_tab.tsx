import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import {
  CHAT_NAME_CHARACTERS,
  type ChatSettings,
  ENTRIES,
  ROOM_CREATORS,
  WELCOME_CHARACTERS,
} from "../../../protocol/settings.ts";
import type { AdminStrings } from "../../admin_strings.ts";
import type { Administration } from "../../state/administration.ts";
import { errorWords } from "../../strings.ts";
import { useApp, useStrings } from "../context.ts";
import { Segments } from "../segments.tsx";

interface TabProps {
  readonly state: Administration;
  readonly words: AdminStrings;
}

/** The settings of the whole chat. Each takes effect at once, for everybody. */
export function SettingsTab({ state, words }: TabProps): JSX.Element {
  const { chat } = useApp();
  const { settings } = chat.info;
  useEffect(() => () => state.clearOutcomes(), []);
  if (settings.value === undefined) return <p class="hint" role="status">{words.loading}</p>;
  const { createRooms, entry, guests } = settings.value;
  return (
    <>
      <TextSetting setting="name" state={state} words={words} />
      <TextSetting setting="welcome" state={state} words={words} />
      <div class="settings-form">
        <Segments<ChatSettings["entry"]>
          legend={words.entry}
          name="entry"
          value={entry}
          choices={ENTRIES.map((value) => ({ value, label: words.entries[value] }))}
          onChange={(value) => void state.set({ setting: "entry", value })}
        />
        <p class="hint">{words.entryHint}</p>
        <Outcome setting="entry" state={state} words={words} />
      </div>
      <div class="settings-form">
        <Segments<ChatSettings["createRooms"]>
          legend={words.createRooms}
          name="create-rooms"
          value={createRooms}
          choices={ROOM_CREATORS.map((value) => ({ value, label: words.creators[value] }))}
          onChange={(value) => void state.set({ setting: "createRooms", value })}
        />
        <Outcome setting="createRooms" state={state} words={words} />
      </div>
      <div class="settings-form">
        <label class="switch">
          <span>{words.guestsWrite}</span>
          <input
            type="checkbox"
            role="switch"
            checked={guests}
            aria-describedby="guests-hint"
            onChange={({ currentTarget }) => {
              const { checked } = currentTarget;
              // Shows what is, until the server has changed it.
              currentTarget.checked = guests;
              void state.set({ setting: "guests", value: checked });
            }}
          />
        </label>
        <p class="hint" id="guests-hint">{words.guestsWriteHint}</p>
        <Outcome setting="guests" state={state} words={words} />
      </div>
    </>
  );
}

/** A setting that is a text. What another admin saves meanwhile replaces it only if nobody is changing it here. */
function TextSetting(
  { setting, state, words }: TabProps & { setting: "name" | "welcome" },
): JSX.Element {
  const { chat } = useApp();
  const current = chat.info.settings.value?.[setting] ?? "";
  const [text, setText] = useState<string | undefined>();
  const value = text ?? current;
  const changed = text !== undefined && text.trim() !== current;
  const busy = state.settingOutcomes.value.get(setting)?.kind === "waiting";
  const isName = setting === "name";

  async function save(event: Event): Promise<void> {
    event.preventDefault();
    if (busy || !changed) return;
    if (await state.set({ setting, value })) setText(undefined);
  }

  const field = {
    value,
    dir: "auto",
    autocomplete: "off",
    maxLength: isName ? CHAT_NAME_CHARACTERS : WELCOME_CHARACTERS,
    "aria-describedby": `${setting}-hint`,
    onInput: ({ currentTarget }: { currentTarget: { value: string } }) =>
      setText(currentTarget.value),
  } as const;
  return (
    <form class="settings-form" onSubmit={(event) => void save(event)}>
      <label>
        <span>{isName ? words.chatName : words.welcomeText}</span>
        {isName
          ? <input type="text" {...field} placeholder={location.hostname} />
          : <textarea rows={4} {...field} />}
      </label>
      <p class="hint" id={`${setting}-hint`}>
        {isName ? words.chatNameHint : words.welcomeTextHint}
      </p>
      <p class="actions">
        <button type="submit" class={changed ? "primary" : ""} aria-disabled={busy || !changed}>
          {words.save}
        </button>
        <Outcome setting={setting} state={state} words={words} quiet={changed} />
      </p>
    </form>
  );
}

/** What became of the last change of a setting. `quiet`: a further change is being written. */
function Outcome(
  { setting, state, words, quiet = false }: TabProps & {
    setting: keyof ChatSettings;
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
