import { MESSAGE_STRINGS, type MessageStrings } from "../../message_strings.ts";
import { useApp } from "../context.ts";

/** The words of the dialogs about messages, in the language in effect. */
export function useMessageWords(): MessageStrings {
  return MESSAGE_STRINGS[useApp().settings.spoken.value];
}
