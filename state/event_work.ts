import type { DatabaseSync, StatementSync } from "node:sqlite";
import { ChangeJudge, isTarget } from "./change_judge.ts";
import type { Event } from "./events.ts";
import { removalScope } from "./kinds/remove_messages.ts";
import { statementsOf } from "./lazy_statements.ts";
import { Permissions } from "./permissions.ts";
import { ReactionTable } from "./reaction_table.ts";
import { ReportTable } from "./report_table.ts";
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
const COUNTED_ROOMS = 40;
const MOVED_ROOMS = 50;

/** The work of a change of the reports, which each moderator of a room is sent who may see it. */
const REPORT_WORK = 2;

/** The work of a new picture, of which everybody is told who is connected. */
const PICTURE_WORK = 3;

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const EVENT_WORK_SQL = {
  membershipsOf: "select count(*) as count from membership where person = ?",
};

/** How an event waits until it is appended. */
export interface EventCost {
  /** Its work, in that of an ordinary event. */
  readonly work: number;
  /**
   * With which others it waits: `ordered` events of one person keep their order; `doubtful` ones would be refused now, and
   * may be long if they are not; the rest are long, which are steps of the server's `own`, wanted by those in `charge` of the
   * chat, or by `others`.
   */
  readonly queue: "ordered" | "doubtful" | "own" | "charge" | "others";
}

/** An event that may be long, which somebody wants. */
type WantedEvent = Extract<Event, {
  readonly type:
    | "account_deleted"
    | "clear_reactions"
    | "delete"
    | "remove_messages"
    | "room_deleted"
    | "room_private"
    | "room_setting";
}>;

/** The types of events that change whatever one person or room has. */
export const LONG_TYPES: ReadonlySet<unknown> = new Set<Event["type"]>([
  "account_deleted",
  "messages_removed",
  "person_erased",
  "remove_messages",
  "room_deleted",
  "room_erased",
  "room_private",
]);

/** Events of more work are long, if they are of a kind that may be. */
const LONG_WORK = BATCH_WORK / 4;

/** Of events of more work it is asked whether they would be refused. */
const LITTLE_WORK = 2;

/**
 * Estimates how long events take, so that a batch of them holds up nobody. What they do is read from the tables where it
 * varies: if each deletion counted as one of a message with ten thousand reactions, the ordinary ones would wait.
 */
export class EventWork {
  readonly #sql: { readonly [Name in keyof typeof EVENT_WORK_SQL]: StatementSync };
  readonly #judge: ChangeJudge;
  readonly #people: RoomPeople;
  readonly #permissions: Permissions;
  readonly #reactions: ReactionTable;
  readonly #reports: ReportTable;
  readonly #rooms: RoomTable;

  constructor(db: DatabaseSync) {
    this.#sql = statementsOf(db, EVENT_WORK_SQL);
    this.#permissions = new Permissions(db);
    this.#judge = new ChangeJudge(db, this.#permissions);
    this.#people = new RoomPeople(db);
    this.#reactions = new ReactionTable(db);
    this.#reports = new ReportTable(db);
    this.#rooms = new RoomTable(db);
  }

  /** Returns what an event costs. One that would be refused now, for want of rights, costs little: anybody may ask for it. */
  of(event: Event): EventCost {
    switch (event.type) {
      case "messages_removed":
      case "person_erased":
      case "room_erased":
        return { queue: "own", work: BATCH_WORK };
      // They change whatever one person or room has.
      case "account_deleted":
      case "remove_messages":
      case "room_deleted":
      case "room_private":
        return this.#wanted(event, () => BATCH_WORK);
      case "room_setting":
        return this.#wanted(
          event,
          () => 1 + this.#countIn(event.room, (id) => this.#people.count(id)) / MEMBERS,
        );
      case "clear_reactions":
      case "delete": {
        const total = this.#countIn(event.room, (id) => this.#reactions.total(id, event.seq));
        const work = 1 + total / REACTIONS;
        return work > LITTLE_WORK ? this.#wanted(event, () => work) : { queue: "ordered", work };
      }
      default:
        return { queue: "ordered", work: this.#orderedWork(event) };
    }
  }

  /** Returns the work of an event that is never long. */
  #orderedWork(event: Event): number {
    switch (event.type) {
      case "markers":
        return 1 + Math.max(event.markers.length, event.seen?.length ?? 0) / MARKERS;
      case "edit":
        return 1 + (event.mentions?.length ?? 0) / MENTIONS;
      case "report":
        return REPORT_WORK;
      case "report_closed":
        return this.#reports.about(event.report) === undefined ? 1 : REPORT_WORK;
      case "picture": {
        // Anybody may ask for one, and has to wait for none of a guest, who gets none.
        const isTold = event.picture !== undefined && this.#permissions.mayBecomeMember(event.by);
        return isTold ? PICTURE_WORK : 1;
      }
      case "ignore":
        // The unread messages of each are counted anew.
        return 1 + this.#roomsOf(event.person) / COUNTED_ROOMS;
      case "all_read":
        return 1 + this.#roomsOf(event.person) / MARKED_ROOMS;
      case "order":
        return 1 + this.#roomsOf(event.person) / MOVED_ROOMS;
      default:
        return 1;
    }
  }

  #wanted(event: WantedEvent, workOf: () => number): EventCost {
    // Only applying it tells for sure: what was appended before may give the right.
    if (this.#isRefused(event)) return { queue: "doubtful", work: 1 };
    const work = workOf();
    if (work <= LONG_WORK) return { queue: "ordered", work };
    const by = "by" in event ? event.by : event.person;
    const isInCharge = by !== undefined && this.#permissions.mayAdminister(by);
    return { queue: isInCharge ? "charge" : "others", work };
  }

  /** Whether an event would be refused now, for want of rights. */
  #isRefused(event: WantedEvent): boolean {
    const permissions = this.#permissions;
    switch (event.type) {
      case "account_deleted": {
        const { by, person } = event;
        return by !== undefined && permissions.mayModerate(by, person) !== undefined;
      }
      case "remove_messages": {
        return "type" in removalScope(event, {
          ...{ permissions, judge: this.#judge, rooms: this.#rooms },
        });
      }
      case "delete": {
        return !isTarget(this.#judge.findRemovable(event, "delete a message"));
      }
      case "clear_reactions": {
        const found = this.#judge.find(event);
        return !isTarget(found) || found.change.deleted !== undefined ||
          !this.#judge.isInCharge(found.room, event.person);
      }
      case "room_deleted":
      case "room_private":
      case "room_setting": {
        const mayClose = event.type === "room_deleted" ||
          (event.type === "room_setting" && event.setting === "archived");
        const why = mayClose
          ? permissions.mayClose(event.by, event.room)
          : permissions.mayManage(event.by, event.room);
        return why !== undefined;
      }
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
