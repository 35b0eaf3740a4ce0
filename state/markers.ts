import type { Marker } from "./kinds/markers.ts";
import type { SmallEvents } from "./small_events.ts";

/** The time for which markers are gathered, in ms. `kill -9` costs at most those of this time. */
export const GATHER_MS = 1000;

/** The markers of one event: some milliseconds of work, and far less than an entry of the log may have. */
const MARKERS_PER_EVENT = 500;

/** The fewest markers that are appended each time, and the longest that a marker waits, in times. */
const MARKERS_PER_FLUSH = 1000;
const FLUSHES = 5;

/** The markers that may wait while the log can't be written. */
const WAITING_LIMIT = 100_000;

interface Appending {
  readonly marker: Marker;
  readonly end: Promise<void>;
}

/**
 * Gathers the read markers of this server's people, and appends all of them once a second: thousands of people who
 * read a busy room would otherwise cost as much as thousands who write. With very many markers, each time takes some
 * of them.
 */
export class MarkerGatherer implements Disposable {
  readonly #events: SmallEvents;
  /** By person and room; the one that has waited longest first. */
  #waiting = new Map<string, Marker>();
  /** Those that are being appended, and when they are, or have failed. */
  readonly #appending = new Map<string, Appending>();
  readonly #seen = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failing = false;

  constructor(events: SmallEvents) {
    this.#events = events;
  }

  /** True while markers are not known to be stored. */
  get failing(): boolean {
    return this.#failing;
  }

  /** Takes a marker. Returns false if it can't be stored at the moment. */
  add(marker: Marker): boolean {
    if (this.#failing || this.#waiting.size >= WAITING_LIMIT) return false;
    this.#merge(marker);
    this.#schedule();
    return true;
  }

  /** The marker of a person in a room, of which `stored` is in the state: what they read a moment ago counts. */
  newest(person: string, room: string, stored: number): number {
    const key = keyOf({ person, room });
    let read = stored;
    for (const marker of [this.#appending.get(key)?.marker, this.#waiting.get(key)]) {
      if (marker) read = marker.back ? marker.seq : Math.max(read, marker.seq);
    }
    return read;
  }

  /** Takes a person who is connected, or was until now. */
  see(person: string): void {
    this.#seen.add(person);
    this.#schedule();
  }

  /**
   * Resolves when no marker of a person in these rooms is being appended that was there before: other events may overtake
   * it. Undefined if none is.
   */
  settled(person: string, rooms: readonly { readonly room: string }[]): Promise<void> | undefined {
    const ends = new Set<Promise<void>>();
    for (const { room } of rooms) {
      const appending = this.#appending.get(keyOf({ person, room }));
      if (appending !== undefined) ends.add(appending.end);
    }
    return ends.size === 0 ? undefined : Promise.all(ends).then(() => {});
  }

  /** Moves what waits for a person whose rooms, which are these, are all read to their newest messages. */
  readAll(
    person: string,
    rooms: readonly { readonly room: string; readonly last: number }[],
  ): void {
    for (const { room, last } of rooms) {
      const key = keyOf({ person, room });
      this.#appending.delete(key);
      if (this.#waiting.has(key)) this.#waiting.set(key, { person, room, seq: last, back: true });
    }
  }

  /** Appends all that waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const count = Math.max(MARKERS_PER_FLUSH, Math.ceil(this.#waiting.size / FLUSHES));
    this.#append(count);
    if (this.#waiting.size + this.#seen.size > 0) this.#schedule();
  }

  #append(count: number): void {
    const markers = this.#waiting.values().take(count).toArray();
    for (const marker of markers) this.#waiting.delete(keyOf(marker));
    const seen = this.#seen.values().take(count).toArray();
    for (const person of seen) this.#seen.delete(person);
    for (let i = 0; i < Math.max(markers.length, seen.length); i += MARKERS_PER_EVENT) {
      const part = markers.slice(i, i + MARKERS_PER_EVENT);
      const people = seen.slice(i, i + MARKERS_PER_EVENT);
      const end = this.#events.append({
        ...{ type: "markers", markers: part },
        ...(people.length > 0 && { seen: people }),
      }).then(
        () => {
          this.#failing = false;
          this.#appended(part);
        },
        // An hour that is not known to be stored is no loss: the next one will be.
        () => this.#retry(part),
      );
      for (const marker of part) this.#appending.set(keyOf(marker), { marker, end });
    }
  }

  #appended(markers: readonly Marker[]): void {
    for (const marker of markers) {
      const key = keyOf(marker);
      if (this.#appending.get(key)?.marker === marker) this.#appending.delete(key);
    }
  }

  /** Keeps markers that are not known to be stored for the next time; newer ones of the same rooms count. */
  #retry(markers: readonly Marker[]): void {
    this.#failing = true;
    this.#appended(markers);
    const newer = this.#waiting;
    this.#waiting = new Map(markers.map((marker) => [keyOf(marker), marker]));
    for (const marker of newer.values()) this.#merge(marker);
    this.#schedule();
  }

  #merge(marker: Marker): void {
    const key = keyOf(marker);
    const former = this.#waiting.get(key);
    if (former === undefined || marker.back) this.#waiting.set(key, marker);
    else if (marker.seq > former.seq) this.#waiting.set(key, { ...former, seq: marker.seq });
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => this.flush(), GATHER_MS);
  }

  /** Appends what waits. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#append(Infinity);
    clearTimeout(this.#timer);
  }
}

function keyOf({ person, room }: Pick<Marker, "person" | "room">): string {
  return `${person} ${room}`;
}
