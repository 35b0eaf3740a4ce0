import type { RoleCommand } from "../../protocol/mod.ts";
import { type ActionHandlers, change } from "./action.ts";

/** The commands of the capability of being in charge. */
export const ROLE_ACTIONS: ActionHandlers<RoleCommand> = {
  role: (command, context) => {
    const { person, role } = command;
    return change({ type: "role", person, role, by: context.person }, command, context);
  },
};
