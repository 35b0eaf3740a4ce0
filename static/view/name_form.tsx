import { KeyRound } from "lucide-preact";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { saveName } from "../state/session.ts";
import { errorWords } from "../strings.ts";
import { useApp, useStrings } from "./context.ts";

/** The longest name in UTF-16 code units: the server counts characters. */
const NAME_UNITS = 64;
const SECRET_UNITS = 256;

/** Takes a name, and a secret for it. */
export function NameForm(
  { autoFocus = false, compact = false, onSaved, children }: {
    autoFocus?: boolean;
    /** Whether to show no more than needed. */
    compact?: boolean;
    onSaved?: () => void;
    children?: ComponentChildren;
  },
): JSX.Element {
  const { chat, base } = useApp();
  const strings = useStrings();
  const current = chat.me.value?.name ?? "";
  const shown = current.startsWith("guest-") ? "" : current;
  const [name, setName] = useState(shown);
  const [secret, setSecret] = useState("");
  const [withSecret, setWithSecret] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | undefined>();
  const [saved, setSaved] = useState(false);
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => setName(shown), [shown]);
  useLayoutEffect(() => {
    if (autoFocus) input.current?.focus();
  }, []);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setSaved(false);
    const answer = await saveName(chat, base, {
      name,
      ...(withSecret && secret !== "" && { secret }),
    });
    setBusy(false);
    setProblem(answer.ok ? undefined : answer.code);
    if (answer.ok) {
      setSaved(true);
      setSecret("");
      setWithSecret(false);
      onSaved?.();
      return;
    }
    if (answer.code === "name_taken") setWithSecret(true);
    input.current?.focus();
  }

  function reset(): void {
    setName(shown);
    setSecret("");
    setWithSecret(false);
    setProblem(undefined);
  }

  const changed = name.trim() !== shown || secret !== "";
  return (
    <form class={`name-form ${compact ? "compact" : ""}`} onSubmit={submit}>
      <label>
        <span class={compact ? "unseen" : ""}>{strings.yourName}</span>
        <input
          ref={input}
          value={name}
          maxLength={NAME_UNITS}
          autocomplete="nickname"
          autocapitalize="words"
          spellcheck={false}
          placeholder={current}
          aria-invalid={problem !== undefined}
          aria-describedby="name-problem"
          onInput={({ currentTarget }) => {
            setName(currentTarget.value);
            setProblem(undefined);
            setSaved(false);
          }}
        />
      </label>
      <p class="problem" id="name-problem" role="alert">
        {problem !== undefined && errorWords(strings, problem)}
        {problem === "name_taken" && ` ${strings.errors.name_taken_hint}`}
      </p>
      {withSecret
        ? (
          <label>
            <span>{strings.secret}</span>
            <input
              type="password"
              value={secret}
              maxLength={SECRET_UNITS}
              autocomplete="current-password"
              aria-describedby="secret-hint"
              onInput={({ currentTarget }) => {
                setSecret(currentTarget.value);
                setProblem(undefined);
              }}
            />
            <span class="hint" id="secret-hint">{strings.secretHint}</span>
          </label>
        )
        : (
          <button
            type="button"
            class={compact ? "icon" : "link"}
            aria-label={strings.addSecret}
            title={strings.addSecret}
            onClick={() => setWithSecret(true)}
          >
            <KeyRound aria-hidden="true" />
            {!compact && strings.addSecret}
          </button>
        )}
      {(!compact || changed || withSecret) && (
        <p class="actions">
          <button type="submit" class="primary" aria-disabled={busy}>{strings.saveName}</button>
          {children}
          {compact && <button type="button" onClick={reset}>{strings.cancel}</button>}
        </p>
      )}
      <p class="saved" aria-live="polite">{saved && strings.nameSaved}</p>
    </form>
  );
}
