import { type InboxCommand, type InboxLine, REPLY_BYTES } from "../../protocol/mod.ts";
import { type ActionHandlers, errorLine } from "./action.ts";

/** The commands of the capability of reading what was written to a person. */
export const INBOX_ACTIONS: ActionHandlers<InboxCommand> = {
  inbox: ({ id, limit, before }, { person, inbox }) => {
    if (before !== undefined && !/^\d{1,15}$/.test(before)) {
      return errorLine("bad_value", "before must be the next of an answer", id);
    }
    const query = { person, limit, before: Number(before ?? Infinity), bytes: REPLY_BYTES };
    const { messages, next } = inbox.read(query);
    const line: InboxLine = {
      type: "inbox",
      ...(id !== undefined && { id }),
      messages,
      ...(next !== undefined && { next: String(next) }),
    };
    return line;
  },
};
