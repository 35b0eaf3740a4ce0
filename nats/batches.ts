/**
 * Batches as they lie in the log's stream.
 *
 * @module
 */
import { isNumber, isText } from "../state/kind.ts";
import type { ReceivedEntry } from "../state/entry.ts";
import type { Event } from "../state/events.ts";
import { isFields } from "../protocol/fields.ts";

/** No entry is larger, in bytes: NATS takes 1 MB unless configured. */
export const BATCH_BYTES = 512 * 1024;

/** A batch as JSON, of events that {@linkcode cutEvents} has printed. */
export function printBatch(run: string, number: number, events: readonly string[]): string {
  return `{"run":${JSON.stringify(run)},"number":${number},"events":[${events.join()}]}`;
}

/**
 * The entry that a message of the stream says. One that is not a batch has no events: it
 * has no effect on any server, so that something written to the stream by mistake stops no server.
 */
export function parseEntry(position: number, at: number, data: Uint8Array): ReceivedEntry {
  try {
    const value: unknown = JSON.parse(decoder.decode(data));
    if (isFields(value)) {
      const { run, number, events } = value;
      if (isText(run) && isNumber(number) && Array.isArray(events)) {
        const fields = events.map((event: unknown) => isFields(event) ? event : {});
        return { position, at, batch: { run, number, events: fields } };
      }
    }
  } catch {
    // It is no JSON.
  }
  return { position, at, batch: undefined };
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Prints events as JSON, cut into parts that each fit into one entry. */
export function cutEvents(events: readonly Event[]): string[][] {
  const texts = events.map((event) => JSON.stringify(event));
  // A character of UTF-16 has at most three bytes in UTF-8.
  if (texts.reduce((sum, text) => sum + text.length, 0) * 3 <= BATCH_BYTES) return [texts];
  const parts: string[][] = [];
  let room = 0;
  for (const text of texts) {
    const size = text.length * 3;
    if (size > room) {
      parts.push([]);
      room = BATCH_BYTES;
    }
    parts.at(-1)?.push(text);
    room -= size;
  }
  return parts;
}
