/**
 * The stored part of people: owners of names, and ended sessions.
 *
 * @module
 */
import type { Device, SessionKey } from "../protocol/sessions.ts";
import type { SigningKeys } from "./session.ts";

/** A person who has a name. A person without one is not stored: the session cookie holds everything. */
export interface Owner {
  /** The person's id. */
  readonly id: string;
  readonly name: string;
  /** The name's `uniqueKey`; no two owners have the same. */
  readonly key: string;
  /** The name's `writtenKey`, if it has one. No other owner's name has a key that equals it. */
  readonly written?: string;
  /** The slow hash of the secret, if one was set. */
  readonly secret?: string;
  /** Present for an admin. */
  readonly role?: "admin";
  /** The last day of use, in days since 1970. */
  readonly used: number;
  /** The number of times that all of the person's sessions were ended; 0 if absent. Tokens of lower generations are invalid. */
  readonly generation?: number;
  /** The last hour in which the person was connected, in hours since 1970. */
  readonly seen?: number;
}

/** Details of the end of a session. */
export interface SessionEnd {
  /** The time until which a token of it could be valid, in seconds since 1970. */
  readonly until: number;
  /** True to forget the ended sessions of which no token can be valid any more. */
  readonly forgets: boolean;
  /** The source that the work is charged to. */
  readonly from?: string | undefined;
}

/** The result of deleting an account; `stale`: the secret has changed, or the account is gone. */
export type AccountDeletion = "deleted" | "last_admin" | "stale";

/** A use of a session. */
export interface SessionUse {
  readonly session: SessionKey;
  /** In days since 1970. */
  readonly day: number;
  /** True to forget the sessions of the person of which no token can be valid any more. */
  readonly forgets: boolean;
  readonly device: Device;
  /** The source that the work is charged to. */
  readonly from?: string | undefined;
}

/** How a name is claimed. */
export interface Claim {
  /** The hash of the invitation of a newcomer. */
  readonly invite?: string | undefined;
  /** The source that the work is charged to. */
  readonly from?: string | undefined;
}

/** The storage of names and ended sessions. All methods reject, or throw, if it can't be read or written. */
export interface PeopleStore {
  /** Returns the keys that sign cookies, or did. They change when an operator replaces them. */
  signingKeys(): SigningKeys;
  /** Returns the person with this id, if that person has a name. */
  byId(id: string): Promise<Owner | undefined>;
  /** Returns the owner of the name with this key. */
  byKey(key: string): Promise<Owner | undefined>;
  /** Returns the owners of names that have one of these keys, as `key` or as `written`. */
  lookalikes(keys: readonly string[]): Promise<Owner[]>;
  /**
   * Gives a person a name in place of the former one. With `secret` the person gets that secret, and all
   * sessions of the person end; without it the former secret stays. `generation` is that of the person when the right to set
   * the secret was checked. Returns false, and
   * changes nothing, if another person owns that name or one that looks like it. Of two simultaneous attempts, one succeeds.
   *
   * @throws {Refused} if the invitation is not valid any more, the generation is another one now, or the person is muted.
   */
  claim(owner: Owner, how?: Claim): Promise<boolean>;
  /**
   * Frees the name of a person, unless it was used since `used`.
   *
   * @param from The source that the work is charged to: that of somebody who asks for the name.
   */
  free(owner: Pick<Owner, "id" | "used">, from?: string): Promise<void>;
  /**
   * Gives a name to a person for as long as that person is connected under it, until
   * {@linkcode PeopleStore.release}. Returns false if another person owns or holds it. Of two simultaneous
   * attempts, one succeeds.
   */
  hold(key: string, id: string): Promise<boolean>;
  /** Releases a held name. Never rejects. */
  release(key: string, id: string): Promise<void>;
  /**
   * Records that a person used the name on this day. Writes at most once a day.
   *
   * @param from The source that the work is charged to.
   */
  use(id: string, day: number, from?: string): Promise<void>;
  /** Ends a session. */
  endSession(session: string, end: SessionEnd): Promise<void>;
  /**
   * Ends all sessions of a person who has a name, by raising their `generation`.
   *
   * @param from The source that the work is charged to.
   */
  endSessions(id: string, from?: string): Promise<void>;
  /**
   * Deletes the account of a person who has a name: everything about them goes, apart from what they wrote.
   *
   * @param generation That of the person when the secret was checked.
   * @param messages True to delete what they wrote, too, in the background.
   * @param from The source that the work is charged to.
   * @throws {BusyError} if too much of that source, or of all, waits.
   */
  deleteAccount(
    id: string,
    generation: number,
    options?: { readonly messages?: boolean; readonly from?: string },
  ): Promise<AccountDeletion>;
  /** The progress of this server's store in the order of all changes. */
  readonly position: number;
  /**
   * Resolves when this server's store has reached a position that another server named. Rejects when
   * that takes too long. A store that is one server's own is always there.
   */
  reach(position: number): Promise<void>;
  /** Returns whether a person may enter: who is not banned and, where newcomers need an invitation, has a name. */
  mayEnter(id: string): Promise<boolean>;
  /** Returns whether a person is banned. */
  isBanned(id: string): Promise<boolean>;
  /** Returns the time until which a person is muted, in ms since 1970; 0 if there is none. */
  mutedUntil(id: string): Promise<number>;
  /** Returns whether a session was not ended, neither alone nor with all others, of its person or of everyone. */
  isLoggedIn(session: SessionKey): Promise<boolean>;
  /**
   * Records that a session is used, which writes at most once a day and nothing for a guest. Returns false if it was ended
   * meanwhile.
   */
  useSession(use: SessionUse): Promise<boolean>;
}
