import { ROOM_STRINGS, type RoomStrings } from "../../room_strings.ts";
import type { GoneRoom } from "../../state/chat_options.ts";
import type { App } from "../context.ts";
import { placeOf } from "../room_label.tsx";

/** The server's words for what has happened, in English; a reason may follow. */
const REMOVED = /^You were removed from the room(?:: ([\s\S]*))?$/;
const DELETED = "The room was deleted";

/** Says that a room has been taken away from this person, and where what was begun there is. */
export function tellGone(app: App, gone: GoneRoom): void {
  const { settings, toast } = app;
  const words = ROOM_STRINGS[settings.spoken.peek()];
  const said = [
    // A person who left it on another device needs no notice of that.
    ...gone.isAsked ? [] : [goneWords(words, placeOf(app, gone.room), gone.why)],
    ...gone.hasBegun ? [words.begunKept] : [],
  ];
  if (said.length > 0) toast.value = { text: said.join(" · ") };
}

function goneWords(words: RoomStrings, place: string, why: string | undefined): string {
  const removed = REMOVED.exec(why ?? "");
  if (removed) return words.removedFrom(place, removed[1] ?? "");
  if (why === DELETED) return words.roomDeleted(place);
  return why === undefined ? words.notThere(place) : `${place}: ${why}`;
}
