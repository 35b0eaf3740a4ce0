import type { StoredMsg } from "@nats-io/jetstream";

/** A part as the stream has it. */
export interface StoredPart {
  readonly seq: number;
  readonly number: number;
  /** The place of its first byte in the file. */
  readonly offset: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** The header with the place of a part's first byte. */
export const OFFSET = "Hubbub-Offset";

/** Reads a part. */
export function partOf(stored: StoredMsg): StoredPart {
  const { seq, subject, header, data } = stored;
  const offset = Number(header.get(OFFSET) || Number.NaN);
  const number = Number(subject.slice(subject.lastIndexOf(".") + 1));
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(number)) {
    throw new Error(`Cannot read a file from JetStream: message ${seq} is no part of one`);
  }
  return { seq, number, offset, data: bytes(data) };
}

/** Returns the bytes of a message. The client's arrays are over plain memory; its types leave that open. */
export function bytes(data: Uint8Array): Uint8Array<ArrayBuffer> {
  return data.buffer instanceof ArrayBuffer
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
