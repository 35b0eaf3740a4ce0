import { signal } from "@preact/signals";
import type { User } from "../../protocol/mod.ts";
import type { Chat } from "./chat.ts";
import { isGuest } from "./guests.ts";

/** The most rooms whose members are loaded, and the most pages of each. */
const ROOMS = 8;
const PAGES = 5;

/** The people with a name whom this person may know of: those who share a room with them. */
export class KnownPeople {
  readonly list = signal<readonly User[]>([]);
  readonly loading = signal(true);
  readonly #chat: Chat;
  readonly #people = new Map<string, User>();

  constructor(chat: Chat) {
    this.#chat = chat;
    const { rooms } = chat;
    this.#add(rooms.peek().flatMap((room) => [...room.members.peek().values()]));
    this.#add(rooms.peek().flatMap((room) => room.timeline.messages.map(({ user }) => user)));
  }

  /** Loads the members of the rooms. */
  async load(): Promise<void> {
    const isAdmin = this.#chat.access.current.peek()?.may.administer === true;
    if (isAdmin) await this.#loadAll();
    else {
      const rooms = this.#chat.rooms.peek().filter(({ role }) => role.peek() !== undefined);
      await Promise.all(rooms.slice(0, ROOMS).map(({ name }) => this.#loadRoom(name)));
    }
    this.loading.value = false;
  }

  async #loadAll(): Promise<void> {
    let after: string | undefined;
    let waiting: User[] = [];
    do {
      const answer = await this.#chat.requests.ask({
        type: "people",
        ...(after !== undefined && { after }),
      });
      if (!answer.ok || answer.line.type !== "people") break;
      waiting.push(...answer.line.people.filter(({ banned }) => !banned));
      after = answer.line.next;
      // Shown when there are twice as many: very many would be searched and sorted for each page.
      if (waiting.length < this.#people.size) continue;
      this.#add(waiting);
      waiting = [];
    } while (after !== undefined);
    this.#add(waiting);
  }

  async #loadRoom(room: string): Promise<void> {
    let after: string | undefined;
    for (let page = 0; page < PAGES; page++) {
      const answer = await this.#chat.requests.ask({
        type: "members",
        room,
        ...(after !== undefined && { after }),
      });
      if (!answer.ok || answer.line.type !== "members") return;
      this.#add(answer.line.members);
      after = answer.line.next;
      if (after === undefined) return;
    }
  }

  #add(people: readonly User[]): void {
    for (const { id, name } of people) {
      const present = this.#chat.nameOf({ id, name });
      if (!isGuest(present)) this.#people.set(id, { id, name: present });
    }
    this.list.value = [...this.#people.values()];
  }
}

/** The people with a text in any part of their name: those whose name, or a word of it, begins with it come first. */
export function searchPeople<P extends User>(
  people: readonly P[],
  text: string,
  locale: string,
): P[] {
  const { compare } = new Intl.Collator(locale);
  const key = fold(text.trim(), locale);
  return people.map((person) => ({ person, at: fold(person.name, locale).indexOf(key) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => rank(a) - rank(b) || compare(a.person.name, b.person.name))
    .map(({ person }) => person);

  function rank({ person, at }: { person: P; at: number }): number {
    if (key === "" || at === 0) return 0;
    return /[\s_.-]/.test(fold(person.name, locale)[at - 1] ?? "") ? 1 : 2;
  }
}

/** A text without what people leave out when they search: case and accents. */
function fold(text: string, locale: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase(locale);
}
