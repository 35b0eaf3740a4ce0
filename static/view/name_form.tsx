import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { isGuest } from "../state/guests.ts";
import { saveName } from "../state/session.ts";
import { errorWords } from "../strings.ts";
import { useApp, useStrings } from "./context.ts";
import { PasswordField } from "./password_field.tsx";

/** The longest name in UTF-16 code units: the server counts characters. */
const NAME_UNITS = 64;

/** The state of a form for a name, and its parts. */
interface NameFields {
  readonly submit: (event: Event) => Promise<void>;
  readonly changed: boolean;
  readonly busy: boolean;
  readonly saved: boolean;
  readonly name: JSX.Element;
  /** The field for the password of a name that someone has; nothing before that. */
  readonly secret: JSX.Element | false;
  readonly problem: JSX.Element;
}

/** Makes a form for a name. */
export function useNameFields(
  { autoFocus = false, compact = false, onSaved }: {
    autoFocus?: boolean;
    compact?: boolean;
    onSaved?: () => void;
  },
): NameFields {
  const { base, chat, settings } = useApp();
  const strings = useStrings();
  const current = chat.me.value?.name ?? "";
  const shown = isGuest(current) ? "" : current;
  const [name, setName] = useState(shown);
  const [secret, setSecret] = useState("");
  /** Whether the name is someone's, who may be this person on another device. */
  const [taken, setTaken] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | undefined>();
  const [saved, setSaved] = useState(false);
  const nameInput = useRef<HTMLInputElement>(null);
  const secretInput = useRef<HTMLInputElement>(null);
  const id = useId();

  useEffect(() => setName(shown), [shown]);
  useLayoutEffect(() => {
    if (autoFocus) nameInput.current?.focus();
  }, []);
  // A field that appears is the next one to fill in.
  useLayoutEffect(() => {
    if (taken) secretInput.current?.focus();
  }, [taken]);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setSaved(false);
    const proves = taken && secret !== "";
    const answer = await saveName(chat, base, { name, ...(proves && { secret }) });
    setBusy(false);
    if (answer.ok) {
      // A guest has none; else the password stays when the name changes.
      if (proves || isGuest(current)) settings.set("secured", proves);
      setProblem(undefined);
      setSaved(true);
      setSecret("");
      setTaken(false);
      onSaved?.();
      return;
    }
    setProblem(answer.code);
    if (answer.code === "name_taken") setTaken(true);
    const isOfSecret = answer.code === "name_taken" || answer.code === "bad_secret";
    (isOfSecret ? secretInput : nameInput).current?.focus();
  }

  const isOfSecret = problem === "bad_secret";
  const words = problem === undefined ? undefined : errorWords(strings, problem);
  return {
    submit,
    changed: name.trim() !== shown || secret !== "",
    busy,
    saved,
    name: (
      <label>
        <span class="unseen">{strings.yourName}</span>
        <input
          ref={nameInput}
          value={name}
          maxLength={NAME_UNITS}
          // Beside a password it is what a password manager knows that by.
          autocomplete={taken ? "username" : "nickname"}
          autocapitalize="words"
          spellcheck={false}
          placeholder={shown === "" ? strings.yourName : current}
          aria-invalid={problem !== undefined && !isOfSecret}
          aria-describedby={id}
          onInput={({ currentTarget }) => {
            setName(currentTarget.value);
            setProblem(undefined);
            setSaved(false);
          }}
        />
      </label>
    ),
    secret: taken && (
      <PasswordField
        compact={compact}
        label={strings.secret}
        value={secret}
        onChange={(value) => {
          setSecret(value);
          setProblem(undefined);
        }}
        autocomplete="current-password"
        input={secretInput}
        problem={isOfSecret ? words : undefined}
        describedBy={id}
      />
    ),
    problem: (
      <p class="problem" id={id} role="alert">
        {!isOfSecret && words}
        {problem === "name_taken" && strings.gap + strings.errors.name_taken_hint}
      </p>
    ),
  };
}

/** Takes a name in one row; asks for its password only if someone has that name. */
export function NameRow(
  { children, ...options }: {
    autoFocus?: boolean;
    onSaved?: () => void;
    children?: ComponentChildren;
  },
): JSX.Element {
  const strings = useStrings();
  const { submit, busy, name, secret, problem } = useNameFields({ ...options, compact: true });
  return (
    <form class="name-row" onSubmit={submit}>
      {name}
      {secret}
      <button type="submit" class="primary" aria-disabled={busy}>{strings.joinChat}</button>
      {children}
      {problem}
    </form>
  );
}
