/**
 * The archive of a data file: reading it all out, and filling an empty one.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { ARCHIVE_FORMATS, type ArchiveLine } from "./format.ts";
import type { ContentSink } from "./contents.ts";
import { changeReader, ChangeWriter } from "./changes.ts";
import { archivedFiles } from "./files.ts";
import { type ArchiveLines, eachLine } from "./check.ts";
import { auditEntries, restrictions } from "./moderation.ts";
import { orderMessages } from "./message_order.ts";
import { doNotDisturb, ignored, reports } from "./wishes.ts";
import type { Database } from "../state/database.ts";
import {
  type DatabaseRow,
  integer,
  MESSAGE_COLUMNS,
  missingMessage,
  nextKey,
  string,
  toMessage,
  toOwner,
} from "../state/rows.ts";
import { writtenKey } from "../people/name_keys.ts";
import { IgnoredTable } from "../state/ignored_table.ts";
import { MembershipTable } from "../state/membership_table.ts";
import { StoredLinks } from "../state/links.ts";
import { MentionTable } from "../state/mention_table.ts";
import { MessageRemoval } from "../state/message_removal.ts";
import { Permissions } from "../state/permissions.ts";
import { ReportTable } from "../state/report_table.ts";
import { RoomTable } from "../state/room_table.ts";
import { Restrictions } from "../state/restrictions.ts";
import { AboutTable } from "../state/about_table.ts";
import { PictureTable } from "../state/picture_table.ts";
import { DoNotDisturbTable } from "../state/do_not_disturb_table.ts";
import { SessionTable, toSession } from "../state/session_table.ts";
import { changedSettings } from "./changed_settings.ts";
import { StoredSettings } from "../state/settings.ts";
import { Audit } from "../state/audit.ts";
import { FormerKeys } from "../state/former_keys.ts";
import { DamageError } from "../state/storage_error.ts";

/** Rows that are read at once. */
const READ_ROWS = 500;

/**
 * Returns everything that a data file has. Changes that a server writes meanwhile are not included.
 *
 * @throws {DamageError} if the file does not have what it promises: then what was returned is not all.
 */
export function* readArchive({ db }: Database): Generator<ArchiveLine> {
  // One transaction sees one state, however long it takes.
  db.exec("begin");
  try {
    const store = db.prepare("select id, key from store").get();
    if (!(store?.key instanceof Uint8Array)) throw new Error("the file has no chat in it yet");
    const key = toBase64(store.key);
    const former = new FormerKeys(db).read().former.map(toBase64).reverse();
    const { withFiles, withoutFiles } = ARCHIVE_FORMATS;
    const format = archivedFiles(db).next().done ? withoutFiles : withFiles;
    yield {
      ...{ type: "hubbub", format, store: string(store.id), key },
      ...(former.length > 0 && { former }),
    };
    let people = 0;
    for (const row of rowsOf(db, "people")) {
      const owner = toOwner(row);
      if (owner) {
        // An import computes this key by its own tables.
        const { written: _, ...person } = owner;
        yield { type: "person", ...person };
      }
      people++;
    }
    for (const { id, until } of rowsOf(db, "ended_sessions")) {
      yield { type: "session", id: string(id), until: integer(until) };
    }
    for (const row of rowsOf(db, "session")) {
      const { generation, ...session } = toSession(row);
      yield { type: "login", ...session, ...(generation > 0 && { generation }) };
    }
    yield* changedSettings(db);
    yield* restrictions(db);
    for (const { kind: _, person: _p, ...invite } of new StoredLinks(db).invites()) {
      yield { type: "invite", ...invite };
    }
    yield* auditEntries(db);
    yield* archivedFiles(db);
    let messages = 0;
    const linesOf = changeReader(db);
    const rooms = new RoomTable(db);
    const isMember = db.prepare("select 1 from membership where room = ? limit 1");
    const read = db.prepare(`
      select ${MESSAGE_COLUMNS} from message join author on author.id = message.author
      where room = ? and seq between ? and ? order by seq limit ${READ_ROWS}
    `);
    for (
      const row of db.prepare("select * from room where kind <> 'deleted' order by name").all()
    ) {
      const [room, first, last] = [string(row.name), integer(row.first), integer(row.last)];
      const [rev, edits] = [integer(row.rev), integer(row.edits)];
      const details = {
        ...(rev > 0 && { rev }),
        ...(edits > 0 && { edits }),
        ...rooms.details(row),
      };
      const isEmpty = last === 0 && Object.keys(details).length === 0;
      if (isEmpty && isMember.get(integer(row.id)) === undefined) continue;
      yield { type: "room", room, first, last, ...details };
      for (let next = first; next <= last;) {
        const rows = read.all(integer(row.id), next, last);
        if (rows.length === 0) throw missingMessage(room, next);
        const sent = rows.map((row) => toMessage(room, row));
        for (const { seq } of sent) if (seq !== next++) throw missingMessage(room, next - 1);
        yield* linesOf(integer(row.id), sent);
        messages += sent.length;
      }
    }
    yield* memberships(db);
    yield* ignored(db);
    yield* doNotDisturb(db);
    for (const picture of new PictureTable(db).all()) yield { type: "picture", ...picture };
    for (const about of new AboutTable(db).all()) yield { type: "about", ...about };
    for (const { address, room } of rooms.oldAddresses()) {
      yield { type: "address", address, ...(room !== undefined && { room }) };
    }
    yield* reports(db);
    for (const removal of removalsOf(db).all()) yield { type: "removal", ...removal };
    yield { type: "end", people, messages };
  } finally {
    db.exec("rollback");
  }
}

