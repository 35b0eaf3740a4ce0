import { assert, assertEquals, assertMatch, assertThrows } from "../testing/assert.ts";
import { type Folder, temporaryFolder } from "../testing/folder.ts";
import { UserError } from "../lib/user_error.ts";
import { type Database, openDatabase, readDatabase, type Trouble } from "./database.ts";
import { exists } from "./files.ts";
import { delay } from "../lib/std.ts";
import { openLocalState } from "./local.ts";

const SIDE_FILES = ["", "-wal", "-shm", ".lock"];

function add(database: Database, person: string): void {
  database.transaction(() =>
    database.db.prepare("insert into author (person) values (?)").run(person)
  );
}

function people({ db }: Database): string {
  const all = db.prepare("select group_concat(person order by id) as people from author").get();
  return String(all?.people ?? "");
}

function refusal(path: string): string {
  return assertThrows(() => openDatabase({ path, sync: "full" }), UserError).message;
}

/** A file on which a server with people was killed: its log is beside it. */
function killed(folder: Folder, name: string): string {
  const path = `${folder.path}/${name}`;
  const code = `
    import { openDatabase } from "${import.meta.resolve("./database.ts")}";
    const { db } = openDatabase({ path: "${path}", sync: "full" });
    for (let i = 0; i < 50; i++) db.exec("insert into author (person) values ('p" + i + "')");
    Deno.kill(Deno.pid, "SIGKILL");
  `;
  const args = ["eval", "--ext=ts", code];
  new Deno.Command(Deno.execPath(), { args, stderr: "null" }).outputSync();
  assert(Deno.statSync(`${path}-wal`).size > 0);
  return path;
}

/** A database whose trouble can be awaited. */
function watched(path: string): { database: Database; seen: string[]; next(): Promise<void> } {
  const seen: string[] = [];
  let wake = () => {};
  const onTrouble = (trouble?: Trouble) => {
    seen.push(trouble?.type ?? "well");
    wake();
  };
  const database = openDatabase({ path, sync: "full", onTrouble });
  return { database, seen, next: () => new Promise((resolve) => wake = resolve) };
}

