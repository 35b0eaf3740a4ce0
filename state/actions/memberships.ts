import type { MembershipCommand } from "../../protocol/mod.ts";
import { type ActionHandlers, change, errorLine } from "./action.ts";

/** The commands of the capability of being a member of rooms. */
export const MEMBERSHIP_ACTIONS: ActionHandlers<MembershipCommand> = {
  read: (command, { person, memberships, markers }) => {
    const { room, seq, back, id } = command;
    if (memberships.of(person, room) === undefined) {
      return errorLine("no_room", "you are no member of this room", id);
    }
    // Answered before it is stored: a client must not wait for a second for each marker.
    return markers.add({ person, room, seq, ...(back && { back }) })
      ? { type: "ok", ...(id !== undefined && { id }) }
      : errorLine("storage", "it can't be stored at the moment", id);
  },

  all_read: async (command, context) => {
    const { person, markers, memberships } = context;
    // What was marked before, as unread, must not come after it.
    await markers.settled(person, memberships.all(person));
    markers.readAll(person, memberships.all(person));
    return change({ type: "all_read", person }, command, context);
  },

  level: (command, context) => {
    const { room, level } = command;
    return change({ type: "level", person: context.person, room, level }, command, context);
  },

  order: (command, context) => {
    const { room, before } = command;
    const event = { type: "order", person: context.person, room } as const;
    return change(before === undefined ? event : { ...event, before }, command, context);
  },
};
