import { batch, signal } from "@preact/signals";
import type { RoomMember } from "../../protocol/mod.ts";
import type { Requests } from "./requests.ts";

/** The members of a room, as far as they are loaded; moderators first. */
export class RoomMembers {
  readonly list = signal<readonly RoomMember[]>([]);
  /** Whether more can be loaded. */
  readonly hasMore = signal(false);
  /** The code of the error with which the last attempt ended. */
  readonly problem = signal<string | undefined>(undefined);
  readonly #requests: Requests;
  readonly #room: string;
  #next: string | undefined;
  #load = 0;

  constructor(requests: Requests, room: string) {
    this.#requests = requests;
    this.#room = room;
  }

  /** Loads the first of them, and again as many as there were. */
  async load(): Promise<void> {
    const load = ++this.#load;
    const wanted = this.list.peek().length;
    const found: RoomMember[] = [];
    let next: string | undefined;
    do {
      const answer = await this.#ask(next);
      if (load !== this.#load || answer === undefined) return;
      found.push(...answer.members);
      next = answer.next;
    } while (next !== undefined && found.length < wanted);
    this.#next = next;
    batch(() => {
      this.list.value = found;
      this.hasMore.value = next !== undefined;
    });
  }

  /** Loads more of them. */
  async loadMore(): Promise<void> {
    const load = ++this.#load;
    const answer = await this.#ask(this.#next);
    if (load !== this.#load || answer === undefined) return;
    this.#next = answer.next;
    batch(() => {
      this.list.value = [...this.list.peek(), ...answer.members];
      this.hasMore.value = answer.next !== undefined;
    });
  }

  async #ask(after: string | undefined): Promise<
    { readonly members: readonly RoomMember[]; readonly next?: string } | undefined
  > {
    const answer = await this.#requests.ask({
      type: "members",
      room: this.#room,
      ...(after !== undefined && { after }),
    });
    this.problem.value = answer.ok ? undefined : answer.code;
    return answer.ok && answer.line.type === "members" ? answer.line : undefined;
  }
}
