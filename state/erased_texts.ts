import type { DatabaseSync, StatementSync } from "node:sqlite";
import { AttachmentTable } from "./attachment_table.ts";
import { ChangeTable } from "./change_table.ts";
import type { ReceivedEntry } from "./entry.ts";
import { isText } from "./kind.ts";
import { PictureTable } from "./picture_table.ts";
import { integer } from "./rows.ts";

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const ERASED_TEXTS_SQL = {
  place: `
    select message.room as room, message.seq as seq from author
    join room on room.name = ?1
    join message on message.id = ?3 and message.author = author.id and message.room = room.id
    where author.person = ?2
  `,
  edits: "select coalesce(sum(edits + first - 1), 0) as edits from room",
  deletedRooms: "select count(*) as deletedRooms from old_address where room is null",
  isErasing: `
    select exists (select 1 from job) or exists (select 1 from erasure) or
      exists (select 1 from removal) as isErasing
  `,
  deletedAccounts: "select count(*) as deletedAccounts from author where deleted = 1",
};

/** A deleted room takes with it how often its messages were edited: it counts more than these, so that the number is another one. */
const DELETION = 1e9;

/**
 * Returns a number that is another one whenever messages were edited or deleted, also by their age, with their room, or with
 * an account.
 */
export function countErasures(db: DatabaseSync): number {
  const count = (name: "edits" | "deletedRooms" | "deletedAccounts") =>
    integer(db.prepare(ERASED_TEXTS_SQL[name]).get()?.[name]);
  return count("edits") + DELETION * (count("deletedRooms") + count("deletedAccounts"));
}

/** Returns whether something is being erased in steps, of which a state has a part only. */
export function isErasing(db: DatabaseSync): boolean {
  return integer(db.prepare(ERASED_TEXTS_SQL.isErasing).get()?.isErasing) === 1;
}

/** Finds the entries of the log that have texts, or names of files, which the state does not have any more. */
export class ErasedTexts {
  readonly #changes: ChangeTable;
  readonly #pictures: PictureTable;
  readonly #files: AttachmentTable;
  readonly #place: StatementSync;

  /** @param db A copy of the state that has everything up to the entries. */
  constructor(db: DatabaseSync) {
    this.#changes = new ChangeTable(db);
    this.#pictures = new PictureTable(db);
    this.#files = new AttachmentTable(db);
    this.#place = db.prepare(ERASED_TEXTS_SQL.place);
  }

  /** Returns whether an entry has a file that is gone, or a text that was edited, deleted, or went with its message. */
  isIn({ batch }: ReceivedEntry): boolean {
    return batch?.events.some((event) => {
      if (event.type === "file") return !isText(event.id) || this.#isGone(event.id);
      if (event.type === "message") return this.#isErased(event.room, event.user, event.id);
      if (event.type === "previews") return this.#isWithout(event);
      if (event.type === "picture") return this.#isOldPicture(event);
      return event.type === "edit" && this.#isReplaced(event);
    }) ?? false;
  }

  #isGone(file: string): boolean {
    return this.#files.of(file) === undefined;
  }

  #isErased(room: unknown, user: unknown, id: unknown): boolean {
    if (typeof user !== "object" || user === null || !("id" in user)) return false;
    if (!isText(room) || !isText(user.id) || !isText(id)) return false;
    const found = this.#place.get(room, user.id, id);
    if (found === undefined) return true;
    const { deleted, bytes } = this.#changes.of(integer(found.room), integer(found.seq));
    return deleted !== undefined || bytes !== null;
  }

  #isOldPicture({ picture }: Readonly<Record<string, unknown>>): boolean {
    if (typeof picture !== "object" || picture === null || !("id" in picture)) return false;
    return !isText(picture.id) || this.#pictures.find(picture.id) === undefined;
  }

  #isWithout({ room, seq, previews }: Readonly<Record<string, unknown>>): boolean {
    if (!isText(room) || typeof seq !== "number") return false;
    const id = this.#changes.roomAt(room);
    if (id === undefined) return true;
    const present = this.#changes.previewsOf(this.#changes.of(id, seq));
    return JSON.stringify(present) !== JSON.stringify(previews);
  }

  #isReplaced({ room, seq, text }: Readonly<Record<string, unknown>>): boolean {
    if (!isText(room) || typeof seq !== "number") return false;
    const id = this.#changes.roomAt(room);
    const message = id === undefined ? undefined : this.#changes.message(id, room, seq);
    return message?.text !== text;
  }
}
