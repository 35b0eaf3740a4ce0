import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { SETTINGS_STRINGS } from "../settings_strings.ts";
import { isGuest } from "../state/guests.ts";
import { logout } from "../state/session.ts";
import type { Theme } from "../state/settings.ts";
import type { Language } from "../strings.ts";
import { LANGUAGE_NAMES } from "../strings.ts";
import { AboutForm } from "./account/about_form.tsx";
import { DeleteAccount } from "./account/delete_account.tsx";
import { askToForget, forgetPerson } from "./account/forget.ts";
import { OwnNameForm } from "./account/own_name.tsx";
import { PictureForm } from "./account/picture_form.tsx";
import { Sessions } from "./account/sessions.tsx";
import { canNotify, isBroken, wantToNotify } from "./attention.ts";
import { AdminMark } from "./admin_mark.tsx";
import { Avatar } from "./avatar.tsx";
import { useApp, useStrings } from "./context.ts";
import { Dialog } from "./dialog.tsx";
import { DoNotDisturb } from "./do_not_disturb.tsx";
import { IgnoredPeople } from "./ignored_people.tsx";
import { PasswordForm } from "./password_form.tsx";
import { Segments } from "./segments.tsx";

/** Oneself, and what is set for this browser. */
export function SettingsDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const { chat, settings } = useApp();
  const words = SETTINGS_STRINGS[settings.spoken.value];
  const me = chat.me.value;
  return (
    <Dialog title={words.profile} onClose={onClose}>
      {me && (
        <section>
          <p class="person">
            <Avatar user={me} />
            <bdi>{me.name}</bdi>
            {chat.info.admins.value.has(me.id) && <AdminMark />}
          </p>
          {!isGuest(me.name) && (
            <PictureForm kind="picture" current={chat.info.pictures.of(me.id)} />
          )}
          <OwnNameForm />
          {!isGuest(me.name) && <AboutForm me={me.id} />}
          {!isGuest(me.name) && <PasswordForm />}
        </section>
      )}
      <section>
        <Segments<Theme>
          legend={words.theme}
          name="theme"
          value={settings.theme.value}
          choices={[
            { value: "auto", label: words.themeAuto },
            { value: "light", label: words.themeLight },
            { value: "dark", label: words.themeDark },
          ]}
          onChange={(value) => settings.set("theme", value)}
        />
        <Segments<Language | "auto">
          legend={words.languageChoice}
          name="language"
          value={settings.language.value}
          choices={[
            { value: "auto", label: words.languageAuto },
            { value: "en", label: LANGUAGE_NAMES.en, lang: "en" },
            { value: "zh", label: LANGUAGE_NAMES.zh, lang: "zh-Hans" },
          ]}
          onChange={(value) => settings.set("language", value)}
        />
      </section>
      <section>
        <Alerts />
        {me && !isGuest(me.name) && <DoNotDisturb />}
      </section>
      <IgnoredPeople />
      {me && !isGuest(me.name) && <Sessions />}
      {me && (
        <section>
          <Logout name={me.name} />
          {!isGuest(me.name) && <DeleteAccount name={me.name} />}
        </section>
      )}
    </Dialog>
  );
}

function Alerts(): JSX.Element {
  const { settings } = useApp();
  const strings = useStrings();
  const words = SETTINGS_STRINGS[settings.spoken.value];
  const { blocked, insecure } = words.notificationProblems;
  const problem = !isSecureContext
    ? insecure
    : !("Notification" in globalThis) || isBroken.value
    ? strings.cantNotify
    : Notification.permission === "denied"
    ? blocked
    : undefined;
  return (
    <div>
      <label class="switch">
        <span>{words.notifications}</span>
        <input
          type="checkbox"
          checked={settings.notifications.value && canNotify() === "granted"}
          disabled={problem !== undefined}
          onChange={({ currentTarget }) => wantToNotify(settings, currentTarget.checked)}
        />
      </label>
      {problem !== undefined && <p class="hint">{problem}</p>}
      <label class="switch">
        <span>{words.sound}</span>
        <input
          type="checkbox"
          checked={settings.sound.value}
          onChange={({ currentTarget }) => settings.set("sound", currentTarget.checked)}
        />
      </label>
    </div>
  );
}

/** Logs out. A name without a password would be lost with that, so it asks first. */
function Logout({ name }: { name: string }): JSX.Element {
  const app = useApp();
  const strings = useStrings();
  const words = SETTINGS_STRINGS[app.settings.spoken.value];
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState("");
  const cancel = useRef<HTMLButtonElement>(null);
  const isSafe = app.settings.secured.value || isGuest(name);

  async function leave(): Promise<void> {
    const { owner } = app.chat.store;
    const code = await askToForget(async () => await logout(app.base) ? undefined : "offline");
    if (code === undefined) forgetPerson(app, undefined, owner);
    else setProblem(strings.errors[code]);
  }

  // The button that had the focus is gone, and the question may be below what is in view.
  useLayoutEffect(() => cancel.current?.focus(), [asking]);

  if (!asking) {
    return (
      <>
        <p class="actions">
          <button type="button" onClick={() => isSafe ? void leave() : setAsking(true)}>
            {words.logout}
          </button>
        </p>
        <p class="problem" role="alert">{problem}</p>
      </>
    );
  }
  return (
    <div role="alert" class="name-form">
      <p>{words.logoutHint}</p>
      <p class="actions">
        <button type="button" ref={cancel} onClick={() => setAsking(false)}>
          {strings.cancel}
        </button>
        <button type="button" class="danger" onClick={leave}>{words.logout}</button>
      </p>
      <p class="problem">{problem}</p>
    </div>
  );
}
