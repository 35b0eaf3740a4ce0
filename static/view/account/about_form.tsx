import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ABOUT_CHARACTERS } from "../../../protocol/abouts.ts";
import { ACCOUNT_STRINGS } from "../../account_strings.ts";
import { errorWords } from "../../strings.ts";
import { useAbout } from "../about.ts";
import { useApp, useStrings } from "../context.ts";

/** Changes the line about oneself. */
export function AboutForm({ me }: { me: string }): JSX.Element {
  const { chat, settings } = useApp();
  const strings = useStrings();
  const words = ACCOUNT_STRINGS[settings.spoken.value];
  const [current, setCurrent] = useAbout(me);
  const [text, setText] = useState<string | undefined>();
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<string | undefined>();
  const changed = text !== undefined && text.trim() !== current;

  async function save(event: Event): Promise<void> {
    event.preventDefault();
    if (busy || !changed) return;
    setBusy(true);
    const wanted = text.trim();
    const answer = await chat.requests.ask({ type: "about", text: wanted });
    setBusy(false);
    setOutcome(answer.ok ? "saved" : answer.code);
    if (!answer.ok) return;
    setCurrent(wanted);
    setText(undefined);
  }

  const saved = outcome === "saved" && !changed;
  return (
    <form class="name-form" onSubmit={(event) => void save(event)}>
      <label>
        <span>{words.about}</span>
        <input
          type="text"
          value={text ?? current}
          maxLength={ABOUT_CHARACTERS}
          placeholder={words.aboutHint}
          autocomplete="off"
          dir="auto"
          onInput={({ currentTarget }) => {
            setText(currentTarget.value);
            setOutcome(undefined);
          }}
        />
      </label>
      <p class="actions">
        <button type="submit" aria-disabled={busy || !changed}>{words.aboutSave}</button>
        <span class="saved" role="status">{saved && words.pictureSaved}</span>
        <span class="problem" role="alert">
          {outcome !== undefined && outcome !== "saved" && errorWords(strings, outcome)}
        </span>
      </p>
    </form>
  );
}
