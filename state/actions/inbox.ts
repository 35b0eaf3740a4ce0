import { type InboxCommand, type InboxLine, REPLY_BYTES } from "../../protocol/mod.ts";
import { placesOf } from "../places.ts";
import { type ActionHandlers, errorLine } from "./action.ts";

/** The commands of the capability of reading what was written to a person. */
export const INBOX_ACTIONS: ActionHandlers<InboxCommand> = {
  *inbox({ id, limit, before }, { person, inbox, db }) {
    const places = placesOf(db, "inbox");
    const start = before === undefined ? Infinity : places.read(before);
    if (start === undefined) {
      return errorLine("bad_value", "before must be the next of an answer", id);
    }
    const query = { person, limit, before: start, bytes: REPLY_BYTES };
    const { messages, next } = yield* inbox.read(query);
    const line: InboxLine = {
      type: "inbox",
      ...(id !== undefined && { id }),
      messages,
      ...(next !== undefined && { next: places.print(next) }),
    };
    return line;
  },
};
