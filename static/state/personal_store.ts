import { isRecord, readJson, type TextStore } from "./storage.ts";

/** The change of the owner of a {@linkcode PersonalStore}. */
export type OwnerChange = "none" | "first" | "history" | "store" | "person";

const OWNER = "owner";
/** Present while the owner is a guest. */
const GUEST = "guest";
/** Behind the owner: drafts, files, and messages and changes of messages that wait to be sent. */
const WRITTEN = /\.(?:outbox|action|draft|file)\./;
/**
 * Before the name of a tab: what was written there before the server had said who is at the page, as it was before that.
 * Whoever is there has written it; what a closed tab has left stays the former owner's.
 */
const EARLY = "early.";

/**
 * The part of a browser's store that belongs to one person of one server's store: drafts, rooms, read markers,
 * and messages that wait to be sent. The next person who uses the browser never sees it.
 */
export class PersonalStore implements TextStore {
  readonly #store: TextStore;
  #owner: string | undefined;
  /** Whether the server has said who is at the page. */
  #isKnown = false;
  readonly #earlyKey: string;
  /** The keys of what the owner was given who was named last: written here before, when the store was another's. */
  moved: readonly string[] = [];

  /** @param tab names this tab, also after a reload */
  constructor(store: TextStore, tab = "") {
    this.#store = store;
    this.#earlyKey = EARLY + tab;
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
   * Another person takes over what was written in this tab before anyone was known, but for drafts, and the former one
   * has back what was changed.
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
    this.#store.remove(this.#earlyKey);
    this.#isKnown = true;
    const change = before === owner
      ? "none"
      : before === undefined
      ? "first"
      : !before.endsWith(`/${person}`)
      ? "person"
      : chatOf(before) === chatOf(owner)
      ? "history"
      : "store";
    const isSame = change === "none" || change === "person";
    const along = (isSame ? [] : this.keys("")).map((key) => [key, this.get(key) ?? ""] as const);
    for (const [key] of along) this.remove(key);
    const moved: [string, string][] = [];
    for (const [full, was] of Object.entries(early)) {
      const at = full.search(WRITTEN);
      const [writer, key] = [full.slice(0, at), full.slice(at + 1)];
      const value = this.#store.get(full);
      if (writer === "of.new" || writer.endsWith(`/${person}`)) continue;
      if (typeof was === "string") this.#store.set(full, was);
      else if (value !== undefined && !key.startsWith("draft.")) {
        this.#store.remove(full);
        moved.push([key, value]);
      }
    }
    if (change !== "none") this.#store.set(OWNER, this.#owner = owner);
    for (const [key, value] of [...along, ...moved]) {
      if (change === "first" || !key.startsWith("read.")) this.set(key, value);
    }
    this.moved = moved.map(([key]) => key);
    // Another tab may have named the person before: what was written here was another's all the same.
    return moved.length > 0 ? "person" : change;
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
   * Forgets the owner, and all that belongs to whoever logs out, at the end of their session, and what is written until
   * the page ends: an upload may end meanwhile.
   *
   * @param owner who logs out: the server may have named a guest meanwhile
   */
  clear(owner = this.#owner): void {
    for (const key of this.#store.keys(prefixOf(owner))) this.#store.remove(key);
    for (const key of this.#store.keys(EARLY)) this.#store.remove(key);
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

  /** Who is named now, by whatever tab: nobody if the owner was forgotten, the same also with another store of the server. */
  get next(): "same" | "other" | "nobody" {
    const owner = this.#store.get(OWNER) ?? "";
    if (owner === "") return "nobody";
    return personOf(owner) === personOf(this.#owner ?? "") ? "same" : "other";
  }

  /** The keys of what was written here before anyone was known; the owner had nothing there. */
  get early(): string[] {
    const early = this.#early;
    return Object.keys(early).filter((full) => early[full] === null)
      .flatMap((full) => this.ownKey(full) ?? []);
  }

  get #early(): Record<string, unknown> {
    return readJson(this.#store, this.#earlyKey, isRecord) ?? {};
  }

  /** Notes what a key has, before that is changed by someone who is not known. */
  #note(key: string): void {
    if (this.#isKnown || `.${key}`.search(WRITTEN) !== 0) return;
    const full = this.#prefix + key;
    const early = this.#early;
    if (early[full] !== undefined) return;
    const was = this.#store.get(full) ?? null;
    this.#store.set(this.#earlyKey, JSON.stringify({ ...early, [full]: was }));
  }

  /** The person of the server's store whose keys these are. */
  get owner(): string | undefined {
    return this.#owner;
  }

  get #prefix(): string {
    return prefixOf(this.#owner);
  }
}

function prefixOf(owner: string | undefined): string {
  return `of.${owner ?? "new"}.`;
}

function personOf(owner: string): string {
  return owner.slice(owner.lastIndexOf("/") + 1);
}

/** The id of a chat's data, in front of the name of its history. */
function chatOf(owner: string): string | undefined {
  return /^[^./]+/.exec(owner)?.[0];
}
