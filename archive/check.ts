import { ARCHIVE_FORMATS, type ArchiveLine, parseArchiveLine, unknownValue } from "./format.ts";
import { contentOf, type ContentSink } from "./contents.ts";
import { isHiddenRoom } from "../protocol/addresses.ts";
import { isMessageId } from "../protocol/names.ts";
import { PICTURE_TYPES } from "../state/kinds/picture.ts";
import { CHAT } from "../state/picture_table.ts";
import { ChangeCheck } from "./changes.ts";
import { FileCheck } from "./files.ts";
import { messageOf } from "../lib/errors.ts";
import { UserError } from "../lib/user_error.ts";

type Line<Type extends ArchiveLine["type"]> = ArchiveLine & { readonly type: Type };

/** Checks that lines are a whole archive: in their order, nothing missing, nothing twice. */
export class ArchiveCheck {
  readonly #people = new Set<string>();
  readonly #names = new Set<string>();
  readonly #logins = new Set<string>();
  readonly #rooms = new Set<string>();
  readonly #memberships = new Set<string>();
  readonly #addresses = new Set<string>();
  readonly #ignored = new Set<string>();
  readonly #doNotDisturb = new Set<string>();
  /** The owners of pictures, and `/` with the id of each. */
  readonly #pictures = new Set<string>();
  /** Those who say something about themselves. */
  readonly #abouts = new Set<string>();
  readonly #files = new FileCheck();
  readonly #reports = new Set<string>();
  /** The subjects of the reports. */
  readonly #reported = new Set<string>();
  #messages = 0;
  #begun = false;
  #ended = false;
  /** The room whose messages are being read. */
  #room: { name: string; next: number; last: number; changes: ChangeCheck } | undefined;

