import { ROOM_STRINGS, type RoomStrings } from "../../room_strings.ts";
import { useApp } from "../context.ts";

/** The words of the dialogs about rooms, in the language in effect. */
export function useWords(): RoomStrings {
  return ROOM_STRINGS[useApp().settings.spoken.value];
}
