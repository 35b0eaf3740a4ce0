/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import "./polyfills.ts";
import { effect, signal } from "@preact/signals";
import { render } from "preact";
import { loadEmoji } from "./emoji.ts";
import { Chat } from "./state/chat.ts";
import type { GoneRoom } from "./state/chat_options.ts";
import { isGuest } from "./state/guests.ts";
import { randomId } from "./state/random_id.ts";
import { Refusals } from "./state/refusal.ts";
import type { News } from "./state/live_inbox.ts";
import { Settings } from "./state/settings.ts";
import { onChangeElsewhere, openStorage } from "./state/storage.ts";
import { errorWords, LANGUAGE_TAGS, loadStrings } from "./strings.ts";
import { followAddress, visit } from "./view/address.ts";
import {
  beginAgain,
  closeOthers,
  forgetPerson,
  leaveWithOthers,
  sayWhatIsLeft,
} from "./view/account/forget.ts";
import { Page } from "./view/app.tsx";
import { insertAtCaret } from "./view/insert.ts";
import { attract, followTitle, isAttentive, showOwnIcon } from "./view/attention.ts";
import { type App, AppProvider } from "./view/context.ts";
import { takeFiles } from "./view/files/intake.ts";
import { loadFilesPart } from "./view/files/part.ts";
import { keepFocus } from "./view/focus.ts";
import { loadDialogs } from "./view/later_dialog.tsx";
import { tellLoadFailed } from "./view/lazy.tsx";
import { placeOf } from "./view/room_label.tsx";
import { listenToKeys } from "./view/shortcuts.ts";
import { followTheme } from "./view/theme.ts";
import { surviveTranslation } from "./view/translation.ts";

const base = new URL(".", location.href).href;
const store = openStorage(() => localStorage);
const locked: App["locked"] = signal();
/** The room to enter when the server has said who has logged in. */
let invitedTo: string | undefined;
/** The time after which the parts are loaded that are not needed at once, in ms. */
const LATER_MS = 3_000;
const online = (): boolean => navigator.onLine;

/** Names this tab. A reload keeps the name; a copy of the tab gets one of its own. */
function tabName(): string {
  const name = openStorage(() => sessionStorage);
  const known = name.get("tab") ?? randomId();
  name.remove("tab");
  addEventListener("pagehide", () => name.set("tab", known));
  addEventListener("pageshow", () => name.remove("tab"));
  return known;
}

/** Whether the browser keeps cookies: those that forbid them may say that they are enabled. In a sandbox, asking throws. */
function keepsCookies(): boolean {
  try {
    document.cookie = "kept=1";
    const isKept = document.cookie !== "";
    document.cookie = "kept=; max-age=0";
    return isKept;
  } catch {
    return false;
  }
}

const refusals = new Refusals(base);

const chat = new Chat({
  url: new URL("ws", base).href.replace(/^http/, "ws"),
  store,
  cookies: store.isKept || keepsCookies(),
  tab: tabName(),
  online,
  loadUploader: async () => {
    try {
      return (await app.loadFiles()).uploaderOf(base);
    } catch (error) {
      // Nobody waits for it before there is a file.
      if (chat.files.list.peek().length > 0) tellLoadFailed(app);
      throw error;
    }
  },
  attentive: () => isAttentive() && app.adminTab.peek() === undefined,
  onMessage: (message, about) => {
    attract(app, message, about);
    if (about.mention) tellNews({ kind: "mention" });
  },
  onChanged: (line) => tellNews({ kind: "change", line }),
  onFailed: (code) => {
    const { value: strings } = app.settings.strings;
    app.spoken.value = `${strings.failed} ${errorWords(strings, code)}`;
  },
  onActionRefused: (action, code) => {
    void loadDialogs().then((part) => part.tellRefused(app, action, code), () => {
      app.toast.value = { text: errorWords(app.settings.strings.peek(), code) };
    });
  },
  onGone: (gone) => {
    void loadDialogs().then((part) => part.tellGone(app, gone), () => tellPlainly(gone));
    tellNews({ kind: "gone", room: gone.room.name });
  },
  onDeleted: () => forgetPerson(app, "accountDeleted"),
  isCovered: () => locked.peek() !== undefined,
  onLoggedOut: ({ name }) => locked.peek() ? beginAgain(app, invitedTo) : closeOthers(app, name),
  onRefused: async () => {
    const refusal = await refusals.ask();
    if (chat.connection.state.peek().kind === "open") return;
    app.refusal.value = refusal;
    if (refusal?.kind === "banned") return chat.connection.ban();
    if (refusal?.kind !== "password" && refusal?.kind !== "invite") return;
    chat.connection.stop();
    locked.value = "login";
  },
});

