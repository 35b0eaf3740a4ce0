import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import type { Effect } from "../hub/effects.ts";
import { HOUR_MS } from "../lib/time.ts";
import type { Fields } from "../protocol/fields.ts";
import { ChangeTable, type StoredChange } from "./change_table.ts";
import { IndexQueue } from "./index_queue.ts";
import { isNumber, isText } from "./kind.ts";
import { type EventOutcome, NO_ROOM, refused, refusedMuted } from "./outcome.ts";
import type { Permissions } from "./permissions.ts";
import { RoomRights } from "./room_rights.ts";
import { RoomTable, type StoredRoom } from "./room_table.ts";
import { integer, string } from "./rows.ts";

/** The age up to which plain clients receive the edit of a message, in ms. */
const PLAIN_EDIT_MS = HOUR_MS;

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const CHANGE_JUDGE_SQL = {
  message: `
    select message.n as n, author.id as author, author.person as person, message.at as at
    from message join author on author.id = message.author
    where message.room = ? and message.seq = ?
  `,
  author: "select id from author where person = ?",
  addAuthor: "insert into author (person) values (?)",
};

/** Somebody wants to change a message. */
export interface JudgedChange {
  /** The room's address. */
  readonly room: string;
  readonly seq: number;
  /** The id of the person who wants it. */
  readonly person: string;
}

/** The fields that name a message and the person who wants to change it, in an event. */
export interface ChangeFields extends JudgedChange {
  /** The id of the person's command, if it has one. */
  readonly id?: string;
}

/** Reads the fields of an event that changes a message. */
export function parseChange({ room, seq, id, person }: Fields): ChangeFields | undefined {
  if (!isText(room) || !isNumber(seq) || !isText(person)) return undefined;
  if (id !== undefined && !isText(id)) return undefined;
  return { room, seq, person, ...(id !== undefined && { id }) };
}

/** A message that somebody wants to change. */
export interface ChangeTarget {
  readonly room: StoredRoom;
  readonly seq: number;
  /** The row of the message. */
  readonly n: number;
  /** The row and the id of its author. */
  readonly author: number;
  readonly authorId: string;
  /** The time at which it was sent, in ms since 1970. */
  readonly at: number;
  /** Its changes so far. */
  readonly change: StoredChange;
}

/** A message that somebody may remove. */
export interface RemovalTarget extends ChangeTarget {
  /** Whether its author removes it. */
  readonly isOwn: boolean;
}

/** A change that is allowed. */
export interface Revision {
  readonly target: ChangeTarget;
  readonly change: StoredChange;
  /** The id of the person who makes it; absent if a server does. */
  readonly by?: string;
  /** The id of that person's command, if it has one. */
  readonly id?: string | undefined;
  /** Whether something of it is gone that must leave the log, too. */
  readonly erases?: boolean;
  /** Whether the text is another one, or gone. */
  readonly isEdit?: boolean;
  /** The time of the event, in ms since 1970. */
  readonly now: number;
  readonly effects?: readonly Effect[];
}

/** Decides who may change messages, and carries changes out. */
export class ChangeJudge {
  readonly table: ChangeTable;
  readonly #permissions: Permissions;
  readonly #rooms: RoomTable;
  readonly #rights: RoomRights;
  readonly #queue: IndexQueue;
  readonly #sql: { readonly [Name in keyof typeof CHANGE_JUDGE_SQL]: StatementSync };

  constructor(db: DatabaseSync, permissions: Permissions) {
    this.table = new ChangeTable(db);
    this.#permissions = permissions;
    this.#rooms = new RoomTable(db);
    this.#rights = new RoomRights(db, permissions);
    this.#queue = new IndexQueue(db);
    this.#sql = statementsOf(db, CHANGE_JUDGE_SQL);
  }

  /** Returns a message that a person may read, or the refusal for one that is not there, as far as the person may know. */
  find({ room: address, seq, person }: JudgedChange): ChangeTarget | EventOutcome {
    const view = this.#permissions.viewOf(person, address);
    const room = view?.made ? this.#rooms.of(address) : undefined;
    if (view === undefined || room === undefined) return refused(...NO_ROOM);
    const target = seq < view.from ? undefined : this.#target(room, seq);
    return target ?? refused("bad_value", "there is no such message");
  }

