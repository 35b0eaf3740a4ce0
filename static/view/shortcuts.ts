/// <reference lib="dom" />
import { type Shortcut, shortcutOf } from "../state/shortcuts.ts";
import { visit } from "./address.ts";
import { isComposing } from "./composition.ts";
import type { App } from "./context.ts";

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
  // With the search open, the browser's own is meant.
  if (isOpen) return false;
  switch (shortcut) {
    case "search":
      app.dialog.value = undefined;
      queueMicrotask(() => app.dialog.value = "search");
      return true;
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
    visit(`#/${room.name}`);
    return;
  }
}
