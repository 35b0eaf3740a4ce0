import { Eye, EyeOff } from "lucide-preact";
import type { JSX, Ref } from "preact";
import { useId, useState } from "preact/hooks";
import { useStrings } from "./context.ts";
import { IconButton } from "./icon_button.tsx";

/** The longest password in UTF-16 code units, as the server counts them. */
const PASSWORD_UNITS = 256;

/** A field for a password, which can be shown as typed; what is wrong with it stands below. */
export function PasswordField(
  { label, value, onChange, autocomplete, name, input, problem, describedBy, compact = false }: {
    label: string;
    value: string;
    onChange: (value: string) => void;
    /** Tells password managers whether to fill in a password or to make one. */
    autocomplete: "current-password" | "new-password" | "off";
    name?: string;
    input?: Ref<HTMLInputElement>;
    problem?: string | undefined;
    /** The ids of what explains the field. */
    describedBy?: string | undefined;
    /** Whether the label stands in the field, where there is no room above it. */
    compact?: boolean;
  },
): JSX.Element {
  const strings = useStrings();
  const [shown, setShown] = useState(false);
  const id = useId();
  const described = [describedBy, problem === undefined ? undefined : `${id}-problem`]
    .filter((each) => each !== undefined).join(" ");
  return (
    <div class="password">
      <label for={id} class={compact ? "unseen" : undefined}>
        <span>{label}</span>
      </label>
      <div class="password-frame">
        <input
          id={id}
          ref={input}
          name={name}
          type={shown ? "text" : "password"}
          value={value}
          maxLength={PASSWORD_UNITS}
          autocomplete={autocomplete}
          autocapitalize="off"
          spellcheck={false}
          placeholder={compact ? strings.secretShort : undefined}
          aria-invalid={problem !== undefined}
          aria-describedby={described === "" ? undefined : described}
          onInput={({ currentTarget }) => onChange(currentTarget.value)}
        />
        <IconButton
          label={shown ? strings.hidePassword : strings.showPassword}
          onClick={() => setShown(!shown)}
        >
          {shown ? <EyeOff aria-hidden="true" /> : <Eye aria-hidden="true" />}
        </IconButton>
      </div>
      {problem !== undefined && <p class="problem" id={`${id}-problem`} role="alert">{problem}</p>}
    </div>
  );
}
