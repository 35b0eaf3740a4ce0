import { isGuest } from "../../state/guests.ts";
import type { PersonalStore } from "../../state/personal_store.ts";
import { openStorage } from "../../state/storage.ts";
import { forgetSaid } from "../attention.ts";
import type { App } from "../context.ts";

/** The key under which a page that is loaded again finds what to say, in the tab's own store. */
const SAY = "say";

/** The time after which it was said, in ms. */
const SAID_MS = 5000;

/**
 * Forgets this person in this browser, and begins the page again; `say` is said then.
 *
 * @param owner the person, if the server may have named a guest meanwhile
 */
export function forgetPerson(
  { base, chat, store }: Pick<App, "base" | "chat" | "store">,
  say?: "accountDeleted",
  owner?: string,
): void {
  // Nothing is kept any more, whatever is done while the page is loaded again.
  chat.connection.stop();
  chat.store.clear(owner);
  store.remove("greeted");
  store.remove("secured");
  if (say !== undefined) openStorage(() => sessionStorage).set(SAY, say);
  beginAgain({ base, chat }, undefined, "nobody");
}

/** Begins the page again, in a room if there is one, with nothing of the person who was there. */
export function beginAgain(
  { base, chat }: Pick<App, "base" | "chat">,
  room?: string,
  next: PersonalStore["next"] = "other",
): void {
  // The address names the last room.
  history.replaceState(null, "", base + (room ? `#/${room}` : ""));
  reload(chat, next);
}

function reload({ files }: App["chat"], next: PersonalStore["next"]): void {
  // The browser asks nobody but their person whether to lose files that can't be kept. The others wait for that person,
  // unless they are forgotten.
  if (next !== "same") {
    files.list.value = files.list.value.filter(({ passing }) => next === "other" && !passing);
  }
  location.reload();
}

/** Closes what may show what was for the former person alone; `name` is that of who is at the page now. */
export function closeOthers(
  app: Pick<
    App,
    "acting" | "askToNotify" | "dialog" | "reporting" | "settings" | "spoken" | "toast" | "viewing"
  >,
  name: string,
): void {
  for (const each of [app.dialog, app.viewing, app.acting, app.reporting, app.askToNotify]) {
    each.value = undefined;
  }
  forgetSaid(app);
  app.toast.value = isGuest(name) ? { text: app.settings.strings.peek().loggedOut } : undefined;
}

/** Says what was left to be said before the page was loaded again. */
export function sayWhatIsLeft({ settings, toast }: Pick<App, "settings" | "toast">): void {
  const tab = openStorage(() => sessionStorage);
  if (tab.get(SAY) !== "accountDeleted") return;
  toast.value = { text: settings.strings.peek().accountDeleted };
  // Another tab that forgets the person meanwhile has this one load again.
  setTimeout(() => tab.remove(SAY), SAID_MS);
}

/** Whether the page waits for the answer to a deletion or a log-out, and whether it was to be loaded again meanwhile. */
let isAsking = false;
let isLeft = false;

/**
 * Loads the page again, because another tab has forgotten the person; not while this one asks for it, which would lose
 * the answer and what it says then.
 */
export function leaveWithOthers({ chat }: Pick<App, "chat">): void {
  if (isAsking) isLeft = true;
  else reload(chat, chat.store.next);
}

/** Asks the server to forget the person. Returns what `ask` does: a code if it was refused. */
export async function askToForget<T>(ask: () => Promise<T | undefined>): Promise<T | undefined> {
  isAsking = true;
  const code = await ask();
  isAsking = false;
  if (code !== undefined && isLeft) location.reload();
  return code;
}