function toBase64(key: Uint8Array): string {
  return Buffer.from(key).toString("base64");
}

function* memberships(db: Database["db"]): Generator<ArchiveLine> {
  const table = new MembershipTable(db);
  const next = db.prepare("select person from membership where person > ? order by person limit 1");
  for (let row = next.get(""), id = ""; row !== undefined;) {
    id = nextKey(row.person, id);
    for (
      const { roomId: _, first: _first, last: _last, edits: _edits, about: _about, ...membership }
        of table.all(id)
    ) {
      yield { type: "member", ...membership };
    }
    row = next.get(id);
  }
}

function removalsOf(db: Database["db"]): MessageRemoval {
  return new MessageRemoval(db, new Permissions(db));
}

/** The column by which the other index of a table begins. */
const OTHER_COLUMNS = { people: "key", ended_sessions: "until", session: "person" } as const;

/**
 * Returns all rows of a table by their ids. In parts, and never with `iterate`, which takes a read error for the
 * end; the table is counted by its other index, which misses nothing that the first one lost.
 */
function* rowsOf(
  db: Database["db"],
  table: keyof typeof OTHER_COLUMNS,
): Generator<DatabaseRow> {
  const read = db.prepare(`select * from ${table} where id > ? order by id limit ${READ_ROWS}`);
  let [after, count] = ["", 0];
  for (let rows; (rows = read.all(after)).length > 0; after = nextKey(rows.at(-1)?.id, after)) {
    yield* rows;
    count += rows.length;
  }
  const column = OTHER_COLUMNS[table];
  const counted = db.prepare(
    `select count(*) as count from (select ${column} from ${table} order by ${column})`,
  );
  if (integer(counted.get()?.count) !== count) {
    throw new DamageError(`rows of the table ${table} are missing`);
  }
}

/**
 * Fills an empty data file with an archive: all of it or nothing.
 *
 * @param contents Receives the bytes of files, and a call when all are there, before anything names them.
 * @throws {Error} when the data file is not empty, or the archive not whole.
 */
export async function writeArchive(
  store: Database,
  lines: ArchiveLines,
  contents?: ContentSink & { publish?(): void },
): Promise<void> {
  const { db } = store;
  db.exec("begin immediate");
  try {
    refuseUsed(store);
    const write = writer(db);
    await eachLine(lines, write, contents);
    orderMessages(db, Date.now());
    contents?.publish?.();
    db.exec("commit");
  } catch (error) {
    // SQLite itself has already rolled back after some errors.
    if (db.isTransaction) db.exec("rollback");
    throw error;
  }
}

function refuseUsed({ db, path }: Database): void {
  const { used } = db.prepare(
    "select exists (select 1 from room) or " +
      "exists (select 1 from people) as used",
  ).get() ?? {};
  if (used === 0) return;
  throw new Error(`${path} has people or messages already`);
}

