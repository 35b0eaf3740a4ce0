/**
 * Messages that JetStream stored and then published again.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { Msg } from "@nats-io/transport-node";

/** The header that tells the place in the stream, as it begins after the line before it. */
const SEQUENCE = "\r\nNats-Sequence:";
/** Where all headers begin. */
const VERSION = "NATS/1.0\r\n";
/** Behind the last header. */
const END = "\r\n\r\n";
/** More than there is from that header on to the payload. */
const NEAR_BYTES = 256;

/**
 * The place in its stream of a message that was published again; NaN if it is none.
 *
 * The headers are not asked of the client, who would decode all of them: that took a tenth of the time
 * of a busy server. As the protocol has it, they lie right before the payload.
 */
export function sequenceOf(message: Pick<Msg, "data">): number {
  const { buffer, byteOffset } = message.data;
  const near = Math.min(NEAR_BYTES, byteOffset);
  const before = Buffer.from(buffer, byteOffset - near, near).toString("latin1");
  const place = before.lastIndexOf(SEQUENCE);
  // Without its own headers, a message may lie behind those of another.
  const own = before.endsWith(END) && place > before.lastIndexOf(VERSION);
  return own ? parseInt(before.slice(place + SEQUENCE.length), 10) : NaN;
}
