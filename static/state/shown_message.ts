import type { Message, Reaction } from "../../protocol/mod.ts";
import type { MessageAction } from "./action_queue.ts";

/** A message as it is shown: with what this person wants of it. */
export interface ShownMessage {
  readonly message: Message;
  /** Whether an edit or a deletion waits to be confirmed. */
  readonly isChanging: boolean;
  /** The edit that was refused. */
  readonly failed: MessageAction | undefined;
}

/** The most ids of people that a reaction lists; its count is exact. */
const LISTED = 10;

/** Draws the wishes about a message into it, before the server confirms them. */
export function showWishes(
  message: Message,
  actions: readonly MessageAction[],
  me: string,
): ShownMessage {
  let shown = message;
  for (const action of actions) {
    if (action.failed === undefined) shown = withWish(shown, action, me);
  }
  return {
    message: shown,
    isChanging: actions.some(({ failed, wish }) =>
      failed === undefined && (wish.kind === "edit" || wish.kind === "delete")
    ),
    failed: actions.findLast(({ failed }) => failed !== undefined),
  };
}

function withWish(message: Message, { wish, at }: MessageAction, me: string): Message {
  if (message.deleted) return message;
  switch (wish.kind) {
    case "edit": {
      const { previews: _, ...rest } = message;
      return { ...rest, text: wish.text, edited: at };
    }
    case "delete": {
      const { room, seq, id, user, at } = message;
      const deleted = user.id === me ? "author" : "moderator";
      return { room, seq, id, user, text: "", at, deleted };
    }
    case "react":
      return { ...message, reactions: withReaction(message.reactions ?? [], wish, me) };
    case "pin": {
      const { pinned: _, ...rest } = message;
      return wish.on ? { ...message, pinned: true } : rest;
    }
  }
}

function withReaction(
  reactions: readonly Reaction[],
  { emoji, on }: { readonly emoji: string; readonly on: boolean },
  me: string,
): Reaction[] {
  const before = reactions.find((reaction) => reaction.emoji === emoji);
  const isOn = before?.users.includes(me) ?? false;
  if (isOn === on) return [...reactions];
  if (!before) return [...reactions, { emoji, users: [me], count: 1 }];
  const after = on
    ? { emoji, users: [...before.users, me].slice(-LISTED), count: before.count + 1 }
    : { emoji, users: before.users.filter((id) => id !== me), count: before.count - 1 };
  return reactions.flatMap((reaction) =>
    reaction !== before ? [reaction] : after.count > 0 ? [after] : []
  );
}
