/**
 * The archive of a data file: reading it all out, and filling an empty one.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { ARCHIVE_FORMAT, ArchiveError, type ArchiveLine } from "./format.ts";
import { type ArchiveLines, eachLine } from "./check.ts";
import { COLUMNS, integer, string, toMessage } from "../sqlite/message_log.ts";
import { ownerIn } from "../people/store.ts";
import type { Store } from "../sqlite/database.ts";

/** Everything that a data file has. What a server writes meanwhile is not in it. */
export function* readArchive({ db, id }: Store): Generator<ArchiveLine> {
  // One transaction sees one state, however long it takes.
  db.exec("begin");
  try {
    const key = db.prepare("select key from signing_key").get()?.key;
    const signs = key instanceof Uint8Array ? { key: Buffer.from(key).toString("base64") } : {};
    yield { type: "hubbub", format: ARCHIVE_FORMAT, store: id, ...signs };
    let people = 0;
    for (const row of db.prepare("select * from people order by id").iterate()) {
      const owner = ownerIn(row);
      if (owner) yield { type: "person", ...owner };
      people++;
    }
    for (const { id, until } of db.prepare("select * from ended_sessions order by id").iterate()) {
      yield { type: "session", id: string(id), until: integer(until) };
    }
    let messages = 0;
    const read = db.prepare(`
      select ${COLUMNS} from message join author on author.id = message.author
      where place between ?1 << 32 | ?2 and ?1 << 32 | ?3 order by place
    `);
    for (const row of db.prepare("select * from room order by name").all()) {
      const [room, first, last] = [string(row.name), integer(row.first), integer(row.last)];
      if (last === 0) continue;
      yield { type: "room", room, first, last };
      for (const message of read.iterate(integer(row.id), first, last)) {
        yield { type: "message", ...toMessage(room, message) };
        messages++;
      }
    }
    yield { type: "end", people, messages };
  } finally {
    db.exec("rollback");
  }
}

/**
 * Fills an empty data file with an archive: all of it or nothing.
 *
 * @throws {ArchiveError} when the data file is not empty, or the archive not whole.
 */
export async function writeArchive(store: Store, lines: ArchiveLines): Promise<void> {
  const { db } = store;
  db.exec("begin immediate");
  try {
    refuseUsed(store);
    const write = writer(db);
    await eachLine(lines, write);
    db.exec("commit");
  } catch (error) {
    // SQLite itself has already rolled back after some errors.
    if (db.isTransaction) db.exec("rollback");
    throw error;
  }
}

function refuseUsed({ db, path }: Store): void {
  const { used } = db.prepare(
    "select exists (select 1 from room) or " +
      "exists (select 1 from people) as used",
  ).get() ?? {};
  if (used === 0) return;
  throw new ArchiveError(`${path} has people or messages already`);
}

/** What writes the lines of a whole archive, one after the other. */
function writer(db: Store["db"]): (line: ArchiveLine) => void {
  const sql = {
    store: db.prepare("update store set id = ?"),
    key: db.prepare("insert or replace into signing_key values (1, ?)"),
    person: db.prepare("insert into people (id, name, key, secret, used) values (?, ?, ?, ?, ?)"),
    session: db.prepare("insert into ended_sessions (id, until) values (?, ?)"),
    room: db.prepare("insert into room (name, first, last) values (?, ?, ?)"),
    aged: db.prepare("update room set oldest = coalesce(oldest, ?1), newest = ?1 where id = ?2"),
    author: db.prepare("insert into author (person) values (?)"),
    message: db.prepare(`
      insert into message (place, room, author, id, at, name, text)
      values (?1 << 32 | ?2, ?1, ?3, ?4, ?5, ?6, ?7)
    `),
  };
  const authors = new Map<string, number>();
  const authorOf = (person: string) => {
    const author = authors.get(person) ?? Number(sql.author.run(person).lastInsertRowid);
    authors.set(person, author);
    return author;
  };
  let room = { id: 0, first: 0, last: 0 };
  return (line) => {
    switch (line.type) {
      case "hubbub":
        sql.store.run(line.store);
        if (line.key !== undefined) sql.key.run(Buffer.from(line.key, "base64"));
        return;
      case "person":
        sql.person.run(line.id, line.name, line.key, line.secret ?? null, line.used);
        return;
      case "session":
        sql.session.run(line.id, line.until);
        return;
      case "room": {
        const { first, last } = line;
        room = { id: Number(sql.room.run(line.room, first, last).lastInsertRowid), first, last };
        return;
      }
      case "message": {
        const { seq, id, user, text, at } = line;
        sql.message.run(room.id, seq, authorOf(user.id), id, at, user.name, text);
        if (seq === room.first || seq === room.last) sql.aged.run(at, room.id);
      }
    }
  };
}
