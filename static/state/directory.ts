import { batch, signal } from "@preact/signals";
import type { ListedRoom } from "../../protocol/mod.ts";
import type { Requests } from "./requests.ts";

/** The directory of rooms, page by page, for a text that is looked for: of public ones, or for admins of private ones. */
export class Directory {
  readonly rooms = signal<readonly ListedRoom[]>([]);
  readonly hasMore = signal(false);
  readonly loading = signal(true);
  /** The code of the error with which the last attempt ended. */
  readonly problem = signal<string | undefined>(undefined);
  readonly #requests: Requests;
  #text = "";
  #kind: "public" | "private" = "public";
  #next: string | undefined;
  #load = 0;

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  /** Looks for a text in addresses, titles and topics; empty finds all rooms. */
  search(text: string, kind: "public" | "private" = "public"): Promise<void> {
    this.#text = text.trim();
    this.#kind = kind;
    this.#next = undefined;
    return this.#ask([]);
  }

  /** Loads more of what was found. */
  loadMore(): Promise<void> {
    return this.#ask(this.rooms.peek());
  }

  async #ask(before: readonly ListedRoom[]): Promise<void> {
    const load = ++this.#load;
    this.loading.value = true;
    const answer = await this.#requests.ask({
      type: "directory",
      ...(this.#text !== "" && { text: this.#text }),
      ...(this.#next !== undefined && { after: this.#next }),
      ...(this.#kind === "private" && { private: true }),
    });
    // Meanwhile something else was looked for.
    if (load !== this.#load) return;
    batch(() => {
      this.loading.value = false;
      this.problem.value = answer.ok ? undefined : answer.code;
      if (!answer.ok || answer.line.type !== "directory") return;
      this.#next = answer.line.next;
      this.rooms.value = [...before, ...answer.line.rooms];
      this.hasMore.value = answer.line.next !== undefined;
    });
  }
}
