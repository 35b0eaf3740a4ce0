/// <reference lib="dom" />
import { batch, effect } from "@preact/signals";
import { readLink } from "../state/links.ts";
import { readPlace, samePlace } from "../state/place_address.ts";
import { randomId } from "../state/random_id.ts";
import { likelyRoom } from "../state/rooms.ts";
import type { Viewport } from "../state/viewport.ts";
import { ADMIN_TABS, type AdminTab, type App } from "./context.ts";

/** The addresses of the administration. No room has a slash in its name. */
export const ADMIN_ADDRESS = "#/admin/";

/** The most entries of the browser's history whose spot is remembered. */
const SPOTS = 200;

/** The reader's place in a room when an entry of the browser's history was left: the end, or a message at the top. */
type Spot = { readonly room: string; readonly at: Viewport["spot"] };

/**
 * Goes to an address (`#/…`) at once. The browser tells of a changed address in a task of its own, and what is done
 * until then, such as a second press of a key, would begin at the place that was left.
 */
export function visit(address: string): void {
  // The back button also returns from a message that is opened twice.
  if (!samePlace(location.hash, address)) location.hash = address;
  else if (readPlace(address)?.seq !== undefined) history.pushState(null, "", address);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

/** Takes the message out of the page's address, which then names the room alone: its reader has gone on. */
export function forgetPlace(room: string): void {
  const place = readPlace(location.hash);
  if (place?.seq === undefined || likelyRoom(place.room) !== room) return;
  history.replaceState(history.state, "", `#/${room}`);
}

/**
 * Shows the room and the message, or the tab of the administration, that the page's address names, now and whenever it
 * changes, and names the one shown. Who goes back in the browser's history comes to the spot that they have left.
 */
export function followAddress(app: App): void {
  const { adminTab, chat, link } = app;
  const spots = new Map<string, Spot>();
  /** The entry of the browser's history that is shown. */
  let shown = "";

  /** Remembers the spot in the entry of the browser's history that was left. Returns whether one was. */
  function turn(): boolean {
    const entry = entryOf(history.state) ?? randomId();
    if (entry === shown) return false;
    history.replaceState({ entry }, "", location.href);
    if (app.viewport.current) {
      spots.delete(shown);
      spots.set(shown, { room: chat.active.peek().name, at: app.viewport.current.spot });
      for (const oldest of spots.keys()) {
        if (spots.size <= SPOTS) break;
        spots.delete(oldest);
      }
    }
    shown = entry;
    return true;
  }

  function follow(): void {
    const { hash } = location;
    const followed = readLink(hash);
    // A browser tells of one change twice, the second time when the token is out of the address.
    if (!turn() && followed === undefined) return;
    link.value = followed;
    // Remove the token from the history: anyone who has it may use it.
    if (followed !== undefined) return show();
    const isAdmin = hash.startsWith(ADMIN_ADDRESS) && readPlace(hash) === undefined;
    // Together, so that the address changes once, and not to the room that was shown before.
    batch(() => {
      adminTab.value = isAdmin ? adminTabOf(hash.slice(ADMIN_ADDRESS.length)) : undefined;
      if (!isAdmin && /^#\/./.test(hash)) open(hash);
    });
    show();
  }

  function open(hash: string): void {
    const { room: typed, seq } = readPlace(hash) ?? { room: hash.slice(2) };
    const name = likelyRoom(typed);
    const before = chat.active.peek();
    const spot = spots.get(shown);
    if (!chat.open(name)) {
      chat.problem.value = { code: "bad_room", room: name };
      return;
    }
    const room = chat.active.peek();
    if (spot?.room === name) {
      if (spot.at === undefined) chat.places.toNewest(room);
      else void chat.places.goTo(room, spot.at.seq, { offset: spot.at.offset, isMarked: false });
    } else if (seq !== undefined) void goTo(seq);
    else if (room === before && room.place.peek()) chat.places.toNewest(room);
  }

  async function goTo(seq: number): Promise<void> {
    const room = chat.active.peek();
    if (await chat.places.goTo(room, seq)) return;
    forgetPlace(room.name);
    if (room !== chat.active.peek()) return;
    const { noSuchMessage } = app.settings.strings.peek();
    app.toast.value = { text: noSuchMessage };
  }

  function show(): void {
    const tab = adminTab.value;
    const { name } = chat.active.value;
    const place = readPlace(location.hash);
    if (tab === undefined && place?.seq !== undefined && likelyRoom(place.room) === name) return;
    const address = tab === undefined ? `#/${name}` : ADMIN_ADDRESS + tab;
    // Replace the entry: the back button must not return to a room that was left.
    if (!samePlace(location.hash, address)) history.replaceState(history.state, "", address);
  }
  addEventListener("hashchange", follow);
  // Also between entries with one address.
  addEventListener("popstate", follow);
  // A browser does nothing at a link to the address that is shown, whose reader may have gone on.
  addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const address = link?.getAttribute("href") ?? "";
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (!isPlain || event.defaultPrevented || readPlace(address)?.seq === undefined) return;
    if (!samePlace(location.hash, address)) return;
    event.preventDefault();
    visit(address);
  });
  follow();
  effect(show);
}

function entryOf(state: unknown): string | undefined {
  if (typeof state !== "object" || state === null || !("entry" in state)) return undefined;
  return typeof state.entry === "string" ? state.entry : undefined;
}

function adminTabOf(name: string): AdminTab {
  return ADMIN_TABS.find((tab) => tab === name) ?? "people";
}
