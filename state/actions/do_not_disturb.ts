import type { DoNotDisturbCommand } from "../../protocol/mod.ts";
import { type ActionHandlers, change } from "./action.ts";

/** The command of the capability of not being disturbed. */
export const DO_NOT_DISTURB_ACTIONS: ActionHandlers<DoNotDisturbCommand> = {
  do_not_disturb: (command, context) => {
    const { seconds } = command;
    const event = { type: "do_not_disturb", person: context.person } as const;
    return change(seconds === undefined ? event : { ...event, seconds }, command, context);
  },
};
