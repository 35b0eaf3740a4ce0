import { signal } from "@preact/signals";
import type { Message } from "../../protocol/mod.ts";
import { type DeletedState, Timeline } from "./timeline.ts";

/** A place to scroll the log to as soon as it can be drawn: the end, or a message that is here. */
export type LogTarget =
  | { readonly kind: "end" }
  | {
    readonly kind: "message";
    readonly seq: number;
    /** The distance of the message's top above that of the view, in px; by default it has some context above it. */
    readonly offset?: number;
    /** Whether to mark it, and to move the focus there. */
    readonly isMarked: boolean;
  };

/** A place of a room to load, and what to do when it has arrived or does not exist. */
export type Wanted =
  | { readonly kind: "message"; readonly seq: number; readonly done: (isFound: boolean) => void }
  | {
    readonly kind: "date";
    readonly at: number;
    readonly done: (seq: number | undefined) => void;
  };

/** A request for history that is under way. */
export type HistoryRequest =
  | { readonly kind: "older" | "newer" | "further"; readonly seq: number }
  /** For a message and what follows it, and then for what is before it. */
  | { readonly kind: "around"; readonly seq: number; readonly newer?: readonly Message[] }
  | { readonly kind: "date"; readonly at: number }
  /** For a message that another one answers. */
  | { readonly kind: "quote"; readonly seq: number };

/** The messages that are kept because others answer them, and that wait to be loaded, at most. */
const QUOTES = 100;

/** The messages of a room that are here, and which of them are shown. */
export class RoomMessages {
  /** The newest messages. */
  readonly timeline = new Timeline();
  /** The keys of the rows for {@linkcode Timeline.messages}, in their order. */
  #keys: string[] = [];
  /**
   * An older stretch of messages that is shown in the place of the newest ones; between the two, some are not here.
   * When it has grown to where these begin, it becomes part of them.
   */
  readonly place = signal<Timeline | undefined>(undefined);
  #placeKeys: string[] = [];
  /** The message that is being loaded with what is around it, or the time whose first message is looked for. */
  wanted: Wanted | undefined;
  /** The place to scroll the log to. */
  readonly target = signal<LogTarget | undefined>(undefined);
  /** Rises with every change of the messages here, of the pending ones, or of what this person wants of them. */
  readonly revision = signal(0);
  /** The messages to load because others answer them. */
  readonly wantedQuotes = new Set<number>();
  /** Messages that others answer and that are not in {@linkcode timeline}; undefined for those that are not there. */
  readonly #quotes = new Map<number, Message | undefined>();
  /** The request for history that is under way. */
  request: HistoryRequest | undefined;

  /** The messages that are shown: the newest ones or an older stretch. */
  get shown(): Timeline {
    return this.place.value ?? this.timeline;
  }

  /** The row's key of each message of {@linkcode shown}. */
  get keys(): readonly string[] {
    return this.place.value ? this.#placeKeys : this.#keys;
  }

  /** Something of the rows changed. */
  touch(): void {
    this.revision.value++;
  }

  /** Starts afresh with a stretch of messages. */
  replace(messages: readonly Message[], hasOlder: boolean, me: string): void {
    this.timeline.replace(messages, hasOlder);
    // Quoted messages may have changed meanwhile.
    this.#quotes.clear();
    this.#keys = this.timeline.messages.map((message) => rowKey(message, me));
    this.touch();
  }

  /** The message of a `seq`, if it is here. */
  messageAt(seq: number): Message | undefined {
    return this.timeline.get(seq) ?? this.place.peek()?.get(seq);
  }

  /** A message that another one answers, in its present state, if it is here. */
  quotedAt(seq: number): Message | undefined {
    const quote = this.#quotes.get(seq);
    return this.messageAt(seq) ?? (quote && this.timeline.latest(quote));
  }

