/// <reference lib="dom" />
import { batch, effect } from "@preact/signals";
import { readLink } from "../state/links.ts";
import { likelyRoom } from "../state/rooms.ts";
import { ADMIN_TABS, type AdminTab, type App } from "./context.ts";

/** The addresses of the administration. No room has a slash in its name. */
export const ADMIN_ADDRESS = "#/admin/";

/**
 * Goes to an address (`#/…`) at once. The browser tells of a changed address in a task of its own, and what is done
 * until then, such as a second press of a key, would begin at the place that was left.
 */
export function visit(address: string): void {
  location.hash = address;
  dispatchEvent(new HashChangeEvent("hashchange"));
}

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