/** Says that a room is gone without the part that has the words for it. */
function tellPlainly({ room, isAsked, hasBegun }: GoneRoom): void {
  const { errors, unsent } = app.settings.strings.peek();
  const said = [
    ...isAsked ? [] : [`${placeOf(app, room)}: ${errors.no_room}`],
    ...hasBegun ? [unsent(chat.unsent().length)] : [],
  ];
  if (said.length > 0) app.toast.value = { text: said.join(" · ") };
}

function tellNews(news: News): void {
  for (const call of app.onNews) call(news);
}

const app: App = {
  base,
  icon: document.querySelector<HTMLLinkElement>('link[rel="icon"]')?.href ?? "",
  chat,
  store,
  locked,
  settings: new Settings(store, navigator.languages),
  dialog: signal(undefined),
  person: signal(undefined),
  reporting: signal(undefined),
  onNews: new Set(),
  acting: signal(undefined),
  filesPart: signal(undefined),
  loadFiles: async () => app.filesPart.value ??= await loadFilesPart(),
  viewing: signal(undefined),
  adminTab: signal(undefined),
  link: signal(undefined),
  drawer: signal(false),
  peopleDrawer: signal(false),
  refusal: signal(undefined),
  askToNotify: signal(undefined),
  toast: signal(undefined),
  spoken: signal(""),
  viewport: { current: undefined },
  focusComposer: () => document.getElementById("composer")?.focus(),
  insert: (text) => insertAtCaret(document.getElementById("composer"), text),
  unlock: (room) => {
    // It may be somebody else, for whom nothing is here.
    if (locked.peek()) locked.value = "waiting";
    invitedTo = room;
    chat.connection.connect();
  },
};

// Before anything is said.
await loadStrings(app.settings.spoken.peek());
sayWhatIsLeft(app);
chat.connection.connect();
followAddress(app);
listenToKeys(app);
keepFocus(app);
takeFiles(app);
followTheme(app.settings);
surviveTranslation();
// The notice for browsers in which this module does not run.
document.querySelector(".needs")?.remove();
render(
  <AppProvider value={app}>
    <Page />
  </AppProvider>,
  document.body,
);

addEventListener("online", () => chat.connection.wake());
addEventListener("offline", () => chat.connection.sleep());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") chat.connection.wake();
  else chat.memberships.sendWaiting();
});
// The back button can bring a page back as it was left.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted && chat.store.isLeft) leaveWithOthers(app);
});
onChangeElsewhere((key, value) => {
  // Another tab's person left: nothing of theirs may stay here.
  const { name } = chat.me.peek() ?? {};
  const here = { isGuest: name !== undefined && isGuest(name) };
  if (chat.store.isLeftBy(key, value, here)) return leaveWithOthers(app);
  chat.changedElsewhere(key, value);
  app.settings.changedElsewhere(key, value);
});

// A newcomer is in one room, and can't know that there are others. Once: thousands may come back at a time.
const endAsking = effect(() => {
  if (chat.connection.state.value.kind !== "open") return;
  if (chat.rooms.peek().length === 1) chat.askRooms();
  // When there is nothing else to do, so that they are there at once, and without a connection.
  setTimeout(() => {
    void loadEmoji();
    void loadDialogs().catch(() => {});
    // Also what keeps files, so that they can be chosen without a connection; and it removes what is left of old ones.
    if (chat.limits.peek()?.file !== 0) void chat.files.prepare();
  }, LATER_MS);
  queueMicrotask(() => endAsking());
});
effect(() => {
  if (chat.connection.state.value.kind === "open") app.refusal.value = undefined;
});
chat.me.subscribe((me) => {
  if (!me) return;
  locked.value = undefined;
  if (invitedTo === undefined) return;
  chat.open(invitedTo, { create: true });
  visit(`#/${invitedTo}`);
  invitedTo = undefined;
});
followTitle(app);
effect(() => showOwnIcon(base, chat.info.settings.value));
effect(() => {
  void loadStrings(app.settings.spoken.value);
  document.documentElement.lang = LANGUAGE_TAGS[app.settings.spoken.value];
});
