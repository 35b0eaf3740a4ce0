import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { LINK_SECRET_CHARACTERS } from "../../../protocol/names.ts";
import type { LinkStrings } from "../../link_strings.ts";
import { login } from "../../state/session.ts";
import { errorWords } from "../../strings.ts";
import { useApp, useStrings } from "../context.ts";
import { PasswordField } from "../password_field.tsx";

/** Asks for the new password of a name. */
export function ResetForm(
  { token, name, needsPassword, words, onDone }: {
    token: string;
    name: string;
    needsPassword: boolean;
    words: LinkStrings;
    onDone: () => void;
  },
): JSX.Element {
  const { base, settings } = useApp();
  const strings = useStrings();
  const [secret, setSecret] = useState("");
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState<string | undefined>();
  const [busy, setBusy] = useState(false);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (busy) return;
    if (secret.length < LINK_SECRET_CHARACTERS) return setProblem("short_secret");
    setBusy(true);
    const fields = { name: "", secret, link: token, ...(needsPassword && { password }) };
    const answer = await login(base, fields);
    setBusy(false);
    if (!answer.ok) return setProblem(answer.code);
    settings.set("greeted", true);
    settings.set("secured", true);
    onDone();
  }

  const said = problem === undefined ? undefined : errorWords(strings, problem);
  const isOfSecret = problem === "short_secret";
  return (
    <form onSubmit={(event) => void submit(event)}>
      <p>{words.resetHint(name)}</p>
      {/* Tells a password manager whose password it is. */}
      <span class="unseen" aria-hidden="true">
        <input type="text" autocomplete="username" value={name} readOnly tabIndex={-1} />
      </span>
      <PasswordField
        name="secret"
        label={words.newSecret}
        value={secret}
        onChange={(value) => {
          setSecret(value);
          setProblem(undefined);
        }}
        autocomplete="new-password"
        problem={isOfSecret ? said : undefined}
        describedBy="secret-hint"
      />
      <p class="hint" id="secret-hint">{words.resetSecretHint}</p>
      {needsPassword && (
        <PasswordField
          name="password"
          label={strings.password}
          value={password}
          onChange={(value) => {
            setPassword(value);
            setProblem(undefined);
          }}
          autocomplete="off"
        />
      )}
      <p class="problem" role="alert">{!isOfSecret && said}</p>
      <button type="submit" class="primary" aria-disabled={busy}>{words.resetNow}</button>
    </form>
  );
}
