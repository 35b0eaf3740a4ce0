import type { Message } from "../protocol/mod.ts";
import { SearchEngine } from "../server/search/engine.ts";
import type { Search } from "../server/search/finder.ts";
import { IndexFile } from "../server/search/index_file.ts";
import type { Event } from "../state/events.ts";
import type { EventOutcome } from "../state/outcome.ts";
import { IndexQueue } from "../state/index_queue.ts";
import { openLocalState } from "../state/local.ts";

/** A message: its room, its author, and the ids of files. */
interface SayOptions {
  readonly room?: string;
  readonly by?: string;
  readonly files?: readonly string[];
}

/** A chat in memory whose messages are searched, without a server. Times are in ms since 1970. */
export class SearchedChat implements Disposable {
  /** The time of what is appended next. */
  now = Date.UTC(2026, 0, 1);
  readonly local = openLocalState({ path: ":memory:", sync: "normal", now: () => this.now });
  readonly queue = new IndexQueue(this.local.state.database.db);
  readonly index = IndexFile.make(":memory:");
  readonly engine = new SearchEngine(this.local.state.database.db, this.index);
  #ids = 0;

  /** Appends an event. */
  append(event: Event): EventOutcome {
    const [outcome] = this.local.state.append([event], this.now);
    if (outcome === undefined) throw new Error(`Nothing came of ${event.type}`);
    return outcome;
  }

  /** Gives a person a name: `p-NAME` is the id. Returns the id. */
  person(name: string): string {
    const person = `p-${name}`;
    this.append({ type: "name", person, name, key: name.toLowerCase(), used: this.now });
    return person;
  }

  /** Sends a message. */
  say(text: string, { room = "lobby", by = "p-ann", files = [] }: SayOptions = {}): EventOutcome {
    const user = { id: by, name: by.replace(/^p-/, "") };
    const message = { type: "message", room, id: `m${++this.#ids}`, user, text } as const;
    return this.append(files.length === 0 ? message : { ...message, files });
  }

  /** Brings the index up to the state, as a server does. */
  follow(): void {
    for (let more = true; more;) {
      const step = this.engine.step(1000);
      if (step.isOutdated) throw new Error("the index is outdated");
      this.queue.remove(step.done);
      more = step.more;
    }
  }

  /** Searches, and returns all messages that are found, however many answers that takes. */
  find(text: string, by = "p-ann", options: Partial<Search> = {}): Message[] {
    const messages: Message[] = [];
    let next: string | undefined;
    for (;;) {
      const before = next === undefined ? {} : { before: next };
      const found = this.engine.find({ person: by, text, limit: 50, ...before, ...options });
      if (found === "invalid") throw new Error("the search does not continue");
      messages.push(...found.messages);
      if (found.next === undefined) return messages;
      next = found.next;
    }
  }

  /** The texts of {@linkcode find}. */
  texts(text: string, by?: string, options?: Partial<Search>): string[] {
    return this.find(text, by, options).map(({ text }) => text);
  }

  [Symbol.dispose](): void {
    this.engine[Symbol.dispose]();
    this.local[Symbol.dispose]();
  }
}
