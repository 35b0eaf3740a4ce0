/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { effect, signal } from "@preact/signals";
import { render } from "preact";
import { Chat } from "./state/chat.ts";
import { needsPassword } from "./state/session.ts";
import { Settings } from "./state/settings.ts";
import { onChangeElsewhere, openStorage } from "./state/storage.ts";
import { errorWords, LANGUAGE_TAGS } from "./strings.ts";
import { Page } from "./view/app.tsx";
import { attract, isAttentive, showCount } from "./view/attention.ts";
import { type App, AppProvider } from "./view/context.ts";
import { hasKeyboard, keepFocus } from "./view/focus.ts";
import { followAddress, listenToKeys } from "./view/shortcuts.ts";
import { followTheme } from "./view/theme.ts";

const base = new URL(".", location.href).href;
const store = openStorage(() => localStorage);
const locked = signal(false);
const online = (): boolean => navigator.onLine;

const chat = new Chat({
  url: new URL("ws", base).href.replace(/^http/, "ws"),
  store,
  online,
  attentive: isAttentive,
  onMessage: (message, about) => attract(app, message, about),
  onFailed: (code) => {
    const { value: strings } = app.settings.strings;
    app.spoken.value = `${strings.failed} ${errorWords(strings, code)}`;
  },
  onRefused: async () => {
    if (!await needsPassword(base) || chat.connection.state.peek().kind === "open") return;
    chat.connection.stop();
    locked.value = true;
  },
});

const app: App = {
  base,
  icon: document.querySelector<HTMLLinkElement>('link[rel="icon"]')?.href ?? "",
  chat,
  store,
  locked,
  settings: new Settings(store, navigator.languages),
  dialog: signal(undefined),
  drawer: signal(false),
  peopleDrawer: signal(false),
  askToNotify: signal(false),
  spoken: signal(""),
  toNewest: signal(0),
  toComposer: signal(0),
  unlock: () => {
    locked.value = false;
    chat.connection.connect();
  },
};

chat.connection.connect();
followAddress(app);
listenToKeys(app);
keepFocus(app);
followTheme(app.settings);
render(
  <AppProvider value={app}>
    <Page />
  </AppProvider>,
  document.body,
);
// A screen keyboard that nobody asked for would hide half of the page.
if (hasKeyboard()) app.toComposer.value++;

addEventListener("online", () => chat.connection.wake());
addEventListener("offline", () => chat.connection.sleep());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") chat.connection.wake();
});
onChangeElsewhere((key, value) => {
  chat.changedElsewhere(key, value);
  app.settings.changedElsewhere(key, value);
});

effect(() => showCount(chat.unread.value, chat.active.value.name, app.icon));
effect(() => {
  document.documentElement.lang = LANGUAGE_TAGS[app.settings.spoken.value];
});
