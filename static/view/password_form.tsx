import type { JSX } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { SETTINGS_STRINGS } from "../settings_strings.ts";
import { savePassword } from "../state/own_account.ts";
import { errorWords } from "../strings.ts";
import { useApp, useStrings } from "./context.ts";
import { PasswordField } from "./password_field.tsx";

/** Sets a password for one's own name, or changes it: behind a button, since few do that often. */
export function PasswordForm(): JSX.Element {
  const { settings } = useApp();
  const words = SETTINGS_STRINGS[settings.spoken.value];
  const [isOpen, setOpen] = useState(false);
  const [isSaved, setSaved] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(false);

  // The button that had the focus has gone with the form.
  useLayoutEffect(() => {
    if (wasOpen.current && !isOpen) opener.current?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);

  function close(saved: boolean): void {
    setSaved(saved);
    setOpen(false);
  }

  return (
    <div class="name-form">
      {isOpen ? <Fields onClose={close} /> : (
        <button
          type="button"
          class="link"
          ref={opener}
          onClick={() => {
            setSaved(false);
            setOpen(true);
          }}
        >
          {settings.secured.value ? words.changeSecret : words.addSecret}
        </button>
      )}
      <p class="saved" aria-live="polite">{isSaved && words.secretSaved}</p>
    </div>
  );
}

/** A problem, and the field that it is about. */
interface FieldProblem {
  readonly field: "old" | "secret";
  readonly text: string;
}

function Fields({ onClose }: { onClose: (saved: boolean) => void }): JSX.Element {
  const { base, chat, settings } = useApp();
  const strings = useStrings();
  const words = SETTINGS_STRINGS[settings.spoken.value];
  // Set in another browser, it is only known here once the server asks for it.
  const [hasSecret, setHasSecret] = useState(settings.secured.peek());
  const [old, setOld] = useState("");
  const [secret, setSecret] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<FieldProblem | undefined>();
  const inputs = {
    old: useRef<HTMLInputElement>(null),
    secret: useRef<HTMLInputElement>(null),
  };
  const hint = useId();

  useLayoutEffect(() => (inputs.old.current ?? inputs.secret.current)?.focus(), [hasSecret]);

  function fail(field: FieldProblem["field"], text: string): void {
    setProblem({ field, text });
    inputs[field].current?.focus();
  }

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (busy) return;
    if (secret === "") return fail("secret", strings.errors.no_secret);
    setBusy(true);
    const answer = await savePassword(chat, base, { secret, ...(old !== "" && { old }) });
    setBusy(false);
    if (answer.ok) {
      settings.set("secured", true);
      return onClose(true);
    }
    if (answer.code !== "bad_secret") return fail("secret", errorWords(strings, answer.code));
    settings.set("secured", true);
    setHasSecret(true);
    fail("old", old === "" ? words.noOldSecret : words.wrongOldSecret);
  }

  function change(set: (value: string) => void): (value: string) => void {
    return (value) => {
      set(value);
      setProblem(undefined);
    };
  }

  return (
    <form class="password-form" onSubmit={submit}>
      {/* Tells password managers whose password it is. */}
      <input hidden readOnly autocomplete="username" value={chat.me.value?.name ?? ""} />
      {hasSecret && (
        <PasswordField
          label={words.oldSecret}
          value={old}
          onChange={change(setOld)}
          autocomplete="current-password"
          input={inputs.old}
          problem={problem?.field === "old" ? problem.text : undefined}
        />
      )}
      <PasswordField
        label={hasSecret ? words.newSecret : strings.secret}
        value={secret}
        onChange={change(setSecret)}
        autocomplete="new-password"
        input={inputs.secret}
        problem={problem?.field === "secret" ? problem.text : undefined}
        describedBy={hint}
      />
      <p class="hint" id={hint}>
        {hasSecret ? words.newSecretHint : words.secretHint}
      </p>
      <p class="actions">
        <button type="submit" class="primary" aria-disabled={busy}>{words.saveSecret}</button>
        <button type="button" onClick={() => onClose(false)}>{strings.cancel}</button>
      </p>
    </form>
  );
}