  /**
   * Checks the next line.
   *
   * @throws {Error} if it can't follow the others.
   */
  see(line: ArchiveLine): void {
    if (!this.#begun && line.type !== "hubbub") {
      throw new Error("no export begins like this");
    }
    if (this.#ended) throw new Error("something follows the end");
    switch (line.type) {
      case "hubbub":
        return this.#begin(line);
      case "person":
        return this.#checkPerson(line);
      case "session":
      case "audit":
      case "invite":
      case "setting":
      case "mute":
      case "deleted":
      case "ban":
        return;
      case "login":
        return this.#checkLogin(line);
      case "room":
        return this.#beginRoom(line);
      case "file":
        return this.#files.see(line);
      case "bytes":
      case "lost":
        throw new Error("the bytes of a file are not behind its line");
      case "message":
        return this.#checkMessage(line);
      case "reactions":
      case "edits":
        if (this.#room === undefined) throw new Error("a change is not behind its message");
        return this.#room.changes.see(line);
      case "member":
        return this.#checkMember(line);
      case "ignore":
        return this.#checkIgnored(line);
      case "address":
        return this.#checkAddress(line);
      case "about":
        return this.#checkAbout(line);
      case "picture":
        return this.#checkPicture(line);
      case "do_not_disturb":
        return this.#checkDoNotDisturb(line);
      case "report":
        return this.#checkReport(line);
      case "removal":
        return this.#checkRemoval(line);
      case "end":
        return this.#end(line);
    }
  }

  /** Returns whether a file that was seen is the first one with its bytes. */
  isNewContent(file: Line<"file">): boolean {
    return this.#files.isFirst(file);
  }

  /**
   * Checks that the archive is complete.
   *
   * @throws {Error} if a line is missing.
   */
  finish(): void {
    if (!this.#ended) throw new Error("its end is missing");
  }

  #begin({ format }: Line<"hubbub">): void {
    if (this.#begun) throw new Error("it begins a second time");
    if (!Object.values(ARCHIVE_FORMATS).some((known) => known === format)) {
      throw unknownValue("format");
    }
    this.#begun = true;
  }

  #checkPerson({ id, key }: Line<"person">): void {
    if (this.#people.has(id) || this.#names.has(key)) {
      throw new Error("a person or a name appears twice");
    }
    this.#people.add(id);
    this.#names.add(key);
  }

  #checkLogin({ id, person }: Line<"login">): void {
    if (!this.#people.has(person)) throw new Error("a session belongs to a person who is missing");
    if (this.#logins.has(id)) throw new Error("a session appears twice");
    this.#logins.add(id);
  }

  #beginRoom({ room, first, last, rev = 0, edits = 0, info, people }: Line<"room">): void {
    this.#endRoom();
    if (this.#rooms.has(room)) throw new Error("a room appears twice");
    this.#rooms.add(room);
    // Who may find and read a room depends on both.
    const kind = info?.kind ?? "public";
    if (isHiddenRoom(room) !== (kind !== "public")) {
      throw new Error('the address of a room is not one for the "kind" in its "info"');
    }
    if ((people !== undefined) !== (kind === "direct")) {
      throw new Error('"people" are those of a direct room, which has some');
    }
    if (edits > rev) throw new Error("the rev of a room is lower than that of its messages");
    this.#room = { name: room, next: first, last, changes: new ChangeCheck(rev) };
  }

  #checkMessage(message: Line<"message">): void {
    const { room: name, seq } = message;
    const room = this.#room;
    if (room === undefined || name !== room.name || seq !== room.next || seq > room.last) {
      throw new Error("a message is missing or not in its place");
    }
    room.changes.begin(message);
    if (message.files !== undefined) this.#files.name(message.files);
    for (const { picture } of message.previews ?? []) {
      if (picture !== undefined) this.#files.show(picture.id);
    }
    room.next++;
    this.#messages++;
  }

  #checkMember({ person, room }: Line<"member">): void {
    this.#endRoom();
    const key = `${person} ${room}`;
    if (!this.#people.has(person) || !this.#rooms.has(room)) {
      throw new Error("a membership names a person or a room that is missing");
    }
    if (this.#memberships.has(key)) throw new Error("a membership appears twice");
    this.#memberships.add(key);
  }

  #checkIgnored({ person, other }: Line<"ignore">): void {
    this.#endRoom();
    const key = `${person} ${other}`;
    if (!this.#people.has(person)) throw new Error("a person who is missing ignores another");
    if (this.#ignored.has(key)) throw new Error("a person is ignored twice");
    this.#ignored.add(key);
  }

  #checkAddress({ address, room }: Line<"address">): void {
    this.#endRoom();
    if (this.#rooms.has(address) || (room !== undefined && !this.#rooms.has(room))) {
      throw new Error("a former address is in use, or its room is missing");
    }
    if (this.#addresses.has(address)) throw new Error("an address appears twice");
    this.#addresses.add(address);
  }

  #checkPicture({ owner, id, mime }: Line<"picture">): void {
    this.#endRoom();
    // The rows of a copy are not parsed as lines are.
    if (!isMessageId(id) || !PICTURE_TYPES.includes(mime)) {
      throw new Error("a picture is none that is shown");
    }
    if (owner !== CHAT && !this.#people.has(owner)) {
      throw new Error("a picture belongs to a person who is missing");
    }
    if (this.#pictures.has(owner) || this.#pictures.has(`/${id}`)) {
      throw new Error("a picture appears twice");
    }
    this.#pictures.add(owner).add(`/${id}`);
  }

  #checkAbout({ person }: Line<"about">): void {
    this.#endRoom();
    if (!this.#people.has(person)) {
      throw new Error("a line is about a person who is not there");
    }
    if (this.#abouts.has(person)) throw new Error("a person says two things about themselves");
    this.#abouts.add(person);
  }

  #checkDoNotDisturb({ person }: Line<"do_not_disturb">): void {
    this.#endRoom();
    if (!this.#people.has(person)) {
      throw new Error('"do not disturb" belongs to a person who is missing');
    }
    if (this.#doNotDisturb.has(person)) {
      throw new Error('"do not disturb" appears twice for a person');
    }
    this.#doNotDisturb.add(person);
  }

  #checkRemoval({ room }: Line<"removal">): void {
    this.#endRoom();
    if (room !== undefined && !this.#rooms.has(room)) {
      throw new Error("messages are removed from a room that is missing");
    }
  }

