import { DatabaseSync } from "node:sqlite";
import { assert, assertEquals, assertMatch, assertThrows } from "../testing/assert.ts";
import { type Database, openDatabase } from "./database.ts";
import { UserError } from "../lib/user_error.ts";

function directory(): Disposable & { path: string; file: string } {
  const path = Deno.makeTempDirSync({ prefix: "hubbub_store_" });
  return {
    path,
    file: `${path}/chat.db`,
    [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }),
  };
}

/** Opens a file that can't be opened, and gives the line that says why. */
function refusal(path: string): string {
  const { message } = assertThrows(() => openDatabase({ path, sync: "full" }), UserError);
  assert(!message.includes("\n"), "one line");
  return message;
}

Deno.test("a store is written ahead, and as durably as asked", () => {
  using dir = directory();
  for (const [sync, level] of [["full", 2], ["normal", 1]] as const) {
    using store = openDatabase({ path: dir.file, sync });
    assertEquals(store.db.prepare("pragma journal_mode").get()?.journal_mode, "wal");
    assertEquals(store.db.prepare("pragma synchronous").get()?.synchronous, level);
  }
});

Deno.test("a transaction that throws leaves nothing, and the next one works", () => {
  using store = openDatabase({ path: ":memory:", sync: "full" });
  const add = (name: string) => store.db.prepare("insert into room (name) values (?)").run(name);
  assertThrows(
    () => {
      store.transaction(() => {
        add("a");
        throw new Error("no");
      });
    },
    Error,
    "no",
  );
  assertEquals(store.transaction(() => add("b").changes), 1);
  assertEquals(store.db.prepare("select group_concat(name) as names from room").get()?.names, "b");
});

Deno.test("a second opening is refused, by another name too, until the first has ended", () => {
  using dir = directory();
  const link = `${dir.path}/link.db`;
  {
    using _first = openDatabase({ path: dir.file, sync: "full" });
    Deno.symlinkSync(dir.file, link);
    assertMatch(refusal(dir.file), /chat\.db: it is in use by another Hubbub$/);
    assertMatch(refusal(link), /link\.db: it is in use by another Hubbub$/);
  }
  openDatabase({ path: link, sync: "full" })[Symbol.dispose]();
});

Deno.test("another process holds the file until it dies", async () => {
  using dir = directory();
  const child = spawn(`
    import { type Database, openDatabase } from "${import.meta.resolve("./database.ts")}";
    openDatabase({ path: "${dir.file}", sync: "full" });
    console.log("open");
    setInterval(() => {}, 1000);
  `);
  const reader = child.stdout.getReader();
  await reader.read();
  assertMatch(refusal(dir.file), /in use by another Hubbub/);
  child.kill("SIGKILL");
  await reader.cancel();
  await child.status;
  openDatabase({ path: dir.file, sync: "full" })[Symbol.dispose]();
});

Deno.test("a backup can be made beside an open store", () => {
  using dir = directory();
  using store = openDatabase({ path: dir.file, sync: "full" });
  const other = new DatabaseSync(dir.file, { readOnly: true });
  other.exec(`vacuum into '${dir.path}/copy.db'`);
  other.close();
  using copy = openDatabase({ path: `${dir.path}/copy.db`, sync: "full" });
  const count = ({ db }: Database) => db.prepare("select count(*) as n from sqlite_schema").get();
  assertEquals(count(copy), count(store));
});

Deno.test("a file that is not a database is refused and left alone", () => {
  using dir = directory();
  for (const content of ["x", "no database at all\n".repeat(1000)]) {
    Deno.writeTextFileSync(dir.file, content);
    assertMatch(refusal(dir.file), /^Cannot open .*chat\.db: it is not a database$/);
    assertEquals(Deno.readTextFileSync(dir.file), content);
  }
});

Deno.test("another program's database is refused and left alone", () => {
  using dir = directory();
  const foreign = new DatabaseSync(dir.file);
  foreign.exec("create table t (a)");
  foreign.close();
  const before = Deno.readFileSync(dir.file);
  assertMatch(refusal(dir.file), /it is a database, but not Hubbub's/);
  assertEquals(Deno.readFileSync(dir.file), before);
});

Deno.test("a newer file is refused with both versions", () => {
  using dir = directory();
  openDatabase({ path: dir.file, sync: "full" })[Symbol.dispose]();
  const db = new DatabaseSync(dir.file);
  db.exec("pragma user_version = 99");
  db.close();
  assertMatch(
    refusal(dir.file),
    /a newer version wrote it \(format 99, this version knows up to \d+\)/,
  );
});

Deno.test("a missing directory and a directory in its place are named", () => {
  using dir = directory();
  assertMatch(refusal(`${dir.path}/none/chat.db`), /the directory .*\/none does not exist$/);
  assertMatch(refusal(dir.path), /it is a directory, not a file$/);
});

Deno.test({
  name: "a file or directory that can't be written is refused",
  ignore: Deno.build.os !== "linux" || (Deno.uid() === 0 && !canMount()),
  fn() {
    using dir = directory();
    openDatabase({ path: dir.file, sync: "full" })[Symbol.dispose]();
    for (const target of [dir.file, dir.path]) {
      using _ = readOnly(target);
      assertMatch(refusal(dir.file), /it, or its directory, is not writable$/);
    }
    openDatabase({ path: dir.file, sync: "full" })[Symbol.dispose]();
  },
});

/** Makes a path read-only until disposed of; for root, whom no mode stops, by a mount. */
function readOnly(path: string): Disposable {
  if (Deno.uid() === 0) {
    run("mount", "--bind", "-o", "ro", path, path);
    return { [Symbol.dispose]: () => run("umount", path) };
  }
  const { mode } = Deno.statSync(path);
  Deno.chmodSync(path, 0o555);
  return { [Symbol.dispose]: () => Deno.chmodSync(path, mode ?? 0o755) };
}

function canMount(): boolean {
  using dir = directory();
  try {
    run("mount", "--bind", dir.path, dir.path);
    run("umount", dir.path);
    return true;
  } catch (error) {
    if (Deno.env.get("HUBBUB_TEST_STRICT") === "1") throw error;
    return false;
  }
}

function run(command: string, ...args: string[]): void {
  const { success, stderr } = new Deno.Command(command, { args }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

function spawn(code: string): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["eval", "--ext=ts", code],
    stdout: "piped",
  }).spawn();
}
