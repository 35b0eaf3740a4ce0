import { MEMBERS_LIMIT, type User } from "./protocol.ts";

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
 * Who is present in a room: people, not connections. Changes are gathered for a moment, and what
 * was taken back in it is not told, so that a storm of people costs everyone a handful of lines.
 */
export class Presence {
  readonly #tell: (change: PresenceChange) => void;
  readonly #people = new Map<string, { user: User; connections: number }>();
  readonly #changes = new Map<string, Change>();
  #looks = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(tell: (change: PresenceChange) => void) {
    this.#tell = tell;
  }

  /** How many people are present. */
  get count(): number {
    return this.#people.size;
  }

  /** Some of the people, for one of them, who is told of changes from here on. */
  show(to: User): User[] {
    const own = this.#changes.get(to.id);
    // That somebody saw themselves come is no reason to tell of it.
    if (own?.looks === this.#looks) own.looks++;
    this.#looks++;
    return this.#people.values().take(MEMBERS_LIMIT).map(({ user }) => user).toArray();
  }

  /** Adds a connection of a person. */
  enter(user: User): void {
    const person = this.#people.get(user.id);
    if (person) {
      person.connections++;
      return;
    }
    this.#people.set(user.id, { user, connections: 1 });
    this.#change(user, undefined);
  }

  /** Takes away a connection of a person. */
  exit({ id }: User): void {
    const person = this.#people.get(id);
    if (person === undefined || --person.connections > 0) return;
    this.#people.delete(id);
    this.#change(person.user, person.user);
  }

  /** Gives a person who is present another name. */
  rename(user: User): void {
    const person = this.#people.get(user.id);
    if (person) person.user = user;
  }

  /** Tells nothing more. */
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
      this.#tellNow();
    }, TELL_MS + this.count * TELL_MS_PER_PERSON);
  }

  #tellNow(): void {
    const joined: User[] = [];
    const left: User[] = [];
    for (const [id, { was, user, shown }] of this.#changes) {
      // No more at once than the smallest buffer of a client can take.
      if (joined.length + left.length === MEMBERS_LIMIT) {
        this.#tellLater();
        break;
      }
      this.#changes.delete(id);
      const now = this.#people.get(id)?.user;
      if (!shown && was?.name === now?.name) continue;
      if (now === undefined) left.push(user);
      else joined.push(now);
    }
    if (joined.length > 0 || left.length > 0) this.#tell({ joined, left });
  }
}
