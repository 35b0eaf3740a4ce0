/**
 * The archive of a data file: reading it all out, and filling an empty one.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { ARCHIVE_FORMAT, ArchiveError, type ArchiveLine, parseArchiveLine } from "./archive.ts";
import { COLUMNS, integer, string, toMessage } from "./sqlite_log.ts";
import { ownerIn } from "./people_store.ts";
import type { Store } from "./store.ts";

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
    for (const { id, until } of db.prepare("select * from ended_sessions").iterate()) {
      yield { type: "session", id: string(id), until: integer(until) };
    }
    let messages = 0;
    const read = db.prepare(`
      select ${COLUMNS} from message join author on author.id = message.author
      where place between ?1 << 32 | ?2 and ?1 << 32 | ?3 order by place
    `);
    for (const row of db.prepare("select * from room order by id").all()) {
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
export function writeArchive(store: Store, lines: Iterable<string>): void {
  store.transaction(() => {
    refuseUsed(store);
    const writer = new Writer(store);
    let number = 0;
    for (const line of lines) {
      number++;
      try {
        writer.write(parseArchiveLine(line));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new ArchiveError(`line ${number}: ${reason}`);
      }
    }
    writer.finish();
  });
}

function refuseUsed({ db, path }: Store): void {
  const { used } = db.prepare(
    "select exists (select 1 from room) or " +
      "exists (select 1 from people) as used",
  ).get() ?? {};
  if (used === 0) return;
  throw new ArchiveError(`${path} has people or messages already`);
}

/** What {@linkcode writeArchive} knows between two lines. */
class Writer {
  readonly #db: Store["db"];
  readonly #authors = new Map<string, number>();
  readonly #statements;
  #people = 0;
  #messages = 0;
  #begun = false;
  #ended = false;
  /** The room that messages are read of. */
  #room: { id: number; name: string; first: number; next: number; last: number } | undefined;

  constructor({ db }: Store) {
    this.#db = db;
    this.#statements = {
      person: db.prepare("insert into people (id, name, key, secret, used) values (?, ?, ?, ?, ?)"),
      session: db.prepare("insert into ended_sessions (id, until) values (?, ?)"),
      room: db.prepare("insert into room (name, first, last) values (?, ?, ?)"),
      aged: db.prepare(
        "update room set oldest = coalesce(oldest, ?1), newest = ?1 where id = ?2",
      ),
      author: db.prepare("insert into author (person) values (?)"),
      message: db.prepare(`
        insert into message (place, room, author, id, at, name, text)
        values (?1 << 32 | ?2, ?1, ?3, ?4, ?5, ?6, ?7)
      `),
    };
  }

  write(line: ArchiveLine): void {
    if (!this.#begun && line.type !== "hubbub") {
      throw new ArchiveError("no export begins like this");
    }
    if (this.#ended) throw new ArchiveError("something follows the end");
    switch (line.type) {
      case "hubbub":
        return this.#begin(line);
      case "person": {
        const { id, name, key, secret, used } = line;
        this.#people++;
        return void this.#statements.person.run(id, name, key, secret ?? null, used);
      }
      case "session":
        return void this.#statements.session.run(line.id, line.until);
      case "room":
        return this.#enter(line);
      case "message":
        return this.#add(line);
      case "end":
        return this.#end(line);
    }
  }

  finish(): void {
    if (!this.#ended) throw new ArchiveError("its end is missing");
  }

  #begin({ format, store, key }: ArchiveLine & { type: "hubbub" }): void {
    if (this.#begun) throw new ArchiveError("it begins a second time");
    if (format !== ARCHIVE_FORMAT) throw new ArchiveError("another version of Hubbub wrote it");
    this.#begun = true;
    this.#db.prepare("update store set id = ?").run(store);
    if (key === undefined) return;
    this.#db.prepare("insert or replace into signing_key values (1, ?)")
      .run(Buffer.from(key, "base64"));
  }

  #enter({ room, first, last }: ArchiveLine & { type: "room" }): void {
    this.#leaveRoom();
    const { lastInsertRowid } = this.#statements.room.run(room, first, last);
    this.#room = { id: Number(lastInsertRowid), name: room, first, next: first, last };
  }

  #add({ room: name, seq, id, user, text, at }: ArchiveLine & { type: "message" }): void {
    const room = this.#room;
    if (room === undefined || name !== room.name || seq !== room.next || seq > room.last) {
      throw new ArchiveError("a message is missing or not in its place");
    }
    this.#statements.message.run(room.id, seq, this.#author(user.id), id, at, user.name, text);
    if (seq === room.first || seq === room.last) this.#statements.aged.run(at, room.id);
    room.next++;
    this.#messages++;
  }

  #end({ people, messages }: ArchiveLine & { type: "end" }): void {
    this.#leaveRoom();
    if (people !== this.#people || messages !== this.#messages) {
      throw new ArchiveError("people or messages are missing");
    }
    this.#ended = true;
  }

  #leaveRoom(): void {
    if (this.#room && this.#room.next <= this.#room.last) {
      throw new ArchiveError(`messages of the room "${this.#room.name}" are missing`);
    }
    this.#room = undefined;
  }

  #author(person: string): number {
    const known = this.#authors.get(person);
    if (known !== undefined) return known;
    const id = Number(this.#statements.author.run(person).lastInsertRowid);
    this.#authors.set(person, id);
    return id;
  }
}
