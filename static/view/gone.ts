import type { GoneRoom } from "../state/chat_options.ts";
import type { App } from "./context.ts";
import { placeOf } from "./room_label.tsx";

/** The server's words for what has happened, in English; a reason may follow. */
const REMOVED = /^You were removed from the room(?:: ([\s\S]*))?$/;
const DELETED = "The room was deleted";

/** Says that a room has been taken away from this person. */
export function tellGone(app: App, { room, why, isAsked }: GoneRoom): void {
  // A person who left it on another device needs no notice.
  if (isAsked) return;
  const { removedFrom, roomDeleted, notThere } = app.settings.strings.peek();
  const place = placeOf(app, room);
  const removed = REMOVED.exec(why ?? "");
  app.toast.value = {
    text: removed
      ? removedFrom(place, removed[1] ?? "")
      : why === DELETED
      ? roomDeleted(place)
      : why === undefined
      ? notThere(place)
      : `${place}: ${why}`,
  };
}