for (const umask of [0o000, 0o022, 0o777]) {
  Deno.test(`openDatabase makes private files under the umask ${umask.toString(8)}`, async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/chat.db`;
    const code = `
      import { openDatabase } from "${import.meta.resolve("./database.ts")}";
      Deno.umask(${umask});
      using _database = openDatabase({ path: "${path}", sync: "full" });
      for (const end of ${JSON.stringify(SIDE_FILES)}) {
        console.log((Deno.statSync("${path}" + end).mode & 0o777).toString(8));
      }
    `;
    const args = ["eval", "--ext=ts", code];
    const { stdout } = await new Deno.Command(Deno.execPath(), { args }).output();
    assertEquals(new TextDecoder().decode(stdout).trim().split("\n"), Array(4).fill("600"));
  });
}

Deno.test("openDatabase makes the files of an older server private", async () => {
  await using folder = await temporaryFolder();
  const path = killed(folder, "chat.db");
  for (const end of SIDE_FILES) Deno.chmodSync(path + end, 0o644);
  using _database = openDatabase({ path, sync: "full" });
  for (const end of SIDE_FILES) assertEquals(Deno.statSync(path + end).mode, 0o100600, end);
});

Deno.test("openDatabase finds a file in use by whatever name it has", async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  Deno.mkdirSync(`${path}/data`);
  Deno.mkdirSync(`${path}/other`);
  Deno.symlinkSync(`${path}/data/chat.db`, `${path}/dangling.db`);
  Deno.symlinkSync("dangling.db", `${path}/chain.db`);
  Deno.symlinkSync("data", `${path}/folder`);
  {
    // Through a link that leads to nothing yet.
    using _first = openDatabase({ path: `${path}/chain.db`, sync: "full" });
    Deno.linkSync(`${path}/data/chat.db`, `${path}/other/hard.db`);
    for (const name of ["data/chat", "dangling", "chain", "folder/chat", "other/hard"]) {
      assertMatch(refusal(`${path}/${name}.db`), /in use by another Hubbub$/, name);
    }
  }
  openDatabase({ path: `${path}/other/hard.db`, sync: "full" })[Symbol.dispose]();
});

Deno.test("openDatabase follows no link in place of its lock file", async () => {
  await using folder = await temporaryFolder();
  await folder.write("precious", "text");
  Deno.symlinkSync(`${folder.path}/precious`, `${folder.path}/chat.db.lock`);
  assertMatch(refusal(`${folder.path}/chat.db`), /chat\.db\.lock is not a file; remove it$/);
  assertEquals(Deno.readTextFileSync(`${folder.path}/precious`), "text");
});

Deno.test("openDatabase refuses a file beside which another one's log lies", async () => {
  await using folder = await temporaryFolder();
  const backup = `${folder.path}/backup.db`;
  openDatabase({ path: backup, sync: "full" })[Symbol.dispose]();
  const path = killed(folder, "chat.db");
  const former = Deno.readFileSync(path);
  for (const replace of ["copied over", "renamed"]) {
    if (replace === "copied over") Deno.copyFileSync(backup, path);
    else {
      Deno.copyFileSync(backup, `${path}.new`);
      Deno.renameSync(`${path}.new`, path);
    }
    assertMatch(refusal(path), /was replaced, but .*chat\.db-wal belongs to the old file/);
    assertMatch(assertThrows(() => readDatabase(path), UserError).message, /was replaced/);
  }
  Deno.writeFileSync(path, former);
  using database = openDatabase({ path, sync: "full" });
  assertEquals(people(database).split(",").length, 50, "nothing was harmed");
});

Deno.test("openDatabase refuses a log without its file", async () => {
  await using folder = await temporaryFolder();
  const path = killed(folder, "chat.db");
  const content = Deno.readFileSync(path);
  for (
    const remove of [() => Deno.removeSync(path), () => Deno.writeFileSync(path, new Uint8Array())]
  ) {
    remove();
    assertMatch(
      refusal(path),
      /the file is missing or empty, but .*chat\.db-wal still holds its data/,
    );
  }
  Deno.writeFileSync(path, content);
  using database = openDatabase({ path, sync: "full" });
  assertEquals(people(database).split(",").length, 50);
});

Deno.test("openLocalState names the history anew when an older state has taken its place", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/chat.db`;
  const copy = `${folder.path}/copy.db`;
  const open = () => {
    using state = openLocalState({ path, sync: "full" });
    return [state.id, state.history];
  };
  const [id, first] = open();
  Deno.copyFileSync(path, copy);
  assertEquals(open(), [id, first], "a restart is no change");
  Deno.copyFileSync(copy, path);
  const [sameId, second] = open();
  assertEquals(sameId, id);
  assert(second !== first);
  assertEquals(open(), [id, second]);
});

Deno.test("Database reports nothing as done that its removed file lost, and continues when it is back", async () => {
  await using folder = await temporaryFolder();
  const data = `${folder.path}/data`;
  Deno.mkdirSync(data);
  const { database, seen, next } = watched(`${data}/chat.db`);
  add(database, "ann");
  const moves: [from: string, to: string][] = [
    [data, `${folder.path}/away`],
    [`${data}/chat.db`, `${data}/away.db`],
  ];
  for (const [round, [from, to]] of moves.entries()) {
    Deno.renameSync(from, to);
    assertThrows(() => add(database, `unknown ${round}`), Error, "it is missing");
    assertThrows(() => add(database, `lost ${round}`), Error, "it is missing");
    const back = next();
    Deno.renameSync(to, from);
    await back;
    add(database, `bob ${round}`);
  }
  assertEquals(seen, ["missing", "well", "missing", "well"]);
  database[Symbol.dispose]();
  using again = openDatabase({ path: `${data}/chat.db`, sync: "full" });
  // "unknown" was committed before the file was found to be gone: not known to be stored, and it is.
  assertEquals(people(again), "ann,unknown 0,bob 0,unknown 1,bob 1");
});

