import type { MessageLog, Page } from "./message_log.ts";
import {
  HISTORY_LIMIT,
  type HistoryCommand,
  JOIN_MESSAGES,
  type JoinCommand,
  REPLY_BYTES,
} from "../protocol/mod.ts";

/** What the line around a message and a comma add to it in a reply, in bytes. */
const REPLY_MARGIN = 8 * 1024;

/** A `join`. `newest`: how many messages to give without `after`; as many as the protocol says unless told. */
export type JoinRequest = JoinCommand & { readonly newest?: number };

/** Reads what a `join` or a `history` is answered with. Rejects when the log can't be read. */
export async function readHistory(
  log: Pick<MessageLog, "read">,
  command: JoinRequest | HistoryCommand,
): Promise<Page> {
  const { room, after } = command;
  const before = command.type === "history" ? command.before : undefined;
  const limit = limitOf(command);
  const page = await log.read({
    room,
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
    limit: Math.max(limit, 1),
    bytes: REPLY_BYTES - REPLY_MARGIN,
  });
  return limit === 0 ? { ...page, messages: [] } : page;
}

function limitOf(command: JoinRequest | HistoryCommand): number {
  if (command.type === "history") return command.limit;
  return command.after === undefined ? command.newest ?? JOIN_MESSAGES : HISTORY_LIMIT;
}
