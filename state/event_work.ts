import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Event } from "./events.ts";
import { statementsOf } from "./lazy_statements.ts";
import { ReactionTable } from "./reaction_table.ts";
import { RoomPeople } from "./room_people.ts";
import { RoomTable } from "./room_table.ts";
import { integer } from "./rows.ts";

/** The work of one batch of small events, in that of an ordinary event: some 30 ms at most. */
export const BATCH_WORK = 64;

/** The parts of an event that take as long as an ordinary event. */
const MARKERS = 16;
const REACTIONS = 200;
const MENTIONS = 16;
const MEMBERS = 500;
const MARKED_ROOMS = 100;
const MOVED_ROOMS = 50;

/** The work of a change of the reports, which each moderator of a room is sent who may see it. */
const REPORT_WORK = 4;

/**
 * The kinds of events that others need not wait for if they are long. What a server appends while another of its events waits,
 * like read markers, is none of them: it keeps its order.
 */
export const LONG_KINDS: ReadonlySet<Event["type"]> = new Set([
  "account_deleted",
  "clear_reactions",
  "delete",
  "messages_removed",
  "person_erased",
  "remove_messages",
  "room_deleted",
  "room_erased",
  "room_private",
  "room_setting",
]);

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const EVENT_WORK_SQL = {
  membershipsOf: "select count(*) as count from membership where person = ?",
};

/**
 * Estimates how long events take, so that a batch of them holds up nobody. What they do is read from the tables where it
 * varies: if each deletion counted as one of a message with ten thousand reactions, the ordinary ones would wait.
 */
export class EventWork {
  readonly #sql: { readonly [Name in keyof typeof EVENT_WORK_SQL]: StatementSync };
  readonly #people: RoomPeople;
  readonly #reactions: ReactionTable;
  readonly #rooms: RoomTable;

  constructor(db: DatabaseSync) {
    this.#sql = statementsOf(db, EVENT_WORK_SQL);
    this.#people = new RoomPeople(db);
    this.#reactions = new ReactionTable(db);
    this.#rooms = new RoomTable(db);
  }

  /** Returns the work of an event, in that of an ordinary one. */
  of(event: Event): number {
    switch (event.type) {
      // They change whatever one person or room has, or a step of it.
      case "account_deleted":
      case "messages_removed":
      case "person_erased":
      case "remove_messages":
      case "room_deleted":
      case "room_erased":
      case "room_private":
        return BATCH_WORK;
      case "markers":
        return 1 + Math.max(event.markers.length, event.seen?.length ?? 0) / MARKERS;
      case "edit":
        return 1 + (event.mentions?.length ?? 0) / MENTIONS;
      case "report":
      case "report_closed":
        return REPORT_WORK;
      case "clear_reactions":
      case "delete":
        return 1 +
          this.#countIn(event.room, (id) => this.#reactions.total(id, event.seq)) / REACTIONS;
      case "room_setting":
        return 1 + this.#countIn(event.room, (id) => this.#people.count(id)) / MEMBERS;
      case "all_read":
      case "ignore":
        return 1 + this.#roomsOf(event.person) / MARKED_ROOMS;
      case "order":
        return 1 + this.#roomsOf(event.person) / MOVED_ROOMS;
      default:
        return 1;
    }
  }

  #roomsOf(person: string): number {
    return integer(this.#sql.membershipsOf.get(person)?.count);
  }

  #countIn(address: string, count: (room: number) => number): number {
    const room = this.#rooms.of(address);
    return room === undefined ? 0 : count(room.id);
  }
}
