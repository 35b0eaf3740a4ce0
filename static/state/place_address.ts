/** A place that an address within the page (`#/ROOM` or `#/ROOM/SEQ`) names. */
export interface PlaceAddress {
  /** As it was typed. */
  readonly room: string;
  /** The message; absent for the room. */
  readonly seq?: number;
}

/** Reads the room, and perhaps the message, in an address; undefined if it has another form. */
export function readPlace(hash: string): PlaceAddress | undefined {
  const [, room, seq] = /^#\/([^/]+)(?:\/(\d+))?$/.exec(decoded(hash)) ?? [];
  if (room === undefined) return undefined;
  return seq === undefined ? { room } : { room, seq: Number(seq) };
}

/** Whether two addresses (`#/…`) are the same but for the way in which they are written. */
export function samePlace(one: string, other: string): boolean {
  return decoded(one) === decoded(other);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
