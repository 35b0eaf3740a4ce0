import type { RemoveMessagesCommand } from "../../protocol/mod.ts";
import { type ActionHandlers, answerTo } from "./action.ts";

/** The command of the capability of removing what a person has written. */
export const REMOVAL_ACTIONS: ActionHandlers<RemoveMessagesCommand> = {
  remove_messages: async ({ type, person, room, within, id }, context) => {
    const outcome = await context.append({
      ...{ type, person, by: context.person },
      ...(room !== undefined && { room }),
      ...(within !== undefined && { within }),
    });
    if (outcome.type !== "changed" || outcome.removed === undefined) return answerTo(outcome, id);
    return { type: "removed", ...(id !== undefined && { id }), ...outcome.removed };
  },
};
