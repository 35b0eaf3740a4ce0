import { Buffer } from "node:buffer";
import type { Page, PageQuery } from "../hub/message_log.ts";
import type { Message } from "../protocol/mod.ts";

/** How many messages are asked for at once: of large ones few are read for many that fit in. */
const READ_MESSAGES = 50;

/** A page, and whether a message that should have been in it is not kept any more. */
export interface PageReading {
  readonly page: Page;
  readonly missing: boolean;
}

/**
 * Reads a page of a room message by message, from one end on, as many as fit.
 *
 * @param bounds the oldest and the newest `seq` of the room.
 * @param get gives a message by its `seq`; none if it is not kept.
 */
export async function readPage(
  bounds: Pick<Page, "first" | "last">,
  { after, before, limit, bytes }: PageQuery,
  get: (seq: number) => Promise<Message | undefined>,
): Promise<PageReading> {
  const last = bounds.last;
  const first = Math.min(bounds.first, last + 1);
  const from = Math.max(first, (after ?? 0) + 1);
  const to = Math.min(last, (before ?? Infinity) - 1);
  const count = Math.max(0, Math.min(limit, to - from + 1));
  const backwards = after === undefined;
  const seqs = Array.from({ length: count }, (_, i) => backwards ? to - i : from + i);
  const messages: Message[] = [];
  let missing = false;
  let size = 0;
  let seen = 0;
  reading: while (seen < count) {
    const some = seqs.slice(seen, seen + READ_MESSAGES);
    for (const message of await Promise.all(some.map(get))) {
      size += message ? Buffer.byteLength(JSON.stringify(message)) + 1 : 0;
      if (size > bytes && messages.length > 0) break reading;
      seen++;
      if (message) messages.push(message);
      else missing = true;
    }
  }
  if (backwards) messages.reverse();
  return { page: { first, last, messages, more: seen < to - from + 1 }, missing };
}
