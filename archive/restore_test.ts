import { readArchive } from "./state.ts";
import { backup } from "./backup.ts";
import { restore } from "./restore.ts";
import { openDatabase, readDatabase } from "../state/database.ts";
import { openLocalState } from "../state/local.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../testing/assert.ts";
import { type Folder, temporaryFolder } from "../testing/folder.ts";
import { UserError } from "../lib/user_error.ts";

async function write(path: string, ...texts: string[]): Promise<string> {
  using state = openLocalState<undefined>({ path, sync: "full" });
  const user = { id: "p1", name: "ann" };
  const drafts = texts.map((text) => ({
    ...{ room: "lobby", id: `id-${text}`, user, text, at: 0, origin: undefined },
  }));
  state.messages.append(drafts);
  for await (const entries of state.messages.entries) {
    assertEquals(entries.map(({ type }) => type), texts.map(() => "message"));
    break;
  }
  await state.messages[Symbol.asyncDispose]();
  return state.history;
}

function texts(path: string): string[] {
  using database = readDatabase(path);
  return [...readArchive(database)].flatMap((line) => line.type === "message" ? [line.text] : []);
}

async function copyOf(folder: Folder, path: string): Promise<string> {
  const copy = `${folder.path}/copy.db`;
  using database = readDatabase(path);
  await backup(database, copy);
  return copy;
}

function historyOf(path: string): string {
  using state = openLocalState({ path, sync: "full" });
  return state.history;
}

Deno.test("restore puts a copy in the place of the data, which it keeps, and names the history anew", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/chat.db`;
  const first = await write(path, "one", "two");
  const copy = await copyOf(folder, path);
  assertEquals(await write(path, "three"), first);
  const said = await restore(path, copy);
  const former = /; the data before is in (.*)$/.exec(said)?.[1] ?? "";
  assertEquals(texts(path), ["one", "two"]);
  assertEquals(texts(former), ["one", "two", "three"]);
  const second = historyOf(path);
  assert(second !== first);
  assertEquals(historyOf(path), second, "a restart is no change");
  assertEquals(Deno.statSync(path).mode, 0o100600);
  assertEquals(
    [...Deno.readDirSync(folder.path)].filter(({ name }) => name.includes(".part")),
    [],
  );
});

Deno.test("restore sets aside the log of a server that was killed", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/chat.db`;
  await write(path, "one");
  const copy = await copyOf(folder, path);
  const code = `
    import { openDatabase } from "${import.meta.resolve("../state/database.ts")}";
    const { db } = openDatabase({ path: "${path}", sync: "full" });
    db.exec("insert into author (person) values ('in the log alone')");
    Deno.kill(Deno.pid, "SIGKILL");
  `;
  const args = ["eval", "--ext=ts", code];
  new Deno.Command(Deno.execPath(), { args, stderr: "null" }).outputSync();
  const former = /is in (.*)$/.exec(await restore(path, copy))?.[1] ?? "";
  assertEquals(texts(path), ["one"]);
  using kept = openDatabase({ path: former, sync: "full" });
  const people = kept.db.prepare("select person from author order by id").all();
  assertEquals(people.map(({ person }) => person), ["p1", "in the log alone"]);
});

Deno.test("restore needs no data before", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/chat.db`;
  await write(path, "one");
  const copy = await copyOf(folder, path);
  const other = `${folder.path}/new.db`;
  assertEquals(await restore(other, copy), `Restored ${other} from ${copy}`);
  assertEquals(texts(other), ["one"]);
});

Deno.test("restore and backup harm nothing when they refuse", async () => {
  await using folder = await temporaryFolder();
  const { path: dir } = folder;
  const path = `${dir}/chat.db`;
  await write(path, ...Array.from({ length: 200 }, (_, i) => `${i} ${"x".repeat(500)}`));
  const copy = await copyOf(folder, path);
  const damaged = `${dir}/damaged.db`;
  const bytes = Deno.readFileSync(copy);
  bytes.fill(0xab, bytes.length / 2, bytes.length / 2 + 9000);
  Deno.writeFileSync(damaged, bytes);
  await folder.write("text", "no database at all");
  await folder.write("empty", "");
  Deno.linkSync(path, `${dir}/same.db`);
  const before = texts(path);
  const cases: [copy: string, says: RegExp][] = [
    [damaged, /is damaged/],
    [`${dir}/text`, /is not a database/],
    [`${dir}/empty`, /is empty/],
    [`${dir}/none`, /there is no such file/],
    [path, /is the data file itself/],
    [`${dir}/same.db`, /is the data file itself/],
  ];
  for (const [from, says] of cases) {
    const { message } = await assertRejects(() => restore(path, from), UserError);
    assertMatch(message, says);
    assert(!message.includes("\n"));
    await assertRejects(() => restore(`${dir}/new.db`, from === path ? from + "x" : `${dir}/none`));
    assertEquals(texts(path), before, from);
  }
  {
    using _server = openDatabase({ path, sync: "full" });
    const { message } = await assertRejects(() => restore(path, copy), UserError);
    assertMatch(message, /in use by another Hubbub/);
  }
  const names = Array.from(Deno.readDirSync(dir), ({ name }) => name).sort();
  assertEquals(names.filter((name) => /part|before|^new\.db$/.test(name)), []);
});

Deno.test("backup follows and replaces no link or file", async () => {
  await using folder = await temporaryFolder();
  const { path: dir } = folder;
  const path = `${dir}/chat.db`;
  await write(path, "one");
  await folder.write("precious", "text");
  Deno.symlinkSync(`${dir}/precious`, `${dir}/link.db`);
  Deno.symlinkSync(`${dir}/nowhere`, `${dir}/dangling.db`);
  Deno.symlinkSync(`${dir}/precious`, `${dir}/copy.db.part`);
  using database = readDatabase(path);
  for (const name of ["precious", "link.db", "dangling.db"]) {
    await assertRejects(() => backup(database, `${dir}/${name}`), UserError, "such a file already");
  }
  await backup(database, `${dir}/copy.db`);
  assertEquals(Deno.readTextFileSync(`${dir}/precious`), "text");
  assertEquals(Deno.lstatSync(`${dir}/copy.db`).mode, 0o100600);
  assertEquals(texts(`${dir}/copy.db`), ["one"]);
});

Deno.test("readArchive never takes a damaged file for a short one", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/chat.db`;
  const written = Array.from({ length: 400 }, (_, i) => `${i} ${"x".repeat(1000)}`);
  await write(path, ...written);
  const bytes = Deno.readFileSync(path);
  let found = 0;
  for (let page = 2; page * 4096 < bytes.length; page += 7) {
    const copy = `${folder.path}/${page}.db`;
    const damaged = bytes.slice();
    damaged.fill(0, page * 4096, (page + 1) * 4096);
    Deno.writeFileSync(copy, damaged);
    try {
      assertEquals(texts(copy), written, `page ${page}`);
    } catch (error) {
      if (error instanceof Error && /assert/i.test(error.name)) throw error;
      found++;
    }
  }
  assert(found > 5, `${found}`);
});
