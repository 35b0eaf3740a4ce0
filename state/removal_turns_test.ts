/** In which order removals take their steps, and which of them share some. */
import { assert, assertEquals } from "../testing/assert.ts";
import type { ArchiveLine } from "../archive/format.ts";
import { readArchive, writeArchive } from "../archive/state.ts";
import { type Database, openDatabase } from "./database.ts";
import type { Event } from "./events.ts";
import { newChat } from "./local_log.ts";
import { MessageRemoval } from "./message_removal.ts";
import type { EventOutcome } from "./outcome.ts";
import { Permissions } from "./permissions.ts";
import { REMOVALS } from "./removal_table.ts";
import { State } from "./state.ts";

/** A chat in which Ann is an admin. */
class Chat implements Disposable {
  readonly #database: Database;
  readonly #state: State;
  #removal: MessageRemoval;
  #at = 0;
  #ids = 0;

  constructor(database = openDatabase({ path: ":memory:", sync: "normal" })) {
    this.#database = database;
    this.#state = new State(database);
    this.#removal = new MessageRemoval(database.db, new Permissions(database.db));
    this.append(newChat(0), { type: "role", person: this.person("ann"), role: "admin" });
  }

  append(...events: Event[]): readonly EventOutcome[] {
    return this.#state.append(events, this.#at += 1000);
  }

  /** Gives a person a name. */
  person(person: string): string {
    this.append({ type: "name", person, name: person, key: person, used: 1 });
    return person;
  }

  /** Has somebody send messages. */
  flood(person: string, room: string, count: number): void {
    const user = { id: person, name: person };
    this.append(...Array.from({ length: count }, (): Event => {
      return { type: "message", room, id: `m${this.#ids++}`, user, text: "" };
    }));
  }

  /** Has a person with messages delete the account. */
  endAccount(person: string, messages: number): void {
    this.person(person);
    this.flood(person, "tea", messages);
    this.append({ type: "account_deleted", person, generation: 0, messages: true });
  }

  /** Takes at most `limit` steps, and returns whose removals they were. */
  steps(limit = Infinity): string[] {
    const author = this.#database.db.prepare(
      "select person from removal join author on author.id = removal.author where n = ?",
    );
    const people: string[] = [];
    for (let next; people.length < limit && (next = this.#removal.next()) !== undefined;) {
      people.push(String(author.get(next.removal)?.person));
      this.append({ type: "messages_removed", ...next });
    }
    return people;
  }

