import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { FileInfo } from "../protocol/mod.ts";
import { type DatabaseRow, integer, nextKey, string } from "./rows.ts";
import { statementsOf } from "./lazy_statements.ts";

/** The files that are read, or deleted, at once. */
const ROWS = 200;

/** A file that was uploaded, as the state keeps it. */
export interface Attachment {
  /** Random; see `isFileId`. */
  readonly id: string;
  /** The id of the person who has uploaded it. */
  readonly person: string;
  /** The time at which it was whole, in ms since 1970. */
  readonly at: number;
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** The media type that its bytes have. */
  readonly type: string;
  /** In pixels, of a picture. */
  readonly width?: number;
  readonly height?: number;
  /** The id of a smaller picture. */
  readonly preview?: string;
  /** Of a preview: the id of the file that it belongs to. Of a picture of a link's preview: its own id. */
  readonly owner?: string;
  /** SHA-256 of its bytes, in base64url. */
  readonly hash: string;
  /** The id under which its bytes are kept: its own, or that of a file with equal ones. */
  readonly content: string;
  /** The number of messages that name it. */
  readonly uses: number;
}

/** A file that is added. */
export type NewAttachment = Omit<Attachment, "owner" | "content" | "uses">;

/** All files together. */
export interface AttachmentTotal {
  readonly files: number;
  /** The number of different contents. */
  readonly contents: number;
  /** The bytes of these. */
  readonly bytes: number;
}

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const ATTACHMENT_SQL = {
  attachment: "select * from attachment where id = ?",
  addAttachment: `
    insert into attachment
      (id, person, at, name, size, type, width, height, preview, hash, content)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  `,
  removeAttachment: "delete from attachment where id = ?",
  sameContent: "select content from attachment where hash = ? limit 1",
  hasContent: "select 1 from attachment where content = ? limit 1",
  setOwner: "update attachment set owner = ? where id = ?",
  use: "update attachment set uses = uses + ? where id = ? returning uses",
  uploaded: `
    select coalesce(sum(size), 0) as bytes from attachment where person = ? and at > ?
  `,
  countUnnamed: `
    select count(*) as count from attachment where person = ? and uses = 0 and owner is null
  `,
  unnamedOf: `
    select id from attachment indexed by attachment_unnamed_by_person
    where person = ? and uses = 0 and owner is null and at >= ? order by n
  `,
  unnamed: `
    select id from attachment where uses = 0 and owner is null and at < ? order by at, id
    limit ${ROWS}
  `,
  attachmentsAfter: `select * from attachment where id > ? order by id limit ${ROWS}`,
  countEnded: `
    select count(*) as count from message_file join room on room.id = message_file.room
    where message_file.attachment = ? and room.kind = 'deleted'
  `,
  contentsAfter: `
    select content, size, hash from attachment where content > ? group by content order by content
    limit ${ROWS}
  `,
  restore: `
    insert into attachment
      (id, person, at, name, size, type, width, height, preview, owner, hash, content)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  `,
  addTotal: `
    update attachment_total set files = files + ?, contents = contents + ?, bytes = bytes + ?
  `,
  total: "select files, contents, bytes from attachment_total",
  addGone: "insert into gone_content (id) values (?) on conflict do nothing",
  gone: "select id from gone_content where id > ? order by id limit ?",
  removeGone: "delete from gone_content where id = ?",
};

/**
 * The files that people have uploaded. Equal contents are kept once; everything else is each file's own, so that nobody
 * learns from it that others have the same. The bytes are elsewhere: a content that no file has any more waits in a queue
 * until they are deleted.
 */