  /**
   * Returns a message that a person may remove, or part of: its author, and people in charge of the room. Or the
   * refusal.
   *
   * @param action Completes the sentence "only its author and moderators can …".
   */
  findRemovable(change: JudgedChange, action: string): RemovalTarget | EventOutcome {
    const target = this.find(change);
    if (!isTarget(target)) return target;
    const { room, authorId } = target;
    const isOwn = authorId === change.person && this.#permissions.mayEnter(change.person);
    const isInCharge = this.isInCharge(room, change.person);
    if (!isOwn && !isInCharge) {
      return refused("forbidden", `only its author and moderators can ${action}`);
    }
    if (room.info.archived && !isInCharge) return refused("archived", "the room is archived");
    return { ...target, isOwn };
  }

  /** Returns a message, without regard to rights; undefined if there is none. */
  findAny(address: string, seq: number): ChangeTarget | undefined {
    const room = this.#rooms.of(address);
    return room && this.#target(room, seq);
  }

  #target(room: StoredRoom, seq: number): ChangeTarget | undefined {
    const row = this.#sql.message.get(room.id, seq);
    return row && {
      ...{
        room,
        seq,
        n: integer(row.n),
        author: integer(row.author),
        authorId: string(row.person),
      },
      ...{ at: integer(row.at), change: this.table.of(room.id, seq) },
    };
  }

  /** Returns why a person may not write in a room at a time, in ms since 1970; undefined if the person may. */
  mayWrite(room: StoredRoom, person: string, at: number): EventOutcome | undefined {
    if (!this.#permissions.mayEnter(person)) return refused("forbidden", "you are banned");
    if (!this.#permissions.mayWrite(person)) {
      return refused("forbidden", "guests may not write: take a name first");
    }
    return refusedMuted(this.#permissions.muteOf(person, at)) ??
      this.#rights.refusalOf(room, person);
  }

  /** Returns whether a person keeps order in a room: its moderators and, where they are in it, admins; in a direct one nobody. */
  isInCharge({ room: address, info }: StoredRoom, person: string): boolean {
    if (info.kind === "direct" || !this.#permissions.mayEnter(person)) return false;
    const view = this.#permissions.viewOf(person, address);
    return view?.role === "moderator" ||
      (view !== undefined && this.#permissions.mayAdminister(person));
  }

  /** Returns the row of a person in `author`; undefined if there is none. */
  authorOf(person: string): number | undefined {
    const row = this.#sql.author.get(person);
    return row && integer(row.id);
  }

  /** Makes the row of a person in `author`, for what the person does and not for what is refused. */
  addAuthor(person: string): number {
    return Number(this.#sql.addAuthor.run(person).lastInsertRowid);
  }

  /** Stores a change, and returns what everyone learns of it. */
  revise(revision: Revision): EventOutcome {
    const { target, change, by, id, isEdit = false, erases = isEdit, ...rest } = revision;
    const { now, effects = [] } = rest;
    const { room, seq, n, at } = target;
    const rev = this.table.raise(room.id, erases);
    this.table.set({ ...change, rev });
    if (isEdit) this.#queue.add(n);
    const message = this.table.message(room.id, room.room, seq);
    if (message === undefined) return refused("bad_value", "there is no such message");
    const isFresh = isEdit && message.deleted === undefined && now - at <= PLAIN_EDIT_MS;
    const effect: Effect = {
      ...{ type: "changed", room: room.room, rev, message },
      ...(by !== undefined && { by }),
      ...(id !== undefined && { id }),
      ...(room.info.history === "joined" && { partial: true as const }),
      ...(isFresh && { plain: true as const }),
    };
    return {
      ...{ type: "revised", message, effects: [effect, ...effects] },
      ...(by !== undefined && { by }),
    };
  }
}

/** Returns whether {@linkcode ChangeJudge.find} has found a message. */
export function isTarget<Target extends ChangeTarget>(
  found: Target | EventOutcome,
): found is Target {
  return !("type" in found);
}

/** The refusal of a change of a message that was deleted. */
export const GONE = refused("bad_value", "the message was deleted");
