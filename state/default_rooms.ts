import type { DatabaseSync } from "node:sqlite";
import type { Effect } from "../hub/effects.ts";
import { MembershipTable } from "./membership_table.ts";
import { Permissions } from "./permissions.ts";
import { integer } from "./rows.ts";
import { StoredSettings } from "./settings.ts";

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const DEFAULT_ROOMS_SQL = {
  room: "select id, last from room where name = ?",
  addRoom: "insert into room (name) values (?)",
};

/**
 * Prepares what makes a person who has taken a first name a member of the rooms that the settings name. One that has
 * no message yet is stored: an admin has named it. Returns the effects.
 */
export function prepareDefaultRooms(db: DatabaseSync): (person: string, at: number) => Effect[] {
  const find = db.prepare(DEFAULT_ROOMS_SQL.room);
  const add = db.prepare(DEFAULT_ROOMS_SQL.addRoom);
  const settings = new StoredSettings(db);
  const permissions = new Permissions(db);
  const memberships = new MembershipTable(db);

  return (person, at) => {
    const effects: Effect[] = [];
    for (const room of settings.read().defaultRooms) {
      if (!permissions.mayRead(person, room)) continue;
      if (memberships.of(person, room) !== undefined) continue;
      const row = find.get(room);
      const roomId = integer(row?.id ?? Number(add.run(room).lastInsertRowid));
      memberships.add({ person, roomId, read: integer(row?.last ?? 0), at });
      effects.push({ type: "membership", person, room });
    }
    return effects;
  };
}
