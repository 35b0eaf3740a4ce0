import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import { type ChatSettings, ENTRIES, ROOM_CREATORS, type Setting } from "../protocol/settings.ts";
import { CHAT, PictureTable } from "./picture_table.ts";
import { integer, string } from "./rows.ts";

/** The statements. The table has one row. */
const SETTINGS_SQL = {
  read: `
    select name, welcome, create_rooms, guests, entry, default_rooms, previews,
      (select keep_days from store) as keep_days
    from chat
  `,
  name: "update chat set name = ?",
  welcome: "update chat set welcome = ?",
  createRooms: "update chat set create_rooms = ?",
  guests: "update chat set guests = ?",
  entry: "update chat set entry = ?",
  defaultRooms: "update chat set default_rooms = ?",
  previews: "update chat set previews = ?",
  keepDays: "update store set keep_days = ?",
};

/** The settings of the chat. */
export class StoredSettings {
  readonly #sql: { readonly [Name in keyof typeof SETTINGS_SQL]: StatementSync };

  readonly #pictures: PictureTable;

  constructor(db: DatabaseSync) {
    this.#pictures = new PictureTable(db);
    this.#sql = statementsOf(db, SETTINGS_SQL);
  }

  /** Returns all of them. */
  read(): ChatSettings {
    const row = this.#sql.read.get();
    const icon = this.#pictures.of(CHAT);
    return {
      name: string(row?.name),
      welcome: string(row?.welcome),
      createRooms: ROOM_CREATORS.find((each) => each === row?.create_rooms) ?? "everyone",
      guests: row?.guests === 1,
      entry: ENTRIES.find((each) => each === row?.entry) ?? "open",
      defaultRooms: string(row?.default_rooms).split(" ").filter((room) => room !== ""),
      previews: row?.previews === 1,
      keepDays: integer(row?.keep_days ?? 0),
      ...(icon !== undefined && { icon }),
    };
  }

  /** Changes one. */
  set({ setting, value }: Setting): void {
    if (typeof value === "object") this.#sql[setting].run(value.join(" "));
    else this.#sql[setting].run(typeof value === "string" ? value : Number(value));
  }
}
