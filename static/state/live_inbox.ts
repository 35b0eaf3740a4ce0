import { EVERYONE } from "../../protocol/types.ts";
import type { ChangedLine, DeletedLine, Message } from "../../protocol/mod.ts";

/** The time between two requests, in ms: each counts as five commands. */
const PAUSE_MS = 2_000;

/** Something new about messages, as the connection brings it. */
export type News =
  | { readonly kind: "mention" }
  /** The person is in a room no more. */
  | { readonly kind: "gone"; readonly room: string }
  | { readonly kind: "change"; readonly line: ChangedLine | DeletedLine };

/**
 * Whether news may be about what is listed: a message that mentions a person or replies to one of theirs, or did so.
 *
 * @param me the id of that person
 */
export function concernsInbox(news: News, listed: readonly Message[], me: string): boolean {
  if (news.kind === "mention") return true;
  if (news.kind === "gone") return listed.some(({ room }) => room === news.room);
  const { line } = news;
  const isListed = (seq: number): boolean =>
    listed.some((message) => message.room === line.room && message.seq === seq);
  if (line.type === "deleted") return line.messages.some(([seq]) => isListed(seq));
  const { answers, mentions = [], seq } = line.message;
  return isListed(seq) || answers === me || mentions.some((id) => id === me || id === EVERYONE);
}

/** Puts the newest messages in the place of those that they stand for; older ones stay. */
export function renewed(
  newest: readonly Message[],
  hasMore: boolean,
  here: readonly Message[],
): readonly Message[] {
  const [oldest] = newest.slice(-1);
  if (!hasMore || oldest === undefined) return newest;
  const known = new Set(newest.map(({ room, seq }) => `${room}/${seq}`));
  const at = here.findIndex(({ room, seq }) => room === oldest.room && seq === oldest.seq);
  const older = here.slice(at + 1).filter(({ room, seq }) => !known.has(`${room}/${seq}`));
  return at < 0 ? newest : [...newest, ...older];
}

/** Calls a function soon, and not more often than a server wants to be asked. Disposing ends it. */
export class Paced implements Disposable {
  readonly #run: () => void;
  #last = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(run: () => void) {
    this.#run = run;
  }

  /** Wants another call. */
  want(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#last = performance.now();
      this.#run();
    }, Math.max(0, this.#last + PAUSE_MS - performance.now()));
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

/** Returns messages as they are after some news, without those that are deleted or in a room that is gone. */
export function presentOf(messages: readonly Message[], news: News): Message[] {
  return messages.flatMap((message) => present(message, news) ?? []);
}

/** A message as it is after some news; undefined if there is none any more. */
function present(message: Message, news: News): Message | undefined {
  if (news.kind === "mention") return message;
  if (news.kind === "gone") return message.room === news.room ? undefined : message;
  const { line } = news;
  if (message.room !== line.room) return message;
  if (line.type === "deleted") {
    return line.messages.some(([seq]) => seq === message.seq) ? undefined : message;
  }
  if (line.message.seq !== message.seq) return message;
  return line.message.deleted ? undefined : line.message;
}
