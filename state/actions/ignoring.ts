import type { IgnoreCommand } from "../../protocol/mod.ts";
import { type ActionHandlers, change } from "./action.ts";

/** The command of the capability of ignoring people. */
export const IGNORE_ACTIONS: ActionHandlers<IgnoreCommand> = {
  ignore: (command, context) => {
    const { person: other, on } = command;
    return change({ type: "ignore", person: context.person, other, on }, command, context);
  },
};
