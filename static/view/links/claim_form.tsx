import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { LINK_SECRET_CHARACTERS, parseName } from "../../../protocol/names.ts";
import type { LinkStrings } from "../../link_strings.ts";
import { isGuest } from "../../state/guests.ts";
import { login } from "../../state/session.ts";
import { errorWords } from "../../strings.ts";
import { useApp, useStrings } from "../context.ts";
import { PasswordField } from "../password_field.tsx";

/** The field that a problem is about; the others are about none. */
const FIELDS: Readonly<Record<string, "name" | "secret" | "password">> = {
  no_name: "name",
  bad_name: "name",
  name_taken: "name",
  no_secret: "secret",
  short_secret: "secret",
  bad_secret: "secret",
  wrong_password: "password",
};

/** Asks for the name and the password of somebody new: the first admin, or a person who is invited. */
export function ClaimForm(
  { token, needsPassword, hint, label, words, onDone }: {
    token: string;
    /** Explains what the field is for. */
    hint: string;
    /** The label of the button. */
    label: string;
    needsPassword: boolean;
    words: LinkStrings;
    onDone: () => void;
  },
): JSX.Element {
  const { base, chat, locked, settings } = useApp();
  const strings = useStrings();
  const form = useRef<HTMLFormElement>(null);
  const own = locked.peek() === undefined ? chat.me.value?.name ?? "" : "";
  const [name, setName] = useState(isGuest(own) ? "" : own);
  const [secret, setSecret] = useState("");
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState<string | undefined>();
  const [busy, setBusy] = useState(false);

  function fail(code: string): void {
    setProblem(code);
    form.current?.querySelector<HTMLInputElement>(`[name=${FIELDS[code] ?? "name"}]`)?.focus();
  }

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (busy) return;
    const parsed = parseName(name.trim());
    if ("problem" in parsed) return fail(name.trim() === "" ? "no_name" : "bad_name");
    if (secret.length < LINK_SECRET_CHARACTERS) return fail("short_secret");
    setBusy(true);
    const answer = await login(base, {
      ...{ name: parsed.name, secret, link: token },
      ...(needsPassword && { password }),
    });
    setBusy(false);
    if (!answer.ok) return fail(answer.code);
    settings.set("greeted", true);
    settings.set("secured", true);
    onDone();
  }

  const field = problem === undefined ? undefined : FIELDS[problem];
  const said = problem === undefined ? undefined : errorWords(strings, problem);
  const changed = <T,>(set: (value: T) => void) => (value: T): void => {
    set(value);
    setProblem(undefined);
  };
  return (
    <form ref={form} onSubmit={(event) => void submit(event)}>
      <p>{hint}</p>
      <label>
        <span>{strings.yourName}</span>
        <input
          name="name"
          value={name}
          autocomplete="username"
          autocapitalize="words"
          spellcheck={false}
          aria-invalid={field === "name"}
          aria-describedby="name-problem"
          onInput={({ currentTarget }) => changed(setName)(currentTarget.value)}
        />
      </label>
      <p class="problem" id="name-problem" role="alert">{field === "name" && said}</p>
      <PasswordField
        name="secret"
        label={words.newSecret}
        value={secret}
        onChange={changed(setSecret)}
        autocomplete="new-password"
        problem={field === "secret" ? said : undefined}
        describedBy="secret-hint"
      />
      <p class="hint" id="secret-hint">{words.secretHint}</p>
      {needsPassword && (
        <PasswordField
          name="password"
          label={strings.password}
          value={password}
          onChange={changed(setPassword)}
          autocomplete="off"
          problem={field === "password" ? said : undefined}
        />
      )}
      <p class="problem" role="alert">{field === undefined && said}</p>
      <button type="submit" class="primary" aria-disabled={busy}>{label}</button>
    </form>
  );
}
