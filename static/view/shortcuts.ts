/// <reference lib="dom" />
import { effect } from "@preact/signals";
import type { Room } from "../state/room.ts";
import { likelyRoom } from "../state/rooms.ts";
import type { App } from "./context.ts";

/** Shows the room that the page's address names, now and whenever it changes, and names the one shown. */
export function followAddress({ chat }: App): void {
  function follow(): void {
    const typed = /^#\/(.+)$/.exec(location.hash)?.[1];
    if (typed !== undefined && !chat.open(likelyRoom(decoded(typed)))) {
      chat.problem.value = { code: "bad_room" };
    }
    show(chat.active.peek());
  }
  function show({ name }: Room): void {
    const address = `#/${name}`;
    // In the place of another: who goes back shall not come to a room that was left.
    if (location.hash !== address) history.replaceState(null, "", address);
  }
  addEventListener("hashchange", follow);
  follow();
  effect(() => show(chat.active.value));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The keys that work anywhere on the page. */
export function listenToKeys(app: App): void {
  addEventListener("keydown", (event) => {
    if (event.isComposing || app.locked.peek() || !handle(app, event)) return;
    event.preventDefault();
  });
}

function handle(app: App, event: KeyboardEvent): boolean {
  const { key, altKey, shiftKey } = event;
  const command = event.ctrlKey || event.metaKey;
  if (command && !altKey && !shiftKey && (key === "k" || key === "/")) {
    app.dialog.value = key === "k" ? "rooms" : "shortcuts";
    return true;
  }
  if (app.dialog.peek() !== undefined) return false;
  if (command && !altKey && !shiftKey && key === "j") {
    app.toComposer.value++;
    return true;
  }
  if (altKey && !command && (key === "ArrowUp" || key === "ArrowDown")) {
    go(app, key === "ArrowUp" ? -1 : 1, shiftKey);
    return true;
  }
  if (key === "Escape") {
    if (app.drawer.peek() || app.peopleDrawer.peek()) {
      app.drawer.value = app.peopleDrawer.value = false;
    } else {
      app.toNewest.value++;
      app.toComposer.value++;
    }
    return true;
  }
  return false;
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
