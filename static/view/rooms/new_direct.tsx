import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { User } from "../../../protocol/mod.ts";
import { DIRECT_PEOPLE } from "../../../protocol/room_making.ts";
import { openDirect } from "../../state/making_rooms.ts";
import { errorWords } from "../../strings.ts";
import { useApp, useStrings } from "../context.ts";
import { Dialog } from "../dialog.tsx";
import { PeoplePicker } from "./people_picker.tsx";
import { useWords } from "./words.ts";

/** Opens the direct room of this person and some others. */
export function NewDirectDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const { adminTab, chat, focusComposer } = useApp();
  const strings = useStrings();
  const words = useWords();
  const [people, setPeople] = useState<readonly User[]>([]);
  const [problem, setProblem] = useState<string | undefined>();

  async function open(): Promise<void> {
    if (people.length === 0) return;
    const code = await openDirect(chat, people);
    if (code !== undefined) return setProblem(code);
    adminTab.value = undefined;
    onClose();
    setTimeout(focusComposer);
  }

  return (
    <Dialog title={strings.newDirect} onClose={onClose}>
      <form
        class="room-form"
        onSubmit={(event) => {
          event.preventDefault();
          void open();
        }}
      >
        <PeoplePicker
          label={words.to}
          chosen={people}
          without={new Set()}
          most={DIRECT_PEOPLE - 1}
          onChange={setPeople}
        />
        <p class="hint">{words.directHint}</p>
        <p class="problem" role="alert">{problem && errorWords(strings, problem)}</p>
        <p class="actions end">
          <button type="button" onClick={onClose}>{words.cancel}</button>
          <button type="submit" class="primary" disabled={people.length === 0}>
            {words.openDirect}
          </button>
        </p>
      </form>
    </Dialog>
  );
}
