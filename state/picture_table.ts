import { Buffer } from "node:buffer";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import { type DatabaseRow, nextKey, string } from "./rows.ts";

/** The owner of the chat's icon, which is the id of nobody. */
export const CHAT = "*";

/** The pictures that are read at once. */
const ROWS = 50;

/** A picture of a person, or the chat's icon. */
export interface Picture {
  /** Random: another picture has another one. */
  readonly id: string;
  /** The media type that its bytes have. */
  readonly mime: string;
  /** Its bytes, in base64. */
  readonly data: string;
}

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const PICTURE_SQL = {
  pictureOf: "select id from picture where owner = ?",
  setPicture: `
    insert into picture (owner, id, mime, data) values (?1, ?2, ?3, ?4)
    on conflict (owner) do update set id = ?2, mime = ?3, data = ?4
  `,
  removePicture: "delete from picture where owner = ?",
  picture: "select id, mime, data from picture where id = ?",
  picturesAfter: `
    select owner, id, mime, data from picture where owner > ? order by owner limit ${ROWS}
  `,
};

/** The pictures of people, and the chat's icon. They are small, and part of the state. */
export class PictureTable {
  readonly #sql: { readonly [Name in keyof typeof PICTURE_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.#sql = statementsOf(db, PICTURE_SQL);
  }

  /** Returns the id of the picture of a person or, for {@linkcode CHAT}, the icon; undefined if there is none. */
  of(owner: string): string | undefined {
    const row = this.#sql.pictureOf.get(owner);
    return row && string(row.id);
  }

  /** Returns a picture; undefined if nobody has it, or any more. */
  find(id: string): Picture | undefined {
    const row = this.#sql.picture.get(id);
    return row && toPicture(row);
  }

  /** Gives a person a picture in place of the former one. */
  set(owner: string, { id, mime, data }: Picture): void {
    this.#sql.setPicture.run(owner, id, mime, Buffer.from(data, "base64"));
  }

  /** Removes the picture of a person. Returns whether there was one. */
  remove(owner: string): boolean {
    return this.#sql.removePicture.run(owner).changes > 0;
  }

  /** Returns every picture, by owner. */
  *all(): Generator<Picture & { readonly owner: string }> {
    for (let rows, after = ""; (rows = this.#sql.picturesAfter.all(after)).length > 0;) {
      for (const row of rows) yield { owner: string(row.owner), ...toPicture(row) };
      after = nextKey(rows.at(-1)?.owner, after);
    }
  }
}

function toPicture({ id, mime, data }: DatabaseRow): Picture {
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(0);
  return { id: string(id), mime: string(mime), data: Buffer.from(bytes).toString("base64") };
}
