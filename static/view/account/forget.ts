import { openStorage } from "../../state/storage.ts";
import type { App } from "../context.ts";

/** The key under which a page that is loaded again finds what to say, in the tab's own store. */
const SAY = "say";

/** Forgets this person in this browser, and begins the page again; `say` is said then. */
export function forgetPerson(
  { base, chat, store }: Pick<App, "base" | "chat" | "store">,
  say?: "accountDeleted",
): void {
  // Nothing is kept any more, whatever is done while the page is loaded again.
  chat.connection.stop();
  chat.store.clear();
  store.remove("greeted");
  store.remove("secured");
  if (say !== undefined) openStorage(() => sessionStorage).set(SAY, say);
  // The address names the last room.
  history.replaceState(null, "", base);
  location.reload();
}

/** Says what was left to be said before the page was loaded again. */
export function sayWhatIsLeft({ settings, toast }: Pick<App, "settings" | "toast">): void {
  const tab = openStorage(() => sessionStorage);
  if (tab.get(SAY) !== "accountDeleted") return;
  tab.remove(SAY);
  toast.value = { text: settings.strings.peek().accountDeleted };
}
