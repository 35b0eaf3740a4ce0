import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type Attachment, AttachmentTable } from "./attachment_table.ts";
import { statementsOf } from "./lazy_statements.ts";
import { type EventOutcome, refused } from "./outcome.ts";
import { integer, string } from "./rows.ts";

/**
 * The most rooms with messages that name a file. Who may read it is looked for in one after another, for each download and
 * each message that names it.
 */
export const FILE_ROOMS = 500;

/** The rooms with messages that name a file, one look at the index for each. */
const NAMED = `
  with recursive named (room) as (
    select min(room) from message_file where attachment = ?2
    union all
    select (select min(room) from message_file where attachment = ?2 and room > named.room)
    from named where named.room is not null
  )
`;

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const FILE_READERS_SQL = {
  // The newest message of each room counts.
  readers: `
    ${NAMED}
    select 1 from named join room on room.id = named.room
    left join membership as member on member.person = ?1 and member.room = room.id
    where (select max(seq) from message_file where attachment = ?2 and room = named.room)
      >= iif(room.kind = 'public', 1, coalesce(member.visible_from, iif(
        room.kind = 'direct' and instr(' ' || room.people || ' ', ' ' || ?1 || ' '), 1, null
      )))
    limit 1
  `,
  isNamedIn: "select 1 from message_file where attachment = ? and room = ? limit 1",
  countRooms: `
    ${NAMED}
    select count(*) as count from (select room from named where room is not null limit ?1)
  `,
  // An admin sees them for a report about another. Any number of messages may name a file: the few reports come first.
  reported: `
    select 1 from report_viewer cross join report on report.id = report_viewer.report
    cross join message_file on message_file.room = report.room and message_file.seq = report.seq
    where report_viewer.person = ?1 and message_file.attachment = ?2 and report.author <> ?1 limit 1
  `,
  anyNamed: "select attachment as id from message_file where attachment > '' order by 1 limit 1",
};

/** The people who may read files, of those who may be in the chat. */
export class FileReaders {
  readonly #files: AttachmentTable;
  readonly #sql: { readonly [Name in keyof typeof FILE_READERS_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.#files = new AttachmentTable(db);
    this.#sql = statementsOf(db, FILE_READERS_SQL);
  }

  /** Returns a file that a person may read; see `Permissions.readableFile`. */
  readable(person: string, id: string, isAdmin: boolean): Attachment | undefined {
    const file = this.#files.of(id);
    // For an id that no file has, another one is judged: the time of an answer must not tell which there are.
    const another = this.#sql.anyNamed.get()?.id;
    const other = this.#files.of(file === undefined ? string(another ?? "") : "");
    const { owner, id: own } = file ?? other ?? { id, owner: undefined };
    const isReader = this.#isReader(person, owner ?? own) ||
      (isAdmin && this.#sql.reported.get(person, owner ?? own) !== undefined);
    return isReader || (file && this.#files.isUploading(person, file)) ? file : undefined;
  }

  /** Returns the files that a message of a person may name, or why not; see `Permissions.nameableFiles`. */
  nameable(
    person: string,
    ids: readonly string[],
    roomId?: number,
  ): readonly Attachment[] | EventOutcome {
    const files: Attachment[] = [];
    for (const id of ids) {
      const file = this.#nameable(person, id);
      if (file === undefined) return refused("no_file", "there is no such file");
      if (this.#isSpread(file, roomId)) {
        return refused("no_file", `a file is in ${FILE_ROOMS} rooms already: upload it again`);
      }
      files.push(file);
    }
    return files;
  }

  #nameable(person: string, id: string): Attachment | undefined {
    const file = this.#files.of(id);
    if (file === undefined || file.owner !== undefined) return undefined;
    if (this.#files.isUploading(person, file)) return file;
    return this.#isReader(person, id) ? file : undefined;
  }

  /** Returns whether no other room may have messages that name a file. */
  #isSpread({ id, uses }: Attachment, roomId = 0): boolean {
    if (uses < FILE_ROOMS || this.#sql.isNamedIn.get(id, roomId) !== undefined) return false;
    return integer(this.#sql.countRooms.get(FILE_ROOMS, id)?.count) === FILE_ROOMS;
  }

  #isReader(person: string, id: string): boolean {
    return this.#sql.readers.get(person, id) !== undefined;
  }
}
