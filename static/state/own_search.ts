import { batch, type ReadonlySignal, signal } from "@preact/signals";
import { FOUND_LIMIT } from "../../protocol/search.ts";
import type { Message } from "../../protocol/mod.ts";
import type { Phrase } from "../../protocol/words.ts";
import { parseQuery } from "../../protocol/query.ts";
import type { Chat } from "./chat.ts";
import { type News, presentOf } from "./live_inbox.ts";
import type { Answer } from "./requests.ts";

/** The answers without a message, at most, after which the person is asked whether to continue. */
const EMPTY_ANSWERS = 10;

/** The time after which it is asked again that was too fast, in ms. */
const PAUSE_MS = 500;

/** The messages found, and the query that found them. */
export interface FoundMessages {
  readonly messages: readonly Message[];
  readonly phrases: readonly Phrase[];
  /** The position at which the search continues; absent at its end. */
  readonly next?: string;
}

const NOTHING: FoundMessages = { messages: [], phrases: [] };

/** A search of messages: what was typed, and what is found. */
export class OwnSearch {
  /** The query, as typed. */
  readonly text = signal("");
  /** The address of the room that it is confined to. */
  readonly room = signal<string | undefined>(undefined);
  readonly found: ReadonlySignal<FoundMessages>;
  readonly loading = signal(false);
  /** Whether something was searched for, and the answer is there. */
  readonly isDone = signal(false);
  /** The code of the error with which the last attempt ended. */
  readonly problem = signal<string | undefined>(undefined);
  readonly #found = signal(NOTHING);
  readonly #chat: Pick<Chat, "requests">;
  #load = 0;

  constructor(chat: Pick<Chat, "requests">) {
    this.#chat = chat;
    this.found = this.#found;
  }

  /** Searches for what was typed. */
  search(): Promise<void> {
    return this.#ask(NOTHING.messages, undefined);
  }

  /** Searches on. */
  loadMore(): Promise<void> {
    const { messages, next } = this.#found.peek();
    return this.#ask(messages, next);
  }

  /** Forgets what was found, and what is still to come. */
  clear(): void {
    this.#load++;
    batch(() => {
      this.#found.value = NOTHING;
      this.loading.value = this.isDone.value = false;
      this.problem.value = undefined;
    });
  }

  /** Takes what has become of messages: what is deleted, or in a room that is gone, is not shown any more. */
  take(news: News): void {
    const { messages, ...found } = this.#found.peek();
    this.#found.value = { ...found, messages: presentOf(messages, news) };
  }

  async #ask(before: readonly Message[], next: string | undefined): Promise<void> {
    const typed = this.text.peek().trim();
    const room = this.room.peek();
    if (typed === "") return this.clear();
    const load = ++this.#load;
    this.loading.value = true;
    const text = room === undefined ? typed : `${typed} in:${room}`;
    const { phrases } = parseQuery(text);
    let answer: Answer;
    for (let tries = 0;; tries++) {
      answer = await this.#once(text, next);
      // Meanwhile something else was searched for.
      if (load !== this.#load) return;
      if (!answer.ok && answer.code === "rate_limited" && tries < EMPTY_ANSWERS) {
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
        if (load !== this.#load) return;
        continue;
      }
      if (!answer.ok || answer.line.type !== "found") break;
      next = answer.line.next;
      if (next === undefined || answer.line.messages.length > 0 || tries >= EMPTY_ANSWERS) break;
    }
    batch(() => {
      this.loading.value = false;
      this.isDone.value = answer.ok;
      this.problem.value = answer.ok ? undefined : answer.code;
      if (!answer.ok || answer.line.type !== "found") return;
      const messages = [...before, ...answer.line.messages];
      this.#found.value = { messages, phrases, ...(next !== undefined && { next }) };
    });
  }

  #once(text: string, next: string | undefined): Promise<Answer> {
    return this.#chat.requests.ask({
      ...{ type: "search", text, limit: FOUND_LIMIT },
      ...(next !== undefined && { before: next }),
      offset: -new Date().getTimezoneOffset(),
    });
  }
}
