import type { AboutsCommands } from "../../protocol/mod.ts";
import { type ActionHandlers, change } from "./action.ts";

/** The commands of the capability of saying something about oneself. */
export const ABOUT_ACTIONS: ActionHandlers<AboutsCommands> = {
  about: (command, context) => {
    const { person: by } = context;
    const { text, person = by } = command;
    return change({ type: "about", person, text, by }, command, context);
  },

  profile: ({ person, id }, { abouts }) => ({
    ...{ type: "profile", person, about: abouts.of(person) },
    ...(id !== undefined && { id }),
  }),
};
