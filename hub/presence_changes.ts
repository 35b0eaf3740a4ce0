import { MEMBERS_LIMIT, type User } from "../protocol/mod.ts";

/** How soon a change of who is present is told, in ms. */
const TELL_MS = 200;
/** And how much later for each person, in ms, since each one has to be told. */
const TELL_MS_PER_PERSON = 1;

/** Who came and who left since it was told last. */
export interface PresenceChange {
  joined: User[];
  left: User[];
}

/** What may have to be told of a person. */
interface Change {
  /** What everyone knew when it was told last; undefined: not present. */
  readonly was: User | undefined;
  /** The person when coming or going last. */
  user: User;
  /** How often {@linkcode Presence.show} had been called by then. */
  looks: number;
  /** Whether somebody has been shown what was so in between, and so has to be told in any case. */
  shown: boolean;
}

/**
 * What is to be told of who is present in a room. Changes are gathered for a moment, and what was
 * taken back in it is not told, so that a storm of people costs everyone a handful of lines.
 *
 * Who is present, others know. Nobody may look ({@linkcode show}, {@linkcode tell}) while a change
 * of theirs is still to be told to {@linkcode joined} or {@linkcode left}: what was seen in
 * between would be lost.
 */
export class Presence {
  readonly #members: () => ReadonlyMap<string, User>;
  readonly #due: () => void;
  readonly #changes = new Map<string, Change>();
  #looks = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `members` are the people who are present, by id; `due` is called when it is time to tell. */
  constructor(members: () => ReadonlyMap<string, User>, due: () => void) {
    this.#members = members;
    this.#due = due;
  }

  /** How many people are present. */
  get count(): number {
    return this.#members().size;
  }

  /** Some of the people, for one of them, who is told of changes from here on. */
  show(to: User): User[] {
    const own = this.#changes.get(to.id);
    // That somebody saw themselves come is no reason to tell of it.
    if (own?.looks === this.#looks) own.looks++;
    this.#looks++;
    return this.#members().values().take(MEMBERS_LIMIT).toArray();
  }

  /** Somebody has come. */
  joined(user: User): void {
    this.#change(user, undefined);
  }

  /** Somebody has left. */
  left(user: User): void {
    this.#change(user, user);
  }

  /** What has to be told now, if anything has. */
  tell(): PresenceChange | undefined {
    const joined: User[] = [];
    const left: User[] = [];
    for (const [id, { was, user, shown }] of this.#changes) {
      // No more at once than the smallest buffer of a client can take.
      if (joined.length + left.length === MEMBERS_LIMIT) {
        this.#tellLater();
        break;
      }
      this.#changes.delete(id);
      const now = this.#members().get(id);
      if (!shown && was?.name === now?.name) continue;
      if (now === undefined) left.push(user);
      else joined.push(now);
    }
    return joined.length > 0 || left.length > 0 ? { joined, left } : undefined;
  }

  /** Nothing is due any more. */
  close(): void {
    clearTimeout(this.#timer);
  }

  #change(user: User, was: User | undefined): void {
    const looks = this.#looks;
    const change = this.#changes.get(user.id);
    if (change === undefined) {
      this.#changes.set(user.id, { was, user, looks, shown: false });
    } else {
      change.shown ||= change.looks !== looks;
      Object.assign(change, { user, looks });
    }
    this.#tellLater();
  }

  #tellLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#due();
    }, TELL_MS + this.count * TELL_MS_PER_PERSON);
  }
}
