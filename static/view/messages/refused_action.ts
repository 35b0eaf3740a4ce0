import { MESSAGE_STRINGS } from "../../message_strings.ts";
import type { MessageAction } from "../../state/action_queue.ts";
import { errorWords } from "../../strings.ts";
import type { App } from "../context.ts";

/** Says that the server has refused what this person wanted of a message, and why. */
export function tellRefused(
  { settings, spoken, toast }: App,
  { wish }: MessageAction,
  code: string,
): void {
  const { refusedActions } = MESSAGE_STRINGS[settings.spoken.peek()];
  const text = `${refusedActions[wish.kind]} ${errorWords(settings.strings.peek(), code)}`;
  // A refused edit stays at its message.
  if (wish.kind === "edit") spoken.value = text;
  else toast.value = { text };
}
