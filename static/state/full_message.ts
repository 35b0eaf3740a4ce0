import { OWN_REACTIONS } from "../../protocol/changes.ts";
import type { Message } from "../../protocol/mod.ts";
import type { Chat } from "./chat.ts";

/**
 * Whether nothing but the emoji that a message has can be added to it: because it has too many, or because too many
 * of them are of this person.
 */
export function isFull({ actions, limits }: Chat, message: Message): false | "all" | "own" {
  const { reactions = [] } = message;
  if (reactions.length >= (limits.value?.reactions ?? Infinity)) return "all";
  const own = reactions.filter((reaction) => actions.hasReacted(message, reaction)).length;
  return own >= OWN_REACTIONS && "own";
}
