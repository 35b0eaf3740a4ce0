import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { isRoom } from "../../protocol/mod.ts";
import { likelyRoom } from "../state/rooms.ts";
import { logout } from "../state/session.ts";
import type { Theme } from "../state/settings.ts";
import type { Language } from "../strings.ts";
import { STRINGS } from "../strings.ts";
import { canNotify, wantToNotify } from "./attention.ts";
import { useApp, useStrings } from "./context.ts";
import { Dialog } from "./dialog.tsx";

/** The key that commands begin with. */
const COMMAND = /^(?:Mac|iP)/.test(navigator.platform) ? "⌘" : "Ctrl";

/** The dialog that is open, if there is one. */
export function Dialogs(): JSX.Element | null {
  const { dialog } = useApp();
  const name = dialog.value;
  function close(): void {
    // A browser tells of the end of a dialog later, when there may be another one.
    if (dialog.peek() === name) dialog.value = undefined;
  }
  switch (name) {
    case "rooms":
      return <RoomsDialog onClose={close} />;
    case "settings":
      return <SettingsDialog onClose={close} />;
    case "shortcuts":
      return <ShortcutsDialog onClose={close} />;
    default:
      return null;
  }
}

function RoomsDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const { chat, toComposer } = useApp();
  const strings = useStrings();
  const [typed, setTyped] = useState("");
  const [bad, setBad] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    chat.askRooms();
    input.current?.focus();
  }, []);
  const name = likelyRoom(typed);
  const all = chat.directory.value ?? [];
  const found = all.filter(({ room }) => room.includes(name));

  function enter(room: string): void {
    onClose();
    location.hash = `#/${room}`;
    // Behind the dialog, which gives the focus back when it closes.
    setTimeout(() => toComposer.value++);
  }

  function submit(event: Event): void {
    event.preventDefault();
    if (isRoom(name)) enter(name);
    else setBad(true);
  }

  return (
    <Dialog title={strings.findRoom} onClose={onClose}>
      <form class="find" onSubmit={submit}>
        <label>
          <span>{strings.roomName}</span>
          <input
            ref={input}
            value={typed}
            maxLength={64}
            autocapitalize="off"
            autocomplete="off"
            spellcheck={false}
            placeholder={strings.roomNameHint}
            aria-invalid={bad}
            aria-describedby="room-problem"
            onInput={({ currentTarget }) => {
              setTyped(currentTarget.value);
              setBad(false);
            }}
          />
        </label>
        <button type="submit" class="primary">
          {name !== "" && !all.some(({ room }) => room === name)
            ? strings.create(name)
            : strings.enter}
        </button>
        <p class="problem" id="room-problem" role="alert">{bad && strings.roomBad}</p>
      </form>
      <h3>{strings.allRooms}</h3>
      {found.length === 0 && <p class="hint">{strings.noRooms}</p>}
      <ul class="directory">
        {found.map(({ room, count }) => (
          <li key={room}>
            <button type="button" onClick={() => enter(room)}>
              <span class="hash" aria-hidden="true">#</span>
              <span class="room-name">{room}</span>
              <span class="hint">
                {chat.room(room) ? `${strings.isIn} · ` : ""}
                {strings.here(count)}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

function SettingsDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const { settings, base, store } = useApp();
  const strings = useStrings();
  const themes: [Theme, string][] = [
    ["auto", strings.themeAuto],
    ["light", strings.themeLight],
    ["dark", strings.themeDark],
  ];
  const languages: [Language | "auto", string][] = [
    ["auto", strings.languageAuto],
    ["en", STRINGS.en.language],
    ["zh", STRINGS.zh.language],
  ];

  async function leave(): Promise<void> {
    if (!await logout(base)) return;
    for (const key of store.keys("outbox.")) store.remove(key);
    store.remove("greeted");
    location.reload();
  }

  return (
    <Dialog title={strings.settings} onClose={onClose}>
      <fieldset class="choices">
        <legend>{strings.theme}</legend>
        {themes.map(([value, label]) => (
          <label key={value}>
            <input
              type="radio"
              name="theme"
              checked={settings.theme.value === value}
              onChange={() => settings.set("theme", value)}
            />
            <span>{label}</span>
          </label>
        ))}
      </fieldset>
      <fieldset class="choices">
        <legend>{strings.languageChoice}</legend>
        {languages.map(([value, label]) => (
          <label key={value} lang={value === "zh" ? "zh-Hans" : undefined}>
            <input
              type="radio"
              name="language"
              checked={settings.language.value === value}
              onChange={() =>
                settings.set("language", value)}
            />
            <span>{label}</span>
          </label>
        ))}
      </fieldset>
      <label class="switch">
        <input
          type="checkbox"
          checked={settings.notifications.value && canNotify() === "granted"}
          disabled={canNotify() === "denied"}
          onChange={({ currentTarget }) => wantToNotify(settings, currentTarget.checked)}
        />
        <span>{strings.notifications}</span>
      </label>
      {canNotify() === "denied" && <p class="hint">{strings.notificationsDenied}</p>}
      <label class="switch">
        <input
          type="checkbox"
          checked={settings.sound.value}
          onChange={({ currentTarget }) => settings.set("sound", currentTarget.checked)}
        />
        <span>{strings.sound}</span>
      </label>
      <hr />
      <p class="hint" id="logout-hint">{strings.logoutHint}</p>
      <button type="button" aria-describedby="logout-hint" onClick={leave}>{strings.logout}</button>
    </Dialog>
  );
}

function ShortcutsDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const { shortcutList: list, formattingList, shortcuts, formatting } = useStrings();
  const rows: [string[], string][] = [
    [["Enter"], list.send],
    [["Shift", "Enter"], list.newline],
    [["Tab"], list.complete],
    [[COMMAND, "K"], list.find],
    [["Alt", "↑ ↓"], list.next],
    [["Alt", "Shift", "↑ ↓"], list.unread],
    [[COMMAND, "J"], list.compose],
    [["Page ↑ ↓"], list.scroll],
    [[COMMAND, "/"], list.help],
    [["Esc"], list.close],
  ];
  return (
    <Dialog title={shortcuts} onClose={onClose}>
      <dl class="shortcuts">
        {rows.map(([keys, words]) => (
          <div key={words}>
            <dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <h3>{formatting}</h3>
      <ul class="formatting">
        {Object.values(formattingList).map((words) => <li key={words}>{words}</li>)}
      </ul>
    </Dialog>
  );
}
