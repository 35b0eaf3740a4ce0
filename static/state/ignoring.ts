import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { ActionCommand, IgnoreLine, Role, User } from "../../protocol/mod.ts";
import type { Answer } from "./requests.ts";
import { isRecord, readJson, type TextStore } from "./storage.ts";

/** The people whom a guest ignores are stored under this. */
const KEY = "ignored";

/** As many as the server keeps. */
const LIMIT = 200;

/**
 * The people whom this person ignores. The server keeps them for a person with a name, so that they are the same on
 * all devices; for a guest this browser does, and hands them over once there is a name.
 */
export class Ignoring {
  /** By id, under the names that they had. */
  readonly people: ReadonlySignal<ReadonlyMap<string, User>>;
  readonly #people = signal<ReadonlyMap<string, User>>(new Map());
  /** The ids of those whose messages are shown all the same, until the page is loaded again. */
  readonly #shown = signal<ReadonlySet<string>>(new Set());
  /** The ids of those whose messages are hidden. */
  readonly hidden = computed(() => {
    const { value: shown } = this.#shown;
    return new Set([...this.#people.value.keys()].filter((id) => !shown.has(id)));
  });
  readonly #store: TextStore;
  readonly #ask: (command: ActionCommand) => Promise<Answer>;
  #isGuest = true;

  constructor(store: TextStore, ask: (command: ActionCommand) => Promise<Answer>) {
    this.#store = store;
    this.#ask = ask;
    this.people = this.#people;
  }

  /** Takes the role of the person on a new connection, or a new one. The server's list follows, unless it is empty. */
  begin(role: Role): void {
    this.#isGuest = role === "guest";
    const kept = readJson(this.#store, KEY, isUsers) ?? [];
    this.#people.value = new Map(kept.map((user) => [user.id, user]));
    if (!this.#isGuest && kept.length > 0) void this.#handOver(kept);
  }

  /** Takes what the server sends about it. */
  take(line: IgnoreLine): void {
    if (line.type === "ignoring") return this.#note(line.user, line.on);
    const all = new Map(this.#people.peek());
    for (const user of line.people) all.set(user.id, user);
    this.#people.value = all;
  }

  /** Whether a person is ignored. */
  has(id: string): boolean {
    return this.#people.value.has(id);
  }

  /** Whether the messages of a person are hidden. */
  hides(id: string): boolean {
    return this.hidden.value.has(id);
  }

  /** Shows the messages of somebody who is ignored, or hides them again. */
  show(id: string, on: boolean): void {
    const shown = new Set(this.#shown.peek());
    if (on) shown.add(id);
    else shown.delete(id);
    this.#shown.value = shown;
  }

  /** Ignores a person, or no longer. Returns the code of the error if it could not be stored. */
  async set(user: User, on: boolean): Promise<string | undefined> {
    if (!this.#isGuest) {
      const answer = await this.#ask({ type: "ignore", person: user.id, on });
      return answer.ok ? undefined : answer.code;
    }
    if (on && this.#people.peek().size >= LIMIT) return "too_many";
    this.#note(user, on);
    this.#save([...this.#people.peek().values()]);
    return undefined;
  }

  #note(user: User, on: boolean): void {
    const people = new Map(this.#people.peek());
    if (on) people.set(user.id, user);
    else people.delete(user.id);
    this.#people.value = people;
    this.show(user.id, false);
  }

  /** Gives the server those whom this browser kept for a guest. */
  async #handOver(kept: readonly User[]): Promise<void> {
    for (const [i, user] of kept.entries()) {
      const code = await this.set(user, true);
      if (code === "offline" || code === "storage") return this.#save(kept.slice(i));
    }
    this.#store.remove(KEY);
  }

  #save(people: readonly User[]): void {
    if (people.length === 0) this.#store.remove(KEY);
    else {
      const users = people.map(({ id, name }) => ({ id, name }));
      this.#store.set(KEY, JSON.stringify(users));
    }
  }
}

function isUsers(value: unknown): value is User[] {
  return Array.isArray(value) && value.length <= LIMIT &&
    value.every((user) =>
      isRecord(user) && typeof user.id === "string" && typeof user.name === "string"
    );
}
