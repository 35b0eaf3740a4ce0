import type { DatabaseSync, StatementSync } from "node:sqlite";
import { getOrMake } from "../lib/maps.ts";
import type { FileInfo } from "../protocol/mod.ts";
import { AttachmentTable, toAttachment, toFileInfo } from "./attachment_table.ts";
import { integer, string } from "./rows.ts";
import { statementsOf } from "./lazy_statements.ts";

/** The first place of the pictures that belong to previews of a message's links. These are none of its files. */
export const FIRST_PICTURE = 100;

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const MESSAGE_FILES_SQL = {
  addFile: "insert into message_file (room, seq, place, attachment) values (?, ?, ?, ?)",
  filesBetween: `
    select message_file.seq as seq, attachment.* from message_file
    join attachment on attachment.id = message_file.attachment
    where message_file.room = ? and message_file.seq between ? and ?
      and message_file.place < ${FIRST_PICTURE}
    order by message_file.seq, message_file.place
  `,
  named: "select attachment from message_file where room = ? and seq between ? and ?",
  isNaming: `
    select 1 from message_file where room = ? and seq = ? and place < ${FIRST_PICTURE} limit 1
  `,
  removeFiles: "delete from message_file where room = ? and seq between ? and ?",
  naming: `
    select distinct seq from message_file
    where room = ? and seq between ? and ? and place < ${FIRST_PICTURE}
    order by seq desc limit ?
  `,
  pictures: `
    select attachment from message_file where room = ? and seq = ? and place >= ${FIRST_PICTURE}
  `,
  removePictures: `
    delete from message_file where room = ? and seq = ? and place >= ${FIRST_PICTURE}
  `,
};

/** The files that messages name: a row for each. */
export class MessageFiles {
  readonly attachments: AttachmentTable;
  readonly #sql: { readonly [Name in keyof typeof MESSAGE_FILES_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.attachments = new AttachmentTable(db);
    this.#sql = statementsOf(db, MESSAGE_FILES_SQL);
  }

  /** Notes which files a message names, all of which are there. */
  add(room: number, seq: number, files: readonly string[]): void {
    for (const [place, id] of files.entries()) {
      this.#sql.addFile.run(room, seq, place, id);
      this.attachments.use(id, 1);
    }
  }

  /** Gives the previews of a message's links other pictures, all of which are there; those before them are deleted. */
  setPictures(room: number, seq: number, pictures: readonly string[]): void {
    const before = this.#sql.pictures.all(room, seq);
    if (before.length > 0) this.#sql.removePictures.run(room, seq);
    for (const [place, id] of pictures.entries()) {
      this.#sql.addFile.run(room, seq, FIRST_PICTURE + place, id);
      this.attachments.use(id, 1);
    }
    for (const { attachment } of before) this.attachments.use(string(attachment), -1);
  }

  /** Returns the files that the messages of a range name, in their order; those that name none are not in it. */
  between(room: number, first: number, last: number): Map<number, FileInfo[]> {
    const files = new Map<number, FileInfo[]>();
    for (const row of this.#sql.filesBetween.all(room, first, last)) {
      getOrMake(files, integer(row.seq), () => []).push(toFileInfo(toAttachment(row)));
    }
    return files;
  }

  /** Returns whether a message names files. */
  has(room: number, seq: number): boolean {
    return this.#sql.isNaming.get(room, seq) !== undefined;
  }

  /** Returns the newest messages of a range that name files, by their `seq`, descending; at most `limit`. */
  naming(room: number, first: number, last: number, limit: number): number[] {
    return this.#sql.naming.all(room, first, last, limit).map(({ seq }) => integer(seq));
  }

  /** Lets a range of messages name no files any more, and have no pictures of previews; those that no other message names are deleted. */
  remove(room: number, first: number, last: number): void {
    const named = this.#sql.named.all(room, first, last);
    if (named.length === 0) return;
    this.#sql.removeFiles.run(room, first, last);
    for (const { attachment } of named) this.attachments.use(string(attachment), -1);
  }
}
