import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { parseName } from "../../protocol/mod.ts";
import { login } from "../state/session.ts";
import { errorWords } from "../strings.ts";
import { useApp, useStrings } from "./context.ts";

/** Asks for the server's password, where there is one. */
export function Login(): JSX.Element {
  const { base, icon, unlock } = useApp();
  const strings = useStrings();
  const [problem, setProblem] = useState<string | undefined>();
  const [busy, setBusy] = useState(false);
  const [fields, setFields] = useState({ name: "", password: "", secret: "" });

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (busy) return;
    const { password, secret } = fields;
    const parsed = parseName(fields.name.trim());
    if ("problem" in parsed) return setProblem("bad_name");
    setBusy(true);
    const answer = await login(base, {
      name: parsed.name,
      password,
      ...(secret !== "" && { secret }),
    });
    setBusy(false);
    if (answer.ok) unlock();
    else setProblem(answer.code);
  }

  function field(key: keyof typeof fields, label: string, autocomplete: string): JSX.Element {
    return (
      <label>
        <span>{label}</span>
        <input
          type={key === "name" ? "text" : "password"}
          value={fields[key]}
          autocomplete={autocomplete}
          aria-describedby="login-problem"
          onInput={({ currentTarget }) => {
            setFields({ ...fields, [key]: currentTarget.value });
            setProblem(undefined);
          }}
        />
      </label>
    );
  }

  return (
    <main class="login">
      <form class="card" onSubmit={submit}>
        <h1>
          <img src={icon} alt="" width="40" height="40" />
          {strings.appName}
        </h1>
        <p>{strings.loginHint}</p>
        {field("name", strings.yourName, "username")}
        {field("password", strings.password, "current-password")}
        <details>
          <summary>{strings.addSecret}</summary>
          {field("secret", strings.secret, "off")}
          <p class="hint">{strings.secretHint}</p>
        </details>
        <p class="problem" id="login-problem" role="alert">
          {problem !== undefined && errorWords(strings, problem)}
          {problem === "name_taken" && ` ${strings.errors.name_taken_hint}`}
        </p>
        <button type="submit" class="primary" aria-disabled={busy}>{strings.enterServer}</button>
      </form>
    </main>
  );
}
