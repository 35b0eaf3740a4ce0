import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import type { Effect } from "../hub/effects.ts";
import { IgnoredTable } from "./ignored_table.ts";
import { MembershipTable } from "./membership_table.ts";
import { type EventOutcome, NO_ROOM, refused } from "./outcome.ts";
import type { Permissions } from "./permissions.ts";
import { RoomRights } from "./room_rights.ts";
import { RoomTable, type StoredRoom } from "./room_table.ts";
import { integer } from "./rows.ts";

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const ROOM_RULES_SQL = {
  lastSend: "select at from last_send where room = ? and author = ?",
  send: `
    insert into last_send (room, author, at) values (?1, ?2, ?3)
    on conflict (room, author) do update set at = ?3
  `,
};

/** A refusal, or the effects of a message that is allowed. */
export type RoomVerdict = EventOutcome | readonly Effect[];

/** The slow mode of a room, which each message is judged by. */
interface Pace {
  /** The room's row. */
  readonly id: number;
  /** In seconds. */
  readonly slow: number;
}

/** The rule for all messages of a person in a room, as long as only messages are applied. */
type Rule = RoomVerdict | Pace;

/** The number of rules that are remembered. */
const REMEMBERED = 10_000;

/** A message that is judged. */
export interface JudgedMessage {
  /** The room's address. */
  readonly room: string;
  readonly person: string;
  /** The row of the author; 0 before the first message. */
  readonly author: number;
  /** Makes that row, for a message that is allowed. */
  readonly addAuthor: () => number;
  /** The time of the event, in ms since 1970. */
  readonly at: number;
}

/** The rules of rooms that are not as most are: who may write there, and how often. */
export class RoomRules {
  /** By the room and the person. */
  readonly #rules = new Map<string, Rule>();
  readonly #rights: RoomRights;
  readonly #rooms: RoomTable;
  readonly #memberships: MembershipTable;
  readonly #ignored: IgnoredTable;
  readonly #sql: { readonly [Name in keyof typeof ROOM_RULES_SQL]: StatementSync };

  constructor(db: DatabaseSync, permissions: Permissions) {
    this.#rights = new RoomRights(db, permissions);
    this.#rooms = new RoomTable(db);
    this.#memberships = new MembershipTable(db);
    this.#ignored = new IgnoredTable(db);
    this.#sql = statementsOf(db, ROOM_RULES_SQL);
  }

  /** Forgets what was found: it may be another by now. */
  forget(): void {
    this.#rules.clear();
  }

  /** Returns why a message may not be written, or the effects of one that may, apart from the message itself. */
  judge(message: JudgedMessage): RoomVerdict {
    const key = `${message.room} ${message.person}`;
    const rule = this.#rules.get(key) ?? this.#find(message);
    if (this.#rules.size > REMEMBERED) this.forget();
    // Those who have hidden a direct room are in it again now.
    this.#rules.set(key, Array.isArray(rule) ? NO_EFFECTS : rule);
    return "slow" in rule ? this.#judgePace(rule, message) : rule;
  }

  #find(message: JudgedMessage): Rule {
    const { room: name, person } = message;
    const room = this.#rooms.of(name);
    if (room === undefined) return refused(...NO_ROOM);
    const refusal = this.#rights.refusalOf(room, person);
    if (refusal !== undefined) return refusal;
    const { kind, slow } = room.info;
    if (kind === "direct") return this.#judgeDirect(room, message);
    return slow === 0 || this.#rights.isFree(room, person) ? NO_EFFECTS : { id: room.id, slow };
  }

  #judgePace({ id, slow }: Pace, { author, addAuthor, at }: JudgedMessage): RoomVerdict {
    const last = this.#sql.lastSend.get(id, author)?.at;
    const passed = last === undefined ? Infinity : at - integer(last);
    // A clock that went back must not silence anybody for longer than the room says.
    if (passed >= 0 && passed < slow * 1000) {
      return {
        ...{ type: "refused", code: "rate_limited", retry: slow * 1000 - passed },
        reason: `in this room everyone waits ${slow} s between two messages`,
      };
    }
    this.#sql.send.run(id, author === 0 ? addAuthor() : author, at);
    return NO_EFFECTS;
  }

  /**
   * A direct room appears to all its people with each message, also to those who have hidden it, but not with one of
   * somebody whom they ignore.
   */
  #judgeDirect(direct: StoredRoom, message: JudgedMessage): RoomVerdict {
    const { id, room, last } = direct;
    const { person: author, at } = message;
    const effects: Effect[] = [];
    for (const person of this.#rights.present(direct)) {
      if (this.#memberships.of(person, room) !== undefined) continue;
      if (this.#ignored.has(person, author)) continue;
      // Others must not fill a person's list, which each connection of the person is sent.
      const hidden = this.#memberships.hideDirects(person);
      effects.push(...hidden.map((room): Effect => ({ type: "expel", person, room })));
      // Those rooms appear to the person with their next message, although it is not the first one that is judged.
      if (hidden.length > 0) this.forget();
      this.#memberships.add({ person, roomId: id, read: last, at });
      effects.push({ type: "membership", person, room });
    }
    return effects;
  }
}

const NO_EFFECTS: readonly Effect[] = [];