  /** Wants a message that another one answers. Returns whether it has to be loaded. */
  wantQuote(seq: number): boolean {
    if (this.#quotes.has(seq) || this.messageAt(seq) !== undefined) return false;
    if (this.wantedQuotes.size < QUOTES) this.wantedQuotes.add(seq);
    return true;
  }

  /** Takes a message that was wanted, if it is there. */
  takeQuote(seq: number, message: Message | undefined): void {
    this.wantedQuotes.delete(seq);
    this.#quotes.set(seq, message);
    const [oldest] = this.#quotes.keys();
    if (oldest !== undefined && this.#quotes.size > QUOTES) this.#quotes.delete(oldest);
    this.touch();
  }

  /** Takes the present state of a message; returns the one before if that is here and older. */
  change(message: Message): Message | undefined {
    const inPlace = this.place.peek()?.change(message);
    const before = this.timeline.change(message) ?? inPlace;
    if (before || this.#quotes.has(message.seq)) this.touch();
    return before;
  }

  /** Takes that messages were deleted; returns those that are here, as they were before. */
  delete(states: readonly DeletedState[]): Message[] {
    const place = this.place.peek();
    const gone = states.flatMap((state) => {
      const inPlace = place?.delete(state);
      return this.timeline.delete(state) ?? inPlace ?? [];
    });
    if (gone.length > 0 || states.some(({ seq }) => this.#quotes.has(seq))) this.touch();
    return gone;
  }

  /** Takes newer messages; gives those that now stand at the end. */
  append(messages: readonly Message[], me: string): Message[] {
    const added = this.timeline.append(messages);
    for (const message of added) this.#keys.push(rowKey(message, me));
    if (added.length > 0) this.touch();
    return added;
  }

  /** Takes the server's answer for newer messages, and returns those that are new here. */
  extend(
    line: { messages: readonly Message[]; more: boolean },
    after: number,
    me: string,
  ): Message[] {
    const added = this.timeline.extend(line.messages, after, line.more);
    for (const message of added) this.#keys.push(rowKey(message, me));
    if (added.length > 0) this.touch();
    return added;
  }

  /** Takes the server's answer for the messages before a `seq`. */
  prepend(messages: readonly Message[], hasOlder: boolean, before: number, me: string): void {
    const { shown } = this;
    const added = shown.prepend(this.#latest(messages), hasOlder, before);
    const keys = shown.messages.slice(0, added).map((message) => rowKey(message, me));
    if (shown === this.timeline) this.#keys = keys.concat(this.#keys);
    else this.#placeKeys = keys.concat(this.#placeKeys);
    this.touch();
  }

  /** Shows a stretch of messages that begins before the newest ones here. */
  openPlace(messages: readonly Message[], hasOlder: boolean, me: string): void {
    const place = new Timeline();
    place.replace(this.#latest(messages), hasOlder);
    this.#placeKeys = messages.map((message) => rowKey(message, me));
    this.place.value = place;
    this.#joinPlace();
    this.touch();
  }

  /** Takes the server's answer for the messages after a `seq`, with which the older stretch ended. */
  growPlace(
    line: { messages: readonly Message[]; more: boolean },
    after: number,
    me: string,
  ): void {
    const place = this.place.peek();
    if (place?.last !== after) return;
    const added = place.extend(this.#latest(line.messages), after, line.more);
    for (const message of added) this.#placeKeys.push(rowKey(message, me));
    // The server has nothing between.
    this.#joinPlace(added.length === 0 || !line.more);
    this.touch();
  }

  /** Shows the newest messages again. */
  closePlace(): void {
    if (this.place.peek() === undefined) return;
    this.place.value = undefined;
    this.#placeKeys = [];
    this.touch();
  }

  /** The newest states of messages, which may have been changed while they were on their way. */
  #latest(messages: readonly Message[]): readonly Message[] {
    return messages.map((message) => this.timeline.latest(message));
  }

  /** Makes the older stretch part of the newest messages if it has grown to where they begin. */
  #joinPlace(isAll = false): void {
    const place = this.place.peek();
    const { first = Infinity, hasOlder } = this.timeline;
    if (place?.last === undefined || (place.last + 1 < first && !isAll)) return;
    // Messages that the server has sent twice stand in both.
    const added = this.timeline.prepend(place.messages, place.hasOlder, first);
    if (added > 0) this.#keys = this.#placeKeys.slice(0, added).concat(this.#keys);
    else this.timeline.hasOlder = hasOlder;
    this.place.value = undefined;
    this.#placeKeys = [];
  }
}

/**
 * The key of a message's row. One's own keeps the key that it had while it was on its way, so its row stays
 * the same one. An id of another's might be the same as one of ours, a `#` is in none.
 */
export function rowKey({ user, id, seq }: Message, me: string): string {
  return user.id === me ? id : `#${seq}`;
}
