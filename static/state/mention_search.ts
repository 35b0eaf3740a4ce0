import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { User } from "../../protocol/mod.ts";
import { EVERYONE_MEMBERS } from "../../protocol/types.ts";
import type { Chat } from "./chat.ts";
import { isGuest } from "./guests.ts";
import type { Room } from "./room.ts";

/** A search waits for so long after a key, in ms. */
const PAUSE_MS = 150;
/** The most people that are kept, and the most answers to one search: each looks through a part of a large room. */
const KEPT = 2_000;
const ANSWERS = 4;

/** The members of a room who may be mentioned, also those who are away: asked for when somebody is mentioned. */
export class MentionSearch {
  /** Those whom the server has named. */
  readonly people: ReadonlySignal<readonly User[]>;
  /** Whether this person may mention all members. */
  readonly everyone: ReadonlySignal<boolean>;
  readonly #people = signal<readonly User[]>([]);
  /** The number of members if all of them are known. */
  readonly #count = signal<number | undefined>(undefined);
  readonly #chat: Chat;
  readonly #room: Room;
  readonly #asked = new Set<string>();
  /** The number of changes of the members when they were asked for. */
  #revision: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(chat: Chat, room: Room) {
    this.#chat = chat;
    this.#room = room;
    this.people = this.#people;
    this.everyone = computed(() => {
      const role = room.role.value;
      if (role === undefined) return false;
      const isInCharge = role === "moderator" || chat.access.current.value?.may.administer === true;
      return isInCharge || (this.#count.value ?? Infinity) <= EVERYONE_MEMBERS;
    });
  }

  /** Searches for people with a text in their names, unless all are known. */
  search(text: string): void {
    clearTimeout(this.#timer);
    const revision = this.#room.memberRevision.peek();
    if (this.#revision !== revision) {
      this.#revision = revision;
      this.#asked.clear();
      this.#count.value = undefined;
      void this.#ask("");
    }
    if (text === "" || this.#count.peek() !== undefined) return;
    this.#timer = setTimeout(() => void this.#ask(text), PAUSE_MS);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  async #ask(text: string): Promise<void> {
    if (this.#asked.has(text)) return;
    this.#asked.add(text);
    let after: string | undefined;
    for (let answers = 0; answers < (text === "" ? 1 : ANSWERS); answers++) {
      const answer = await this.#chat.requests.ask({
        type: "members",
        room: this.#room.name,
        ...(text !== "" && { text }),
        ...(after !== undefined && { after }),
      });
      if (!answer.ok || answer.line.type !== "members") {
        // It is asked again with the next key.
        this.#asked.delete(text);
        if (text === "") this.#revision = undefined;
        return;
      }
      const { members, next } = answer.line;
      this.#add(members);
      if (text === "" && next === undefined) this.#count.value = members.length;
      if (next === undefined || members.length > 0) return;
      after = next;
    }
  }

  #add(members: readonly User[]): void {
    const known = new Map(this.#people.peek().map((user) => [user.id, user]));
    if (known.size > KEPT) known.clear();
    for (const { id, name } of members) {
      if (name !== "" && !isGuest(name)) known.set(id, { id, name });
    }
    this.#people.value = [...known.values()];
  }
}
