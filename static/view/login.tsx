import "./shared.ts";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { parseName } from "../../protocol/mod.ts";
import { LOGIN_STRINGS } from "../login_strings.ts";
import { login } from "../state/session.ts";
import { errorWords } from "../strings.ts";
import { useApp, useStrings } from "./context.ts";
import { PasswordField } from "./password_field.tsx";
import { Status } from "./status.tsx";

/** The problems that are shown at the field for the name, and at those for passwords. */
const NAME_PROBLEMS = ["no_name", "bad_name", "name_taken"];
const PASSWORD_PROBLEMS = ["bad_secret", "wrong_password"];

/** Covers the chat until the server has said who is there. */
export function Login(): JSX.Element {
  const { base, locked } = useApp();
  useEffect(() => {
    document.title = new URL(base).hostname;
  }, []);
  return <main class="login">{locked.value === "waiting" ? <Waiting /> : <LoginForm />}</main>;
}

/** Says that somebody has logged in, and what the chat waits for. */
function Waiting(): JSX.Element {
  const { base, chat, icon, settings } = useApp();
  const title = useRef<HTMLHeadingElement>(null);
  // The field that had the focus is gone.
  useLayoutEffect(() => title.current?.focus(), []);
  return (
    <div class="login-box">
      <h1 ref={title} tabIndex={-1}>
        <img src={icon} alt="" width="40" height="40" />
        {new URL(base).hostname}
      </h1>
      {chat.connection.state.value.kind !== "banned" && (
        <p>{LOGIN_STRINGS[settings.spoken.value].waiting}</p>
      )}
      <Status />
    </div>
  );
}

/** Asks for the server's password, where there is one. */
function LoginForm(): JSX.Element {
  const { base, icon, refusal, settings, unlock } = useApp();
  const [isInviteOnly] = useState(() => refusal.peek()?.kind === "invite");
  const strings = useStrings();
  const words = LOGIN_STRINGS[settings.spoken.value];
  const [problem, setProblem] = useState<string | undefined>();
  const [busy, setBusy] = useState(false);
  /** Whether the field for the name's own password is shown. */
  const [taken, setTaken] = useState(isInviteOnly);
  const [fields, setFields] = useState({ name: "", password: "", secret: "" });

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (busy) return;
    const { password, secret } = fields;
    const parsed = parseName(fields.name.trim());
    if ("problem" in parsed) {
      focus("name");
      return setProblem(fields.name.trim() === "" ? "no_name" : "bad_name");
    }
    setBusy(true);
    const answer = await login(base, {
      name: parsed.name,
      ...(!isInviteOnly && { password }),
      ...(secret !== "" && { secret }),
    });
    setBusy(false);
    if (answer.ok) {
      settings.set("greeted", true);
      settings.set("secured", secret !== "");
      return unlock();
    }
    setProblem(answer.code);
    if (answer.code === "needs_invitation") setTaken(true);
    if (answer.code === "wrong_password") focus("password");
    else if (answer.code !== "name_taken") focus(answer.code === "bad_secret" ? "secret" : "name");
    else setTaken(true);
  }

  const form = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => focus("name"), []);
  // A field that appears is the next one to fill in.
  useLayoutEffect(() => {
    if (taken) focus("secret");
  }, [taken]);

  function focus(key: keyof typeof fields): void {
    form.current?.querySelector<HTMLInputElement>(`[name=${key}]`)?.focus();
  }

  function change(key: keyof typeof fields, value: string): void {
    setFields({ ...fields, [key]: value });
    setProblem(undefined);
  }

  const isOfName = problem !== undefined && NAME_PROBLEMS.includes(problem);
  const isOther = problem !== undefined && !isOfName && !PASSWORD_PROBLEMS.includes(problem);
  const problemOf = (code: string): string | undefined =>
    problem === code ? errorWords(strings, code) : undefined;

  return (
    <form ref={form} onSubmit={submit}>
      <h1>
        <img src={icon} alt="" width="40" height="40" />
        {new URL(base).hostname}
      </h1>
      <p>{isInviteOnly ? words.inviteOnly : words.loginHint}</p>
      <label>
        <span>{strings.yourName}</span>
        <input
          name="name"
          value={fields.name}
          autocomplete="username"
          autocapitalize="words"
          spellcheck={false}
          aria-invalid={isOfName}
          aria-describedby="name-problem"
          onInput={({ currentTarget }) => change("name", currentTarget.value)}
        />
      </label>
      <p class="problem" id="name-problem" role="alert">
        {isOfName && errorWords(strings, problem)}
        {problem === "name_taken" && strings.gap + strings.errors.name_taken_hint}
      </p>
      {taken && (
        <PasswordField
          name="secret"
          label={strings.secret}
          value={fields.secret}
          onChange={(value) => change("secret", value)}
          autocomplete={isInviteOnly ? "current-password" : "off"}
          problem={problemOf("bad_secret")}
        />
      )}
      {!isInviteOnly && (
        <PasswordField
          name="password"
          label={strings.password}
          value={fields.password}
          onChange={(value) => change("password", value)}
          autocomplete="current-password"
          problem={problemOf("wrong_password")}
        />
      )}
      {!taken && (
        <button type="button" class="link" onClick={() => setTaken(true)}>
          {words.haveSecret}
        </button>
      )}
      <p class="problem" role="alert">{isOther && errorWords(strings, problem)}</p>
      <button type="submit" class="primary" aria-disabled={busy}>{words.enterServer}</button>
    </form>
  );
}
