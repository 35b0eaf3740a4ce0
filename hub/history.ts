import type { MessageLog, Page } from "./message_log.ts";
import {
  HISTORY_LIMIT,
  type HistoryCommand,
  JOIN_MESSAGES,
  type JoinCommand,
  REPLY_BYTES,
} from "../protocol/mod.ts";

/** The part of a reply that is not messages and their commas, in bytes at most. */
const REPLY_MARGIN = 8 * 1024;

/**
 * A `join`. `newest` is the number of messages to return without `after`; by default the one that the
 * protocol says.
 */
export type JoinRequest = JoinCommand & { readonly newest?: number };

/**
 * Reads the messages that answer a `join` or a `history`.
 *
 * @param from The oldest `seq` that the reader may see.
 * @returns A page of at most {@linkcode HISTORY_LIMIT} messages and `REPLY_BYTES` bytes.
 * @throws The log can't be read, or a page has no message although more remain: a client that continues after
 * its last message would ask for it without end.
 */
export async function readHistory(
  log: Pick<MessageLog, "read">,
  command: JoinRequest | HistoryCommand,
  from = 1,
): Promise<Page> {
  const { room, after } = command;
  const { before, at } = command.type === "history" ? command : {};
  const limit = limitOf(command);
  const page = await log.read({
    room,
    from,
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
    ...(command.type === "history" || command.rev === undefined ? {} : { rev: command.rev }),
    ...(at === undefined ? {} : { at }),
    limit: Math.max(limit, 1),
    bytes: REPLY_BYTES - REPLY_MARGIN,
  });
  if (page.messages.length === 0 && page.more) {
    throw new Error(`Cannot read the history of ${room}: messages are missing`);
  }
  return limit === 0 ? { ...page, messages: [] } : page;
}

function limitOf(command: JoinRequest | HistoryCommand): number {
  if (command.type === "history") return command.limit;
  return command.after === undefined ? command.newest ?? JOIN_MESSAGES : HISTORY_LIMIT;
}
