import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import type { Effect } from "../hub/effects.ts";
import { getOrMake } from "../lib/maps.ts";
import { DirectRooms, type ShowingBatch } from "./direct_rooms.ts";
import { IgnoredTable } from "./ignored_table.ts";
import { type EventOutcome, NO_ROOM, refused } from "./outcome.ts";
import type { Permissions } from "./permissions.ts";
import { RoomPeople } from "./room_people.ts";
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
  settle: "update room set newest = ?2 where name = ?1",
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
  /** By the room and then the person. */
  readonly #rules = new Map<string, Map<string, Rule>>();
  /** Whether people can be members of rooms. */
  readonly #named = new Map<string, boolean>();
  /** The lists in which direct rooms appear. */
  readonly #lists: ShowingBatch["lists"] = new Map();
  /** When rooms had their newest message, by their address; it may not be stored yet. */
  readonly #newest = new Map<string, number>();
  /** The number of rules found since all were forgotten. */
  #found = 0;
  readonly #rights: RoomRights;
  readonly #rooms: RoomTable;
  readonly #people: RoomPeople;
  readonly #directs: DirectRooms;
  readonly #ignored: IgnoredTable;
  readonly #sql: { readonly [Name in keyof typeof ROOM_RULES_SQL]: StatementSync };

  constructor(db: DatabaseSync, permissions: Permissions) {
    this.#rights = new RoomRights(db, {
      role: (person) => permissions.role(person),
      mayBecomeMember: (person) =>
        getOrMake(this.#named, person, () => permissions.mayBecomeMember(person)),
    });
    this.#rooms = new RoomTable(db);
    this.#people = new RoomPeople(db);
    this.#directs = new DirectRooms(db);
    this.#ignored = new IgnoredTable(db);
    this.#sql = statementsOf(db, ROOM_RULES_SQL);
  }

  /** Forgets what was found: it may be another by now. The messages before it are stored. */
  forget(): void {
    this.#rules.clear();
    this.#found = 0;
    this.#named.clear();
    this.#lists.clear();
    this.#newest.clear();
  }

  /** Forgets what was found of the rooms that a person is in: the person has become a member of another. */
  forgetList(person: string): void {
    this.#lists.delete(person);
  }

  /** Returns why a message may not be written, or the effects of one that may, apart from the message itself. */
  judge(message: JudgedMessage): RoomVerdict {
    const { room, person } = message;
    const rule = this.#rules.get(room)?.get(person) ?? this.#findNew(message);
    const verdict = "slow" in rule ? this.#judgePace(rule, message) : rule;
    if (!("type" in verdict)) this.#newest.set(room, message.at);
    return verdict;
  }

  #findNew(message: JudgedMessage): Rule {
    const rule = this.#find(message);
    if (++this.#found > REMEMBERED) {
      this.#settle();
      this.forget();
    }
    // Those who have hidden a direct room are in it again now.
    getOrMake(this.#rules, message.room, () => new Map())
      .set(message.person, Array.isArray(rule) ? NO_EFFECTS : rule);
    return rule;
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

  /** Writes when rooms had their newest messages. */
  #settle(): void {
    for (const [room, at] of this.#newest) this.#sql.settle.run(room, at);
    this.#newest.clear();
  }

  /**
   * A direct room appears to all its people with each message, also to those who have hidden it, but not with one of
   * somebody whom they ignore.
   */
  #judgeDirect(direct: StoredRoom, message: JudgedMessage): RoomVerdict {
    const { id, room, last } = direct;
    const { person: author, at } = message;
    const batch = { settle: () => this.#settle(), lists: this.#lists };
    const effects: Effect[] = [];
    const members = this.#people.ids(id);
    for (const person of this.#rights.present(direct)) {
      if (members.includes(person)) continue;
      if (this.#ignored.has(person, author)) continue;
      const hidden = this.#directs.show({ person, roomId: id, read: last, at }, batch);
      // Those rooms appear to the person with their next message, although it is not the first one that is judged.
      for (const { room } of hidden) this.#rules.delete(room);
      effects.push(...hidden, { type: "membership", person, room, late: true });
    }
    return effects;
  }
}

const NO_EFFECTS: readonly Effect[] = [];
