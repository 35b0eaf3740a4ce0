import { isRecord, readJson, type TextStore } from "./storage.ts";

/** The change of the owner of a {@linkcode PersonalStore}. */
export type OwnerChange = "none" | "first" | "history" | "store" | "person";

const OWNER = "owner";
/** Present while the owner is a guest. */
const GUEST = "guest";
/** Drafts, files, and messages and changes of messages that wait to be sent. */
const WRITTEN = /^(?:outbox|action|draft|file)\./;
/**
 * What was written before the server had said who is at the page, as it was before that: whoever is there has written it,
 * in any tab.
 */
const EARLY = "early";

/**
 * The part of a browser's store that belongs to one person of one server's store: drafts, rooms, read markers,
 * and messages that wait to be sent. The next person who uses the browser never sees it.
 */
export class PersonalStore implements TextStore {
  readonly #store: TextStore;
  #owner: string | undefined;
  /** Whether the server has said who is at the page. */
  #isKnown = false;

  constructor(store: TextStore) {
    this.#store = store;
    this.#owner = store.get(OWNER);
  }

  /** Whether values outlast the page. */
  get isKept(): boolean {
    return this.#store.isKept;
  }

  get(key: string): string | undefined {
    return this.#store.get(this.#prefix + key);
  }

  set(key: string, value: string): void {
    this.#note(key);
    this.#store.set(this.#prefix + key, value);
  }

  remove(key: string): void {
    this.#note(key);
    this.#store.remove(this.#prefix + key);
  }

  keys(prefix: string): string[] {
    const own = this.#prefix;
    return this.#store.keys(own + prefix).map((key) => key.slice(own.length));
  }

  /** The key of this person that a key of the browser's store is, if it is one. */
  ownKey(key: string): string | undefined {
    return key.startsWith(this.#prefix) ? key.slice(this.#prefix.length) : undefined;
  }

  /**
   * Changes the owner. The first one takes over what is here. The same person of another store, or of the same
   * one whose history begins anew, does, too, but for the read markers, whose numbers mean something else there.
   * Another person takes over what was written here before anyone was known, and the former one has back what was changed.
   *
   * @param store the id of the server's store
   */
  own(store: string, person: string, { isGuest = false } = {}): OwnerChange {
    // Before the owner, whom other tabs follow.
    if (isGuest) this.#store.set(GUEST, "yes");
    else this.#store.remove(GUEST);
    const owner = `${store}/${person}`;
    const before = this.#owner;
    const early = this.#early;
    this.#store.remove(EARLY);
    this.#isKnown = true;
    if (before === owner) return "none";
    const change = before === undefined
      ? "first"
      : !before.endsWith(`/${person}`)
      ? "person"
      : chatOf(before) === chatOf(owner)
      ? "history"
      : "store";
    const isOther = change === "person";
    const moved = this.keys("").filter((key) => !isOther || early[key] === null)
      .map((key) => [key, this.get(key) ?? ""] as const);
    for (const [key] of moved) this.remove(key);
    for (const [key, value] of Object.entries(isOther ? early : {})) {
      if (typeof value === "string") this.set(key, value);
    }
    this.#owner = owner;
    this.#store.set(OWNER, owner);
    for (const [key, value] of moved) {
      if (change === "first" || !key.startsWith("read.")) this.set(key, value);
    }
    return change;
  }

  /**
   * Leaves what is here to the owner, and the store to another person, whose page begins anew: what is written until
   * then is kept for neither.
   */
  pass(store: string, person: string, options: { readonly isGuest: boolean }): void {
    this.own(store, person, options);
    this.set = () => {};
  }

  /**
   * Forgets the owner and all that belongs to them, at the end of their session, and what is written until the page ends:
   * an upload may end meanwhile.
   */
  clear(): void {
    for (const key of this.keys("")) this.remove(key);
    this.#store.remove(EARLY);
    this.#store.remove(OWNER);
    this.#owner = undefined;
    this.set = () => {};
  }

  /**
   * Whether another tab has changed the owner to someone else, or ended their session. Guests who follow each other are
   * one person: without cookies each tab is a guest of its own.
   *
   * @param isGuest whether a guest is at this page
   */
  isLeftBy(key: string, value: string, { isGuest = false } = {}): boolean {
    if (key !== OWNER || this.#owner === undefined || value === this.#owner) return false;
    return !isGuest || value === "" || this.#store.get(GUEST) === undefined;
  }

  /** Whether that has happened, perhaps while this page was kept aside and not told. */
  get isLeft(): boolean {
    return this.isLeftBy(OWNER, this.#store.get(OWNER) ?? "");
  }

  /** The keys of what was written here before anyone was known; the owner had nothing there. */
  get early(): string[] {
    const early = this.#early;
    return Object.keys(early).filter((key) => early[key] === null);
  }

  get #early(): Record<string, unknown> {
    return readJson(this.#store, EARLY, isRecord) ?? {};
  }

  /** Notes what a key has, before that is changed by someone who is not known. */
  #note(key: string): void {
    if (this.#isKnown || !WRITTEN.test(key)) return;
    const early = this.#early;
    if (early[key] !== undefined) return;
    this.#store.set(EARLY, JSON.stringify({ ...early, [key]: this.get(key) ?? null }));
  }

  get #prefix(): string {
    return `of.${this.#owner ?? "new"}.`;
  }
}

/** The id of a chat's data, in front of the name of its history. */
function chatOf(owner: string): string | undefined {
  return /^[^./]+/.exec(owner)?.[0];
}