Deno.test("Database notices a change of its directory at once, also one that has been quiet", async () => {
  await using folder = await temporaryFolder();
  const ways: Record<string, (data: string) => void> = {
    "folder moved": (data) => Deno.renameSync(data, `${data} away`),
    "file moved": (data) => Deno.renameSync(`${data}/chat.db`, `${data}/away.db`),
    "file removed": (data) => Deno.removeSync(`${data}/chat.db`),
    "file replaced": (data) => {
      Deno.writeFileSync(`${data}/new.db`, new Uint8Array());
      Deno.renameSync(`${data}/new.db`, `${data}/chat.db`);
    },
  };
  const quiet = Object.entries(ways).map(([way, change]) => {
    const data = `${folder.path}/${way}`;
    Deno.mkdirSync(data);
    return { data, change, database: watched(`${data}/chat.db`).database };
  });
  // Until the time of the last change can't be that of another one.
  await delay(1500);
  for (const { data, change, database } of quiet) {
    add(database, "seen to be quiet");
    change(data);
    assertThrows(() => add(database, "unknown"), Error, "it is");
    assertThrows(() => add(database, "lost"), Error, "it is");
    database[Symbol.dispose]();
  }
});

Deno.test("Database makes SQLite's own files anew when only they were removed", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/chat.db`;
  for (const end of ["-wal", "-shm"]) {
    using database = openDatabase({ path, sync: "full" });
    add(database, `before ${end}`);
    Deno.removeSync(path + end);
    while (!exists(path + end)) await delay(20);
    add(database, `after ${end}`);
    // As after a kill: what the file and the log on the disk have.
    const copy = `${folder.path}/copy${end}.db`;
    Deno.copyFileSync(path, copy);
    Deno.copyFileSync(`${path}-wal`, `${copy}-wal`);
    using copied = openDatabase({ path: copy, sync: "full" });
    assertMatch(people(copied), new RegExp(`before ${end},after ${end}$`));
  }
});

Deno.test("Database writes nothing to a file that replaced its own, and spares it at the end", async () => {
  await using folder = await temporaryFolder();
  const other = `${folder.path}/other.db`;
  {
    using database = openDatabase({ path: other, sync: "full" });
    add(database, "olga");
  }
  const content = Deno.readFileSync(other);
  const ways: Record<string, (path: string) => void> = {
    "copied over it": (path) => Deno.copyFileSync(other, path),
    "renamed to it": (path) => {
      Deno.copyFileSync(other, `${path}.new`);
      Deno.renameSync(`${path}.new`, path);
    },
    "cut to nothing": (path) => Deno.truncateSync(path),
    "a link to it": (path) => {
      Deno.removeSync(path);
      Deno.symlinkSync(other, path);
    },
  };
  for (const [way, replace] of Object.entries(ways)) {
    const path = `${folder.path}/${way}.db`;
    const { database, next, seen } = watched(path);
    for (let i = 0; i < 100; i++) add(database, `ann ${i}`);
    const found = next();
    replace(path);
    assertThrows(() => add(database, "lost"), Error, "it is replaced");
    await (seen.length > 0 ? Promise.resolve() : found);
    assertEquals(seen, ["replaced"], way);
    const before = Deno.readFileSync(path);
    database[Symbol.dispose]();
    assertEquals(Deno.readFileSync(path), before, way);
    if (way === "copied over it" || way === "renamed to it") {
      assertEquals(before, content);
      // The disposed one keeps its locks until its process ends.
      const copy = `${folder.path}/copy of ${way}.db`;
      Deno.copyFileSync(path, copy);
      using again = openDatabase({ path: copy, sync: "full" });
      assertEquals(people(again), "olga", way);
    }
  }
});

for (
  const [way, replace] of Object.entries({
    "copied over it": Deno.copyFileSync,
    "renamed to it": Deno.renameSync,
  })
) {
  Deno.test(`a copy can be opened again, also if another file was ${way}`, async () => {
    await using folder = await temporaryFolder();
    const [path, other] = [`${folder.path}/copy.db`, `${folder.path}/other.db`];
    const open = (path: string, onTrouble?: () => void) =>
      openDatabase({ path, sync: "normal", isCopy: true, ...(onTrouble && { onTrouble }) });
    {
      using database = open(other);
      add(database, "olga");
    }
    const replaced = Promise.withResolvers<void>();
    {
      using database = open(path, replaced.resolve);
      add(database, "ann");
      replace(other, path);
      await replaced.promise;
    }
    {
      using again = open(path);
      add(again, "bob");
    }
    using again = open(path);
    assertEquals(people(again), "olga,bob");
  });
}