  /** Returns the numbers of messages that are not deleted, by their authors. */
  kept(): Record<string, number> {
    const rows = this.#database.db.prepare(`
      select person, count(*) as count from message join author on author.id = message.author
      where not exists (select 1 from change where room = message.room and seq = message.seq)
      group by person
    `).all();
    return Object.fromEntries(rows.map(({ person, count }) => [String(person), Number(count)]));
  }

  /** Returns what the audit log says of a person's messages. */
  recorded(person: string): string[] {
    return this.#database.db.prepare(
      "select detail from audit where action = 'remove_messages' and person = ? order by n",
    ).all(person).map(({ detail }) => String(detail));
  }

  /** Goes on from an archive of this chat, which has each removal a second time, of another person. */
  async imported(): Promise<Chat> {
    const copy = openDatabase({ path: ":memory:", sync: "normal" });
    const lines = [...readArchive(this.#database)].flatMap((line): ArchiveLine[] =>
      line.type === "removal" ? [line, { ...line, by: "other" }] : [line]
    );
    await writeArchive(copy, ReadableStream.from(lines));
    return new Chat(copy);
  }

  [Symbol.dispose](): void {
    this.#database[Symbol.dispose]();
  }
}

Deno.test("removals take turns, and those that admins want come before all others", () => {
  using chat = new Chat();
  for (const person of ["mod", "bob", "eve"]) chat.person(person);
  chat.flood("mod", "den", 1);
  for (const person of ["bob", "carl"]) chat.flood(person, "den", 450);
  chat.endAccount("dora", 250);
  for (const person of ["bob", "carl"]) {
    chat.append({ type: "remove_messages", person, by: "mod", room: "den" });
  }
  assertEquals(chat.steps(5), ["dora", "bob", "dora", "carl", "bob"]);
  chat.flood("eve", "pub", 450);
  chat.append({ type: "remove_messages", person: "eve", by: "ann" });
  assertEquals(chat.steps(), ["eve", "eve", "carl"]);
  assertEquals(chat.kept(), { mod: 1 });
});

Deno.test("somebody who wants many removals has no more steps than somebody who wants one", () => {
  using chat = new Chat();
  for (const person of ["mod", "boss"]) {
    chat.person(person);
    chat.flood(person, `room of ${person}`, 1);
  }
  const few = Array.from({ length: 5 }, (_, i) => `eve${i}`);
  for (const person of few) chat.flood(person, "room of mod", 250);
  chat.flood("dora", "room of boss", 650);
  for (const person of few) {
    chat.append({ type: "remove_messages", person, by: "mod", room: "room of mod" });
  }
  chat.append({ type: "remove_messages", person: "dora", by: "boss", room: "room of boss" });
  // Each of Eve's ends with its step, which counts as a turn nevertheless.
  const turns = ["eve0", "dora", "eve1", "dora", "eve2", "dora", "eve3", "eve4"];
  assertEquals(chat.steps(), turns);
  assertEquals(chat.kept(), { mod: 1, boss: 1 });
});

Deno.test("a person wants 100 removals at a time, and 200 go on in a room; one of them may begin anew", () => {
  using chat = new Chat();
  const mods = ["mod", "boss", "late"];
  for (const person of mods) chat.person(person);
  chat.flood("mod", "den", 1);
  for (const person of mods.slice(1)) {
    chat.append({ type: "join", room: "den", person });
    chat.append({ type: "moderator", room: "den", person, on: true, by: "mod" });
  }
  const remove = (person: string, by: string, room = "den") => {
    const [outcome] = chat.append({ type: "remove_messages", person, by, room });
    return outcome?.type === "refused" ? outcome.code : outcome?.type;
  };
  // Looking at as many messages takes two steps.
  const eves = Array.from({ length: REMOVALS.person + 1 }, (_, i) => `eve${i}`);
  for (const eve of eves) chat.flood(eve, "den", 1);
  chat.flood("mod", "den", 5000);
  const full = eves.map((_, i) => i < REMOVALS.person ? "changed" : "too_many");
  for (const by of ["mod", "boss"]) assertEquals(eves.map((eve) => remove(eve, by)), full);
  // Whoever has none is not kept from keeping order.
  assertEquals([remove("eve0", "late"), remove("eve1", "late")], ["changed", "too_many"]);
  assertEquals([remove("eve0", "mod"), remove("eve100", "mod")], ["changed", "too_many"]);
  chat.flood("late", "pub", 1);
  chat.flood("eve0", "pub", 1);
  assertEquals(remove("eve0", "late", "pub"), "changed");
  chat.steps(9);
  assertEquals(remove("eve100", "mod"), "changed");
});

Deno.test("an admin who deletes many accounts with what they wrote still removes messages", () => {
  using chat = new Chat();
  chat.flood("eve", "den", 1);
  for (let i = 0; i < REMOVALS.person; i++) {
    chat.person(`spam${i}`);
    chat.flood(`spam${i}`, "den", 1);
    const [outcome] = chat.append({
      ...{ type: "account_deleted", person: `spam${i}`, by: "ann", messages: true },
    });
    assertEquals(outcome?.type, "changed");
  }
  const [outcome] = chat.append({ type: "remove_messages", person: "eve", by: "ann" });
  assertEquals(outcome?.type, "changed");
});

Deno.test("removals of deleted accounts share their steps, whatever their number", () => {
  using chat = new Chat();
  chat.flood("ann", "tea", 5);
  for (let i = 0; i < 30; i++) chat.endAccount(`eve${i}`, 10);
  assertEquals(chat.steps(1), ["eve0"]);
  // These wait for the next pass.
  for (let i = 30; i < 50; i++) chat.endAccount(`eve${i}`, 10);
  chat.flood("ann", "tea", 5);
  assertEquals(chat.steps(), ["eve0", "eve30", "eve30"]);
  assertEquals(chat.kept(), { ann: 10 });
  for (let i = 0; i < 50; i++) {
    const [first, last, ...rest] = chat.recorded(`eve${i}`);
    assert(first === "0+" || first === "10+", `${i}: ${first}`);
    assertEquals([last, ...rest], ["10"], `${i}`);
  }
});

Deno.test("removals that share steps go on after an import, each author once at a time", async () => {
  using chat = new Chat();
  for (let i = 0; i < 30; i++) chat.endAccount(`eve${i}`, 10);
  chat.steps(1);
  chat.endAccount("late", 10);
  chat.flood("ann", "tea", 5);
  using copy = await chat.imported();
  // Those of the same authors have a pass of their own.
  assertEquals(copy.steps(), ["eve0", "eve0"]);
  assertEquals(copy.kept(), { ann: 5 });
  assertEquals(copy.recorded("eve29"), ["10+", "10", "10"]);
  assertEquals(copy.recorded("late"), ["10", "0"]);
});