  #checkReport({ id, room, seq, author }: Line<"report">): void {
    this.#endRoom();
    if (room !== undefined && (seq === undefined || !this.#rooms.has(room))) {
      throw new Error("a report is about a room that is missing");
    }
    const about = room !== undefined
      ? `message ${room} ${seq}`
      : seq === undefined
      ? `person ${author}`
      : `report ${id}`;
    if (this.#reports.has(id) || this.#reported.has(about)) {
      throw new Error("a report appears twice");
    }
    this.#reports.add(id);
    this.#reported.add(about);
  }

  #end({ people, messages }: Line<"end">): void {
    this.#endRoom();
    if (people !== this.#people.size || messages !== this.#messages) {
      throw new Error("people or messages are missing");
    }
    this.#files.finish();
    this.#ended = true;
  }

  #endRoom(): void {
    if (this.#room && this.#room.next <= this.#room.last) {
      throw new Error(`messages of the room "${this.#room.name}" are missing`);
    }
    this.#room = undefined;
  }
}

/** The lines of an archive, as texts or parsed. */
export type ArchiveLines = AsyncIterable<string | ArchiveLine>;

/**
 * Calls `write` with each line of an archive but those with the bytes of files, and checks that it is whole.
 *
 * @param contents Receives the bytes of files. Without it, the archive is to have none.
 * @throws {Error} if it is not whole, or a line can't be written. The message names the line.
 */
export async function eachLine(
  lines: ArchiveLines,
  write: (line: ArchiveLine) => Promise<void> | void,
  contents?: ContentSink,
): Promise<void> {
  const check = new ArchiveCheck();
  const reader = new LineReader(lines);
  try {
    for (let line; (line = await reader.next()) !== undefined;) {
      check.see(line);
      await write(line);
      if (contents === undefined || line.type !== "file" || !check.isNewContent(line)) continue;
      await readContent(reader, line, contents);
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new Error(`line ${reader.number}: ${explained(messageOf(error))}`, { cause: error });
  } finally {
    await reader.close();
  }
  check.finish();
}

/** Rewords what SQLite says: `UNIQUE constraint failed: message.id, message.author`. */
function explained(message: string): string {
  const [, columns] = /^UNIQUE constraint failed: (.*)$/.exec(message) ?? [];
  return columns === undefined ? message : `another line before has the same ${columns}`;
}

/** The lines of an archive, parsed, one at a time. */
class LineReader {
  readonly #lines: AsyncIterator<string | ArchiveLine>;
  /** The line that was read last, from 1. */
  number = 0;
  #next: ArchiveLine | undefined;

  constructor(lines: ArchiveLines) {
    this.#lines = lines[Symbol.asyncIterator]();
  }

  async next(): Promise<ArchiveLine | undefined> {
    const line = await this.peek();
    this.#next = undefined;
    return line;
  }

  /** Returns the line that {@linkcode LineReader.next} returns. */
  async peek(): Promise<ArchiveLine | undefined> {
    if (this.#next !== undefined) return this.#next;
    this.number++;
    const { value, done } = await this.#lines.next();
    if (done) return undefined;
    return this.#next = typeof value === "string" ? parseArchiveLine(value) : value;
  }

  async close(): Promise<void> {
    await this.#lines.return?.();
  }
}

/** Reads the lines behind that of a file. */
async function readContent(
  reader: LineReader,
  file: Line<"file">,
  contents: ContentSink,
): Promise<void> {
  const content = contentOf(file);
  const first = await reader.peek();
  if (first?.type === "lost" && first.content === content.id) {
    await reader.next();
    return contents.lose(content.id);
  }
  try {
    await contents.put(content, bytesOf(reader, content.id));
  } catch (error) {
    throw new Error(`the file ${content.id}: ${messageOf(error)}`, { cause: error });
  }
}

async function* bytesOf(
  reader: LineReader,
  content: string,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let line; (line = await reader.peek())?.type === "bytes" && line.content === content;) {
    await reader.next();
    yield line.data;
  }
}