/** Returns a function that writes the lines of a whole archive, one after the other. */
function writer(db: Database["db"]): (line: ArchiveLine) => void {
  // An archive says for how long messages are kept only if that is not permanently.
  const keepDays = integer(db.prepare("select keep_days from store").get()?.keep_days ?? 0);
  const sql = {
    forget: db.prepare("delete from store"),
    forgetKeys: db.prepare("delete from former_key"),
    store: db.prepare("insert into store (id, epoch, key, keep_days) values (?, ?, ?, ?)"),
    person: db.prepare(`
      insert into people (id, name, key, secret, used, generation, written, role, seen)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?)
    `),
    session: db.prepare("insert into ended_sessions (id, until) values (?, ?)"),
    room: db.prepare("insert into room (name, first, last) values (?, ?, ?)"),
    // A number above 31 bits is bound as a real one, whose quotient would not be whole.
    aged: db.prepare(`
      update room
      set oldest = coalesce(oldest, ?1), newest = ?1, minute = cast(?1 as integer) / 60000
      where id = ?2
    `),
    author: db.prepare("insert into author (person) values (?)"),
    authorOf: db.prepare("select id from author where person = ?"),
    message: db.prepare(`
      insert into message (room, seq, author, id, at, name, text) values (?, ?, ?, ?, ?, ?, ?)
    `),
  };
  const audit = new Audit(db);
  const formerKeys = new FormerKeys(db);
  const links = new StoredLinks(db);
  const restrictions = new Restrictions(db);
  const members = new MembershipTable(db);
  const reports = new ReportTable(db);
  const removals = removalsOf(db);
  const doNotDisturb = new DoNotDisturbTable(db);
  const pictures = new PictureTable(db);
  const abouts = new AboutTable(db);
  const ignored = new IgnoredTable(db);
  const mentions = new MentionTable(db);
  const rooms = new RoomTable(db);
  const sessions = new SessionTable(db);
  const settings = new StoredSettings(db);
  const authors = new Map<string, number>();
  const authorOf = (person: string) => {
    const known = authors.get(person) ?? sql.authorOf.get(person)?.id;
    const author = Number(known ?? sql.author.run(person).lastInsertRowid);
    authors.set(person, author);
    return author;
  };
  // Mentions of them may be left, if the archive was made just then. Nothing else that is to go is in one.
  const deleted = new Set<string>();
  const isThere = (person: string) => !deleted.has(person);
  const changes = new ChangeWriter(db, authorOf);
  let room = { id: 0, first: 0, last: 0 };
  return (line) => {
    switch (line.type) {
      case "hubbub":
        sql.forget.run();
        sql.forgetKeys.run();
        for (const key of line.former ?? []) formerKeys.add(Buffer.from(key, "base64"));
        sql.store.run(
          line.store,
          randomBytes(16).toString("hex"),
          line.key === undefined ? randomBytes(32) : Buffer.from(line.key, "base64"),
          keepDays,
        );
        return;
      case "person":
        sql.person.run(
          ...[line.id, line.name, line.key, line.secret ?? null, line.used],
          ...[line.generation ?? 0, writtenKey(line.name) ?? null, line.role ?? null],
          line.seen ?? null,
        );
        if (line.role !== undefined) links.claimed();
        return;
      case "setting":
        settings.set(line);
        return;
      case "invite": {
        const { type: kind, ...invite } = line;
        links.add({ kind, ...invite });
        return;
      }
      case "mute":
        restrictions.mute(line.person, line.until);
        return;
      case "deleted":
        restrictions.markDeleted(line.person);
        deleted.add(line.person);
        return;
      case "ban":
        return restrictions.ban(line);
      case "audit":
        audit.add(line);
        if (line.action === "claim" || (line.action === "role" && line.detail === "admin")) {
          links.claimed();
        }
        return;
      case "session":
        sql.session.run(line.id, line.until);
        return;
      case "login":
        return sessions.use({ generation: 0, ...line });
      case "address":
        rooms.restoreAddress(line.address, line.room);
        return;
      case "member":
        return members.restore(line);
      case "ignore":
        ignored.add(line.person, line.other);
        return;
      case "do_not_disturb":
        doNotDisturb.set(line.person, line.until);
        return;
      case "about":
        abouts.set(line.person, line.text);
        return;
      case "picture":
        pictures.set(line.owner, line);
        return;
      case "report": {
        const { type: _, room, reasons, ...report } = line;
        const id = room === undefined ? undefined : rooms.of(room)?.id;
        reports.add(id === undefined ? report : { ...report, room: id });
        for (const reason of reasons) reports.addReason(line.id, reason);
        return;
      }
      case "removal": {
        const { type: _, room, ...removal } = line;
        authorOf(line.person);
        const id = room === undefined ? undefined : rooms.of(room)?.id;
        removals.restore(id === undefined ? removal : { ...removal, room: { id } });
        return;
      }
      case "room": {
        const { first, last } = line;
        const id = Number(sql.room.run(line.room, first, last).lastInsertRowid);
        rooms.restore(id, line);
        changes.room(id, line);
        room = { id, first, last };
        return;
      }
      case "file":
        return changes.file(line);
      case "message": {
        const { seq, id, user, text, at } = line;
        if (line.mentions) mentions.add(room.id, seq, line.mentions.filter(isThere));
        sql.message.run(room.id, seq, authorOf(user.id), id, at, user.name, text);
        if (seq === room.first || seq === room.last) sql.aged.run(at, room.id);
        changes.message(line);
        return;
      }
      case "reactions":
      case "edits":
        changes.more(line);
    }
  };
}
