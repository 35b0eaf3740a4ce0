/**
 * The commands that a client has to wait for: their replies may be large, or the next command may need what they change.
 *
 * @module
 */
import type {
  ActionCommand,
  HistoryCommand,
  JoinCommand,
  LeaveCommand,
  RoomsCommand,
  ServerLine,
} from "../protocol/mod.ts";

/** A command that the next one waits for. */
export type Request =
  | (JoinCommand & { readonly newest?: number })
  | LeaveCommand
  | HistoryCommand
  | RoomsCommand
  | ActionCommand;

/** Returns true if a line is the reply to a request, or the error in its place. */
export function isReplyTo(request: Request, line: ServerLine): boolean {
  switch (request.type) {
    case "join":
      return isAbout(request.room, line, "joined") || isAbout(request.room, line, "moved");
    case "leave":
      return isAbout(request.room, line, "left");
    case "history":
      return isAbout(request.room, line, "history");
    case "rooms":
      return line.type === "rooms" || (line.type === "error" && line.ref === undefined);
    default:
      return isAnswer(request.type, line.type) ||
        (line.type === "error" && line.ref === request.id);
  }
}

/** The types of the lines that answer the actions whose answer has another type. */
const ANSWERS: Readonly<Partial<Record<string, ServerLine["type"]>>> = {
  create: "created",
  direct: "created",
  search: "found",
  edit: "changed",
  delete: "changed",
  react: "changed",
  clear_reactions: "changed",
  pin: "changed",
  remove_messages: "removed",
  remove_previews: "changed",
};

/** Returns true for the type of a line that answers an action: `ok`, `link`, or the one of the action itself. */
function isAnswer(action: string, type: string): boolean {
  return type === "ok" || type === "link" || type === (ANSWERS[action] ?? action);
}

function isAbout(
  room: string,
  line: ServerLine,
  answer: "joined" | "moved" | "left" | "history",
): boolean {
  if (line.type === "error") return line.ref === room;
  return line.type === answer && line.room === room;
}
