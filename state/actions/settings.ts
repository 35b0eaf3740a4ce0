import type { SetCommand } from "../../protocol/mod.ts";
import { type ActionHandlers, change } from "./action.ts";

/** The commands of the capability of settings. */
export const SETTINGS_ACTIONS: ActionHandlers<SetCommand> = {
  set: (command, context) => {
    const { type: _, id: _id, ...setting } = command;
    return change({ type: "setting", by: context.person, ...setting }, command, context);
  },
};
