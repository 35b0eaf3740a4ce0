import { MEMBERS_LIMIT, type User } from "../protocol/mod.ts";

/** The delay after which a change is sent, in ms. */
const NOTIFY_MS = 200;
/** The additional delay for each person in the room, in ms, because each of them receives the line. */
const NOTIFY_MS_PER_PERSON = 1;

/** The people who joined and left since the last notification. */
export interface PresenceChange {
  joined: User[];
  left: User[];
}

/** A change of one person that may have to be sent. */
interface Change {
  /** The person as the members last received it, or undefined if not present. */
  readonly was: User | undefined;
  /** The person at the latest join or leave. */
  user: User;
  /** The number of snapshots taken before the latest join or leave. */
  snapshots: number;
  /**
   * True if a snapshot was taken between two changes, so the net change must be sent even if it cancels
   * out.
   */
  shown: boolean;
}

/**
 * The changes of who is present in a room that are still to be sent. They are collected for a moment, and a
 * person who leaves and returns meanwhile is not mentioned, so that a storm of joins and leaves costs each
 * member a handful of lines.
 *
 * The set of people itself is kept elsewhere. The owner reports every change to {@linkcode joined} or
 * {@linkcode left} before it calls {@linkcode snapshot} or {@linkcode take}: a change that a snapshot
 * already contains, but that is reported later, would be lost.
 */
export class PresenceChanges {
  readonly #members: () => ReadonlyMap<string, User>;
  readonly #onDue: () => void;
  readonly #changes = new Map<string, Change>();
  #snapshots = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param members Returns the people who are present, by id.
   * @param onDue Called when it is time to {@linkcode take} and send the changes.
   */
  constructor(members: () => ReadonlyMap<string, User>, onDue: () => void) {
    this.#members = members;
    this.#onDue = onDue;
  }

  /** The number of people who are present. */
  get count(): number {
    return this.#members().size;
  }

  /** Returns up to 200 of the people, for one of them, who receives all changes from now on. */
  snapshot(to: User): User[] {
    const own = this.#changes.get(to.id);
    // A person who sees only their own join in a snapshot is no reason to send it.
    if (own?.snapshots === this.#snapshots) own.snapshots++;
    this.#snapshots++;
    return this.#members().values().take(MEMBERS_LIMIT).toArray();
  }

  /** Records that a person has joined. */
  joined(user: User): void {
    this.#change(user, undefined);
  }

  /** Records that a person has left. */
  left(user: User): void {
    this.#change(user, user);
  }

  /** Takes the changes to send now: at most 200 people. Undefined if the changes cancel out. */
  take(): PresenceChange | undefined {
    const joined: User[] = [];
    const left: User[] = [];
    for (const [id, { was, user, shown }] of this.#changes) {
      // More would not fit the smallest buffer that a client can have.
      if (joined.length + left.length === MEMBERS_LIMIT) {
        this.#schedule();
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

  /** Cancels the next notification. */
  close(): void {
    clearTimeout(this.#timer);
  }

  #change(user: User, was: User | undefined): void {
    const snapshots = this.#snapshots;
    const change = this.#changes.get(user.id);
    if (change === undefined) {
      this.#changes.set(user.id, { was, user, snapshots, shown: false });
    } else {
      change.shown ||= change.snapshots !== snapshots;
      Object.assign(change, { user, snapshots });
    }
    this.#schedule();
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#onDue();
    }, NOTIFY_MS + this.count * NOTIFY_MS_PER_PERSON);
  }
}
