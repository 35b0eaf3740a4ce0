import type { JSX } from "preact";
import { SETTINGS_STRINGS } from "../../settings_strings.ts";
import { useApp, useStrings } from "../context.ts";
import { useNameFields } from "../name_form.tsx";

/** Changes the name, also to one that this person has on another device. */
export function OwnNameForm(): JSX.Element {
  const { settings } = useApp();
  const strings = useStrings();
  const words = SETTINGS_STRINGS[settings.spoken.value];
  const fields = useNameFields({});
  return (
    <form class="name-form" onSubmit={fields.submit}>
      <h3>{strings.yourName}</h3>
      <div class="name-row">
        {fields.name}
        <button
          type="submit"
          class={fields.changed ? "primary" : ""}
          aria-disabled={fields.busy}
          disabled={!fields.changed}
        >
          {words.saveName}
        </button>
      </div>
      {fields.secret}
      {fields.problem}
      <p class="saved" aria-live="polite">{fields.saved && !fields.changed && words.nameSaved}</p>
    </form>
  );
}
