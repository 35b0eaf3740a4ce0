import { openDatabase, type Trouble } from "./database.ts";
import { checkInBackground } from "./integrity.ts";
import { openLocalState } from "./local.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../testing/assert.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { draft, query } from "../testing/message_log_cases.ts";

async function written(path: string): Promise<void> {
  using state = openLocalState<undefined>({ path, sync: "full" });
  const drafts = Array.from({ length: 300 }, (_, i) => ({
    ...draft(`m${i}`, { text: "x".repeat(1000) }),
    origin: undefined,
  }));
  state.messages.append(drafts);
  for await (const _entries of state.messages.entries) break;
  await state.messages[Symbol.asyncDispose]();
}

/** Overwrites pages in the middle of a file, which hold messages. */
function damage(path: string): void {
  const bytes = Deno.readFileSync(path);
  const middle = Math.floor(bytes.length / 8192) * 4096;
  bytes.fill(0, middle, middle + 40_960);
  Deno.writeFileSync(path, bytes);
}

Deno.test("checkInBackground reports a damaged file, and nothing else", async () => {
  await using folder = await temporaryFolder();
  const [good, bad] = [`${folder.path}/good.db`, `${folder.path}/bad.db`];
  await written(good);
  Deno.copyFileSync(good, bad);
  damage(bad);
  const found = Promise.withResolvers<string>();
  using _good = checkInBackground(good, (fault) => found.reject(new Error(fault)));
  using _missing = checkInBackground(`${folder.path}/none.db`, (fault) => {
    found.reject(new Error(fault));
  });
  using _bad = checkInBackground(bad, found.resolve);
  assert((await found.promise) !== "ok");
});

Deno.test("the state refuses reads of a damaged file, reports it once, and writes no more", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/chat.db`;
  await written(path);
  damage(path);
  const troubles: (Trouble | undefined)[] = [];
  const options = {
    path,
    sync: "full",
    onTrouble: (trouble?: Trouble) => troubles.push(trouble),
  } as const;
  using state = openLocalState(options);
  assert(state.messages.healthy);
  await assertRejects(async () => {
    for (let before = 301; before > 1; before -= 50) {
      await state.messages.read(query({ before, limit: 50 }));
    }
  });
  await assertRejects(() => state.messages.read(query({ after: 0, limit: 200 })));
  assertEquals(troubles.map((trouble) => trouble?.type), ["damaged"]);
  assert(!state.messages.healthy);
  await assertRejects(() => state.people.claim({ id: "p", name: "n", key: "n", used: 1 }));
  await state.messages[Symbol.asyncDispose]();
});

Deno.test("openDatabase refuses a file whose first pages are damaged with one line", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/chat.db`;
  await written(path);
  const bytes = Deno.readFileSync(path);
  bytes.fill(0xff, 100, 4096);
  Deno.writeFileSync(path, bytes);
  const { message } = await assertRejects(
    () => Promise.try(() => openDatabase({ path, sync: "full" })),
  ) as Error;
  assert(/^Cannot open .*: it is damaged \(.*\); restore a backup$/.test(message), message);
});

Deno.test("Permissions notes the damage that it meets, and writing stops", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/chat.db`;
  await written(path);
  zeroRoot(path, "sqlite_autoindex_author_1");
  const troubles: (Trouble | undefined)[] = [];
  const onTrouble = (trouble?: Trouble) => troubles.push(trouble);
  using state = openLocalState({ path, sync: "full", onTrouble });
  assertThrows(() => state.permissions.mayEnter("p"));
  assertThrows(() => state.permissions.welcome("p"));
  assertEquals(troubles.map((trouble) => trouble?.type), ["damaged"]);
  assert(!state.messages.healthy);
  await state.messages[Symbol.asyncDispose]();
});

/** Overwrites the first page of a table or an index. */
function zeroRoot(path: string, name: string): void {
  let root: number;
  {
    using database = openDatabase({ path, sync: "full" });
    const row = database.db.prepare("select rootpage from sqlite_schema where name = ?").get(name);
    root = Number(row?.rootpage);
  }
  assert(root > 1, `${name} begins on page ${root}`);
  const bytes = Deno.readFileSync(path);
  bytes.fill(0, (root - 1) * 4096, root * 4096);
  Deno.writeFileSync(path, bytes);
}
