import { ARCHIVE_FORMAT, ArchiveError, type ArchiveLine, parseArchiveLine } from "./format.ts";

type Line<Type extends ArchiveLine["type"]> = ArchiveLine & { readonly type: Type };

/** Sees whether lines are a whole archive: in their order, nothing missing, nothing twice. */
export class ArchiveCheck {
  readonly #people = new Set<string>();
  readonly #names = new Set<string>();
  readonly #rooms = new Set<string>();
  #messages = 0;
  #begun = false;
  #ended = false;
  /** The room that messages are read of. */
  #room: { name: string; next: number; last: number } | undefined;

  /**
   * Looks at the next line.
   *
   * @throws {ArchiveError} when it can't follow.
   */
  see(line: ArchiveLine): void {
    if (!this.#begun && line.type !== "hubbub") {
      throw new ArchiveError("no export begins like this");
    }
    if (this.#ended) throw new ArchiveError("something follows the end");
    switch (line.type) {
      case "hubbub":
        return this.#begin(line);
      case "person":
        return this.#meet(line);
      case "session":
        return;
      case "room":
        return this.#enter(line);
      case "message":
        return this.#hear(line);
      case "end":
        return this.#end(line);
    }
  }

  /**
   * No line follows.
   *
   * @throws {ArchiveError} when there should be one.
   */
  finish(): void {
    if (!this.#ended) throw new ArchiveError("its end is missing");
  }

  #begin({ format }: Line<"hubbub">): void {
    if (this.#begun) throw new ArchiveError("it begins a second time");
    if (format !== ARCHIVE_FORMAT) throw new ArchiveError("another version of Hubbub wrote it");
    this.#begun = true;
  }

  #meet({ id, key }: Line<"person">): void {
    if (this.#people.has(id) || this.#names.has(key)) {
      throw new ArchiveError("a person or a name is there twice");
    }
    this.#people.add(id);
    this.#names.add(key);
  }

  #enter({ room, first, last }: Line<"room">): void {
    this.#leaveRoom();
    if (this.#rooms.has(room)) throw new ArchiveError("a room is there twice");
    this.#rooms.add(room);
    this.#room = { name: room, next: first, last };
  }

  #hear({ room: name, seq }: Line<"message">): void {
    const room = this.#room;
    if (room === undefined || name !== room.name || seq !== room.next || seq > room.last) {
      throw new ArchiveError("a message is missing or not in its place");
    }
    room.next++;
    this.#messages++;
  }

  #end({ people, messages }: Line<"end">): void {
    this.#leaveRoom();
    if (people !== this.#people.size || messages !== this.#messages) {
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
}

/** The lines of an archive, as texts or read. */
export type ArchiveLines = AsyncIterable<string | ArchiveLine>;

/**
 * Has `write` take each line of what is a whole archive.
 *
 * @throws {ArchiveError} when it is not whole, or a line can't be written; it says which.
 */
export async function eachLine(
  lines: ArchiveLines,
  write: (line: ArchiveLine) => Promise<void> | void,
): Promise<void> {
  const check = new ArchiveCheck();
  let number = 0;
  for await (const given of lines) {
    number++;
    try {
      const line = typeof given === "string" ? parseArchiveLine(given) : given;
      check.see(line);
      await write(line);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ArchiveError(`line ${number}: ${reason}`, { cause: error });
    }
  }
  check.finish();
}
