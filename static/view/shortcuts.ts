/// <reference lib="dom" />
import { batch, effect } from "@preact/signals";
import { readLink } from "../state/links.ts";
import { likelyRoom } from "../state/rooms.ts";
import { type Shortcut, shortcutOf } from "../state/shortcuts.ts";
import { isComposing } from "./composition.ts";
import { ADMIN_TABS, type AdminTab, type App } from "./context.ts";

/** The addresses of the administration. No room has a slash in its name. */
export const ADMIN_ADDRESS = "#/admin/";

/**
 * Shows the room, or the tab of the administration, that the page's address names, now and whenever it changes,
 * and names the one shown.
 */
export function followAddress({ adminTab, chat, link }: App): void {
  function follow(): void {
    const { hash } = location;
    link.value = readLink(hash);
    // The token shall stay in no history: whoever has it may use it.
    if (link.peek() !== undefined) return show();
    const isAdmin = hash.startsWith(ADMIN_ADDRESS);
    const typed = isAdmin ? undefined : /^#\/(.+)$/.exec(hash)?.[1];
    // Together, so that the address changes once, and not to the room that was shown before.
    batch(() => {
      adminTab.value = isAdmin ? adminTabOf(hash.slice(ADMIN_ADDRESS.length)) : undefined;
      if (typed !== undefined && !chat.open(likelyRoom(decoded(typed)))) {
        chat.problem.value = { code: "bad_room", room: likelyRoom(decoded(typed)) };
      }
    });
    show();
  }
  function show(): void {
    const tab = adminTab.value;
    const { name } = chat.active.value;
    const address = tab === undefined ? `#/${name}` : ADMIN_ADDRESS + tab;
    // In the place of another: who goes back shall not come to a room that was left.
    if (decoded(location.hash) !== address) history.replaceState(null, "", address);
  }
  addEventListener("hashchange", follow);
  follow();
  effect(show);
}

function adminTabOf(name: string): AdminTab {
  return ADMIN_TABS.find((tab) => tab === name) ?? "people";
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Whether commands begin with ⌘ here. */
const IS_MAC = /^(?:Mac|iP)/.test(navigator.platform);

/** The key that commands begin with. */
export const COMMAND = IS_MAC ? "⌘" : "Ctrl";

/** The keys that work anywhere on the page. */
export function listenToKeys(app: App): void {
  addEventListener("keydown", (event) => {
    // Without a key the browser fills in a form.
    if (isComposing(event) || typeof event.key !== "string") return;
    if (app.locked.peek() || app.link.peek() !== undefined) return;
    const shortcut = shortcutOf(event, { isMac: IS_MAC, editing: editing(event.target) });
    if (shortcut && follow(app, shortcut)) event.preventDefault();
  });
}

function editing(target: EventTarget | null): "no" | "empty" | "text" {
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement) {
    return target.value === "" ? "empty" : "text";
  }
  return "no";
}

/** Does what a shortcut means; returns whether it means anything now. */
function follow(app: App, shortcut: Shortcut): boolean {
  // Escape may have closed it, which the browser only tells later.
  const isOpen = document.querySelector("dialog[open]") !== null;
  if (shortcut === "rooms" || shortcut === "help") {
    const name = shortcut === "rooms" ? "rooms" : "shortcuts";
    // Takes it away, and then opens it anew.
    if (app.dialog.peek() === name && !isOpen) {
      app.dialog.value = undefined;
      queueMicrotask(() => app.dialog.value = name);
    } else app.dialog.value = name;
    return true;
  }
  if (isOpen) return false;
  switch (shortcut) {
    case "composer":
      app.focusComposer();
      return true;
    case "previous":
    case "previousUnread":
      go(app, -1, shortcut === "previousUnread");
      return true;
    case "next":
    case "nextUnread":
      go(app, 1, shortcut === "nextUnread");
      return true;
    case "close":
      if (app.drawer.peek() || app.peopleDrawer.peek()) {
        app.drawer.value = app.peopleDrawer.value = false;
      } else {
        app.viewport.current?.toEnd();
        app.focusComposer();
      }
      return true;
  }
}

function go({ chat }: App, step: 1 | -1, unreadOnly: boolean): void {
  const rooms = chat.rooms.peek();
  const from = rooms.indexOf(chat.active.peek());
  for (let i = 1; i <= rooms.length; i++) {
    const room = rooms[(from + i * step + rooms.length * i) % rooms.length];
    if (!room || (unreadOnly && room.unread.peek() === 0)) continue;
    location.hash = `#/${room.name}`;
    return;
  }
}
