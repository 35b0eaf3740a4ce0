import { Trash2 } from "lucide-preact";
import type { JSX } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { nameKey } from "../../../protocol/names.ts";
import { ACCOUNT_STRINGS } from "../../account_strings.ts";
import { deleteAccount } from "../../state/own_account.ts";
import { errorWords } from "../../strings.ts";
import { useApp, useStrings } from "../context.ts";
import { isComposing } from "../composition.ts";
import { Segments } from "../segments.tsx";
import { PasswordField } from "../password_field.tsx";
import { askToForget, forgetPerson } from "./forget.ts";

/** Deletes one's own account: behind a button, and only for the password, or the name typed once more. */
export function DeleteAccount({ name }: { name: string }): JSX.Element {
  const { settings } = useApp();
  const words = ACCOUNT_STRINGS[settings.spoken.value];
  const [isOpen, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(false);
  // The button that had the focus has gone with the form.
  useLayoutEffect(() => {
    if (wasOpen.current && !isOpen) opener.current?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
  if (isOpen) return <Fields name={name} onCancel={() => setOpen(false)} />;
  return (
    <p class="actions">
      <button type="button" class="danger" ref={opener} onClick={() => setOpen(true)}>
        <Trash2 aria-hidden="true" />
        {words.deleteAccount}
      </button>
    </p>
  );
}

/** Selects the field with which a person confirms the deletion. */
const FIELD = "input:not([hidden], [type=radio])";

function Fields({ name, onCancel }: { name: string; onCancel: () => void }): JSX.Element {
  const app = useApp();
  const { base, settings } = app;
  const strings = useStrings();
  const words = ACCOUNT_STRINGS[settings.spoken.value];
  // Set in another browser, it is only known here once the server asks for it.
  const [hasSecret, setHasSecret] = useState(settings.secured.peek());
  const [secret, setSecret] = useState("");
  const [typed, setTyped] = useState("");
  const [messages, setMessages] = useState<"keep" | "delete">("keep");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | undefined>();
  const form = useRef<HTMLFormElement>(null);
  const secretInput = useRef<HTMLInputElement>(null);
  const id = useId();

  useLayoutEffect(() => {
    form.current?.querySelector<HTMLElement>(FIELD)?.focus();
    form.current?.scrollIntoView({ block: "nearest" });
  }, [hasSecret]);

  function fail(text: string): void {
    setProblem(text);
    form.current?.querySelector<HTMLElement>(FIELD)?.focus();
  }

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (busy) return;
    if (hasSecret && secret === "") return fail(strings.errors.no_secret);
    if (!hasSecret && nameKey(typed.trim()) !== nameKey(name)) return fail(words.typeNameProblem);
    setBusy(true);
    const request = { name, messages, ...(hasSecret && { secret }) };
    const code = await askToForget(() => deleteAccount(base, request));
    setBusy(false);
    if (code === undefined) return forgetPerson(app, "accountDeleted");
    if (code !== "bad_secret") return fail(errorWords(strings, code));
    setHasSecret(true);
    fail(hasSecret ? strings.errors.bad_secret : strings.errors.no_secret);
  }

  return (
    <form
      ref={form}
      class="question"
      aria-label={words.deleteAccount}
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || isComposing(event)) return;
        event.stopPropagation();
        event.preventDefault();
        onCancel();
      }}
    >
      <p>{words.deleteHint}</p>
      <ul class="hint-list">
        {words.deleteHints(name, messages).map((hint) => <li key={hint}>{hint}</li>)}
      </ul>
      <Segments<"keep" | "delete">
        legend={words.yourMessages}
        name={`${id}-messages`}
        value={messages}
        choices={(["keep", "delete"] as const).map((value) => ({
          value,
          label: words.messages[value],
        }))}
        onChange={setMessages}
      />
      {/* Tells password managers whose password it is. */}
      <input hidden readOnly autocomplete="username" value={name} />
      {hasSecret
        ? (
          <PasswordField
            label={strings.secret}
            value={secret}
            onChange={(value) => {
              setSecret(value);
              setProblem(undefined);
            }}
            autocomplete="current-password"
            input={secretInput}
            problem={problem}
          />
        )
        : (
          <>
            <label>
              <span>{words.typeName(name)}</span>
              <input
                value={typed}
                autocomplete="off"
                spellcheck={false}
                aria-invalid={problem !== undefined}
                aria-describedby={id}
                onInput={({ currentTarget }) => {
                  setTyped(currentTarget.value);
                  setProblem(undefined);
                }}
              />
            </label>
            <p class="problem" id={id} role="alert">{problem}</p>
          </>
        )}
      <p class="actions">
        <button type="button" onClick={onCancel}>{strings.cancel}</button>
        <button type="submit" class="danger" aria-disabled={busy}>{words.deleteNow}</button>
      </p>
    </form>
  );
}
