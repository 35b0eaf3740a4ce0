import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import type { Effect } from "../hub/effects.ts";
import { AttachmentTable } from "./attachment_table.ts";
import { DoNotDisturbTable } from "./do_not_disturb_table.ts";
import { Erasure } from "./erasure.ts";
import { IgnoredTable } from "./ignored_table.ts";
import { MembershipTable } from "./membership_table.ts";
import { AboutTable } from "./about_table.ts";
import { pictureRemover } from "./kinds/picture.ts";
import { Restrictions } from "./restrictions.ts";
import { RoomEnd } from "./room_end.ts";
import { RoomPeople } from "./room_people.ts";
import { RoomTable, type StoredRoom } from "./room_table.ts";
import { string } from "./rows.ts";
import { SessionTable } from "./session_table.ts";

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const ACCOUNT_END_SQL = {
  removePerson: "delete from people where id = ?",
  exists: "select 1 from people where id = ?",
  removeLinks: "delete from link where by = ?1 or person = ?1",
  unnameBan: "update ban set name = '' where person = ?",
  unnameReports: "update report set name = '' where author = ?",
  unnameReasons: "update report_reason set name = '' where person = ?",
  unignore: "delete from ignored where other = ?",
  directs: `
    select name from room where people is not null
      and instr(' ' || people || ' ', ' ' || ? || ' ') order by people
  `,
};

/** The end of an account: everything that is about the person goes, apart from what they wrote. */
export class AccountEnd {
  readonly #sql: { readonly [Name in keyof typeof ACCOUNT_END_SQL]: StatementSync };
  readonly #abouts: AboutTable;
  readonly #memberships: MembershipTable;
  readonly #sessions: SessionTable;
  readonly #ignored: IgnoredTable;
  readonly #doNotDisturb: DoNotDisturbTable;
  readonly #restrictions: Restrictions;
  readonly #erasure: Erasure;
  readonly #files: AttachmentTable;
  readonly #removePicture: (person: string) => Effect[];
  readonly #rooms: RoomTable;
  readonly #people: RoomPeople;
  readonly #end: RoomEnd;

  constructor(db: DatabaseSync) {
    this.#sql = statementsOf(db, ACCOUNT_END_SQL);
    this.#abouts = new AboutTable(db);
    this.#memberships = new MembershipTable(db);
    this.#sessions = new SessionTable(db);
    this.#ignored = new IgnoredTable(db);
    this.#doNotDisturb = new DoNotDisturbTable(db);
    this.#restrictions = new Restrictions(db);
    this.#erasure = new Erasure(db);
    this.#files = new AttachmentTable(db);
    this.#removePicture = pictureRemover(db);
    this.#rooms = new RoomTable(db);
    this.#people = new RoomPeople(db);
    this.#end = new RoomEnd(db);
  }

  /**
   * Deletes a person who has a name, which is free then. Nobody ever has the id again, and a mute or a ban stays the
   * browser's. Returns the effects on rooms.
   */
  delete(person: string): Effect[] {
    const memberships = this.#memberships.all(person);
    this.#sql.removePerson.run(person);
    this.#memberships.removeAll(person);
    this.#sessions.removeAll(person);
    this.#ignored.removeAll(person);
    this.#sql.unignore.run(person);
    this.#doNotDisturb.set(person, 0);
    this.#sql.removeLinks.run(person);
    this.#sql.unnameBan.run(person);
    this.#sql.unnameReports.run(person);
    this.#sql.unnameReasons.run(person);
    this.#restrictions.markDeleted(person);
    this.#erasure.begin(person);
    this.#files.removeUnnamed(person);
    this.#abouts.set(person, "");
    const effects: Effect[] = this.#removePicture(person);
    for (const { room: name, role } of memberships) {
      const room = this.#rooms.of(name);
      if (room === undefined || room.info.kind === "direct") continue;
      if (room.info.kind === "private") {
        if (this.#people.count(room.id) === 0) {
          effects.push(...this.#end.delete(room, "The room is empty"));
          continue;
        }
        effects.push({ type: "expel", person, room: name });
        effects.push(...this.#people.announce(name, person, "none", person));
      }
      if (role === "moderator") effects.push(...this.#people.appoint(room));
    }
    for (const row of this.#sql.directs.all(person)) {
      const room = this.#rooms.of(string(row.name));
      if (room === undefined) continue;
      if (this.#isInhabited(room)) effects.push({ type: "expel", person, room: room.room });
      else effects.push(...this.#end.delete(room, "The room is empty"));
    }
    return effects;
  }

  #isInhabited({ people }: StoredRoom): boolean {
    return people.some((person) => this.#sql.exists.get(person) !== undefined);
  }
}