export class AttachmentTable {
  readonly #sql: { readonly [Name in keyof typeof ATTACHMENT_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.#sql = statementsOf(db, ATTACHMENT_SQL);
  }

  /** Returns a file, or undefined if there is none with this id. */
  of(id: string): Attachment | undefined {
    const row = this.#sql.attachment.get(id);
    return row && toAttachment(row);
  }

  /** Adds a file that no message names yet. Its preview, which must be there, is its own from now on. */
  add({ id, person, at, name, size, type, width, height, preview, hash }: NewAttachment): void {
    const same = this.#sql.sameContent.get(hash);
    const content = same === undefined ? id : string(same.content);
    this.#sql.addAttachment.run(
      ...[id, person, at, name, size, type, width ?? null, height ?? null, preview ?? null],
      ...[hash, content],
    );
    if (preview !== undefined) this.#sql.setOwner.run(id, preview);
    if (same === undefined) {
      this.#sql.addTotal.run(1, 1, size);
      // A file of the same id may have been there before.
      this.#sql.removeGone.run(id);
    } else {
      this.#sql.addTotal.run(1, 0, 0);
      // Its own bytes are there a second time.
      this.#sql.addGone.run(id);
    }
  }

  /**
   * Adds the picture of a preview. It is its own owner: no message can name it, it is no preview of a file, and it does not
   * wait for a message.
   */
  addPicture(picture: NewAttachment): void {
    this.add(picture);
    this.#sql.setOwner.run(picture.id, picture.id);
  }

  /** Changes the number of messages that name a file. One that was named, and is named no more, is deleted. */
  use(id: string, change: 1 | -1): void {
    const uses = integer(this.#sql.use.get(change, id)?.uses);
    if (uses === 0) this.remove(id);
  }

  /** Deletes a file and its preview. */
  remove(id: string): void {
    const file = this.of(id);
    if (file === undefined) return;
    this.#sql.removeAttachment.run(id);
    if (this.#sql.hasContent.get(file.content) === undefined) {
      this.#sql.addGone.run(file.content);
      this.#sql.addTotal.run(-1, -1, -file.size);
    } else this.#sql.addTotal.run(-1, 0, 0);
    if (file.preview !== undefined) this.remove(file.preview);
  }

  /** Returns the bytes of the files that a person has uploaded since a time, in ms since 1970, as far as they are kept. */
  uploaded(person: string, since: number): number {
    return integer(this.#sql.uploaded.get(person, since)?.bytes);
  }

  /** Returns whether a person has uploaded a file that no message names yet. A preview is named with its file. */
  isUploading(person: string, { person: uploader, owner, uses }: Attachment): boolean {
    if (uploader !== person) return false;
    return (owner === undefined ? uses : this.of(owner)?.uses) === 0;
  }

  /** Returns the number of files of a person that no message names, without previews. */
  countUnnamed(person: string): number {
    return integer(this.#sql.countUnnamed.get(person)?.count);
  }

  /** Deletes the files of a person that no message names, those uploaded at a time or later, in ms since 1970. */
  removeUnnamed(person: string, since = 0): void {
    for (const { id } of this.#sql.unnamedOf.all(person, since)) this.remove(string(id));
  }

  /** Returns the oldest files that no message names, of those uploaded before a time; at most 200. */
  unnamed(before: number): string[] {
    return this.#sql.unnamed.all(before).map(({ id }) => string(id));
  }

  /** Returns every file, by id. */
  *all(): Generator<Attachment> {
    for (let rows, after = ""; (rows = this.#sql.attachmentsAfter.all(after)).length > 0;) {
      for (const row of rows) yield toAttachment(row);
      after = nextKey(rows.at(-1)?.id, after);
    }
  }

  /** Returns the files that something names which is not being deleted, and their previews; by id. */
  *kept(): Generator<Attachment> {
    for (const file of this.all()) {
      const named = file.owner === undefined ? file : this.of(file.owner);
      if (named !== undefined && this.#isKept(named)) yield file;
    }
  }

  #isKept({ id, uses }: Attachment): boolean {
    return uses > 0 && integer(this.#sql.countEnded.get(id)?.count) < uses;
  }

  /** Writes a file that was there before, which nothing names yet, without a look at what it belongs to. */
  restore(file: Omit<Attachment, "uses">): void {
    const { id, person, at, name, size, type, width, height, preview, owner, hash, content } = file;
    const isNew = !this.isNeeded(content);
    this.#sql.restore.run(
      ...[id, person, at, name, size, type, width ?? null, height ?? null, preview ?? null],
      ...[owner ?? null, hash, content],
    );
    this.#sql.addTotal.run(1, Number(isNew), isNew ? size : 0);
  }

  /** Returns every content that is needed, by id: what is to be there, its size in bytes, and its SHA-256 in base64url. */
  *contents(): Generator<{ readonly id: string; readonly size: number; readonly hash: string }> {
    for (let rows, after = ""; (rows = this.#sql.contentsAfter.all(after)).length > 0;) {
      for (const { content, size, hash } of rows) {
        yield { id: string(content), size: integer(size), hash: string(hash) };
      }
      after = nextKey(rows.at(-1)?.content, after);
    }
  }

  /** Returns whether a content is needed. */
  isNeeded(content: string): boolean {
    return this.#sql.hasContent.get(content) !== undefined;
  }

  /** All files together. */
  get total(): AttachmentTotal {
    const row = this.#sql.total.get();
    return {
      files: integer(row?.files),
      contents: integer(row?.contents),
      bytes: integer(row?.bytes),
    };
  }

  /** Returns contents whose bytes must be deleted, by id: those behind `after`, at most `limit`. */
  gone(limit: number, after = ""): string[] {
    return this.#sql.gone.all(after, limit).map(({ id }) => string(id));
  }

  /** Forgets a content whose bytes this server has deleted. */
  removeGone(content: string): void {
    this.#sql.removeGone.run(content);
  }
}

/** Returns what the readers of a message are to know of a file. */
export function toFileInfo(
  { id, name, size, type, width, height, preview }: FileInfo,
): FileInfo {
  return {
    ...{ id, name, size, type },
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    ...(preview !== undefined && { preview }),
  };
}

/** Returns the file in a row. */
export function toAttachment(row: DatabaseRow): Attachment {
  const { id, person, at, name, size, type, width, height, preview, owner, hash, content, uses } =
    row;
  return {
    ...{ id: string(id), person: string(person), at: integer(at), name: string(name) },
    ...{ size: integer(size), type: string(type) },
    ...(width !== null && { width: integer(width) }),
    ...(height !== null && { height: integer(height) }),
    ...(preview !== null && { preview: string(preview) }),
    ...(owner !== null && { owner: string(owner) }),
    ...{ hash: string(hash), content: string(content), uses: integer(uses) },
  };
}
