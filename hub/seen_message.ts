import type { Message } from "../protocol/mod.ts";

/**
 * Returns a message as it is for those who may see its room from a `seq` on, that one included: it does not name the
 * author of an earlier one to which it replies.
 */
export function seenFrom(message: Message, from: number): Message {
  const { re = from, answers, ...rest } = message;
  return answers === undefined || re >= from ? message : { ...rest, re };
}
