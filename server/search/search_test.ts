/** The index in its thread: it follows the data file, and can be made again. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openLocalState } from "../../state/local.ts";
import { IndexQueue } from "../../state/index_queue.ts";
import type { State } from "../../state/state.ts";
import { backup } from "../../archive/backup.ts";
import { readDatabase } from "../../state/database.ts";
import { assert, assertEquals } from "../../testing/assert.ts";
import { temporaryFolder } from "../../testing/folder.ts";
import { INDEX_ENDING, SearchService } from "./search.ts";

const ANN = { id: "p1", name: "ann" };
/** Never: the tests bring the index up themselves. */
const NEVER_MS = 2 ** 30;

let ids = 0;

function say(state: State, text: string, room = "lobby"): void {
  state.append([{ type: "message", room, id: `m${++ids}`, user: ANN, text }], 1000);
}

/** The newest 50 messages with a text; a search that takes long on a busy machine is continued. */
async function found(search: SearchService, text: string): Promise<string[]> {
  const texts: string[] = [];
  const person = `p${++ids}`;
  let before: string | undefined;
  do {
    const outcome = await search.find({
      ...{ person, text, limit: 50 - texts.length },
      ...(before !== undefined && { before }),
    }, "network");
    if (outcome.type !== "found") throw new Error(`The search was ${outcome.type}`);
    texts.push(...outcome.messages.map(({ text }) => text));
    before = outcome.next;
  } while (before !== undefined && texts.length < 50);
  return texts;
}

/** Whether any file of a folder has a text in it. */
function has(folder: string, text: string): boolean {
  const bytes = new TextEncoder().encode(text);
  return Array.from(Deno.readDirSync(folder)).some(({ name }) => {
    const file = Deno.readFileSync(join(folder, name));
    for (let at = -1; (at = file.indexOf(bytes[0] ?? 0, at + 1)) >= 0;) {
      if (bytes.every((byte, i) => file[at + i] === byte)) return true;
    }
    return false;
  });
}

Deno.test("SearchService continues where it was closed", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "hubbub.db");
  for (let run = 1; run <= 3; run++) {
    using local = openLocalState({ path, sync: "normal" });
    await using search = new SearchService({ state: local.state, startMs: NEVER_MS });
    say(local.state, `red ${run}`);
    await search.follow();
    assertEquals(
      await found(search, "red"),
      Array.from({ length: run }, (_, i) => `red ${run - i}`),
    );
    assertEquals(search.numbers.behind, 0);
  }
  const { mode } = Deno.statSync(path + INDEX_ENDING);
  if (Deno.build.os !== "windows") assertEquals((mode ?? 0) & 0o777, 0o600);
});

Deno.test("SearchService makes the index again that is missing, damaged or of other data", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "hubbub.db");
  const index = path + INDEX_ENDING;
  const troubles: [string, () => void][] = [
    ["missing", () => Deno.removeSync(index)],
    ["no database", () => Deno.writeTextFileSync(index, "no database")],
    ["cut off", () => Deno.truncateSync(index, 5000)],
    [
      "overwritten",
      () => Deno.writeFileSync(index, new Uint8Array(3 * 4096).fill(7), { create: false }),
    ],
    ["of other data", () => {
      const other = join(folder.path, "other.db");
      using local = openLocalState({ path: other, sync: "normal" });
      local.state.database.db.exec("update file set index_id = 'x'");
      Deno.writeFileSync(index, Deno.readFileSync(other));
    }],
    ["a folder", () => {
      Deno.removeSync(index);
      Deno.mkdirSync(index);
    }],
  ];
  for (const [name, trouble] of [["new", () => {}] as const, ...troubles]) {
    trouble();
    using local = openLocalState({ path, sync: "normal" });
    await using search = new SearchService({ state: local.state, startMs: NEVER_MS });
    say(local.state, `red ${name}`);
    await search.follow();
    assert((await found(search, "red")).includes(`red ${name}`), name);
    assertEquals((await found(search, "red new")).length, 1, name);
  }
});

Deno.test("SearchService makes an index again that is damaged while it is open", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "hubbub.db");
  using local = openLocalState({ path, sync: "normal" });
  const problems: string[] = [];
  const onTrouble = (problem: string) => problems.push(problem);
  await using search = new SearchService({ state: local.state, startMs: NEVER_MS, onTrouble });
  for (let i = 0; i < 2000; i++) say(local.state, `red ${i} ${"word ".repeat(i % 50)}${i * 7919}`);
  await search.follow();
  {
    const index = new DatabaseSync(path + INDEX_ENDING);
    // The types lack it. Without it SQLite protects the tables of the index.
    Reflect.apply(Reflect.get(index, "enableDefensive"), index, [false]);
    index.exec("update search_data set block = zeroblob(50) where id > 10");
    index.close();
  }
  say(local.state, "blue");
  await search.follow();
  for (let i = 0; i < 50; i++) say(local.state, `red ${i}`);
  local.state.append([{ type: "retention", room: "lobby", before: 100 }], 1000);
  await search.follow();
  assertEquals(await found(search, "blue"), ["blue"]);
  assertEquals((await found(search, "red")).length, 50);
  assertEquals(problems.length, 1, problems.join());
});

Deno.test("a deleted text leaves the files of the index", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "hubbub.db");
  using local = openLocalState({ path, sync: "normal" });
  local.state.database.db.exec("pragma secure_delete = on");
  await using search = new SearchService({ state: local.state, startMs: NEVER_MS });
  const word = (i: number) => `erased${(i * 7919).toString(36)}z${i}`;
  for (let i = 1; i <= 1500; i++) {
    say(local.state, `${word(i)} in a text of ${i % 17} words ${"more ".repeat(i % 9)}`);
  }
  await search.follow();
  const index = Array.from(Deno.readDirSync(folder.path), ({ name }) => name)
    .filter((name) => name.includes(INDEX_ENDING));
  assert(index.length > 0);
  assert(has(folder.path, word(3)));
  for (let before = 1; before < 1000; before += 100) {
    local.state.append([{ type: "retention", room: "lobby", before: before + 100 }], 1000);
    await search.follow();
  }
  // Deleted, and edited.
  for (let seq = 1001; seq <= 1200; seq++) {
    local.state.append([
      seq % 2 === 0
        ? { type: "delete", room: "lobby", seq, person: ANN.id }
        : { type: "edit", room: "lobby", seq, id: `e${seq}`, person: ANN.id, text: "other" },
    ], 1000);
    if (seq % 20 === 0) await search.follow();
  }
  const left: string[] = [];
  for (const name of index) {
    const file = new TextDecoder("latin1").decode(Deno.readFileSync(join(folder.path, name)));
    for (let i = 1; i <= 1200; i++) if (file.includes(word(i))) left.push(word(i));
    assert(name.endsWith(INDEX_ENDING) ? file.includes(word(1400)) : true);
  }
  assertEquals(left, []);
  assertEquals(await found(search, word(1400)), [
    ...local.state.database.db.prepare("select text from message where seq = 1400").all().map((
      row,
    ) => String(row.text)),
  ]);
});

Deno.test("a copy has no index, and nothing that waits for one", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "hubbub.db");
  const copy = join(folder.path, "copy.db");
  using local = openLocalState({ path, sync: "normal" });
  await using search = new SearchService({ state: local.state, startMs: NEVER_MS });
  for (const text of ["red one", "red two"]) say(local.state, text);
  await search.follow();
  local.state.append([{ type: "retention", room: "lobby", before: 2 }], 1000);
  await backup(local.state.database, copy);
  using made = readDatabase(copy);
  const queue = new IndexQueue(made.db);
  assertEquals([queue.reader, queue.length], ["", 0]);
  assertEquals(new IndexQueue(local.state.database.db).length, 1);
});

Deno.test("SearchService makes the index again if most of it is gone", async () => {
  await using folder = await temporaryFolder();
  using local = openLocalState({ path: join(folder.path, "hubbub.db"), sync: "normal" });
  await using search = new SearchService({ state: local.state, startMs: NEVER_MS });
  for (let i = 0; i < 2500; i++) say(local.state, `red ${i}`);
  await search.follow();
  const queue = new IndexQueue(local.state.database.db);
  const { reader } = queue;
  for (let before = 201; before < 2500; before += 200) {
    local.state.append([{ type: "retention", room: "lobby", before }], 1000);
  }
  await search.follow();
  assert(queue.reader !== reader);
  assertEquals(queue.length, 0);
  const left = (await found(search, "red")).length;
  const [row] = local.state.database.db.prepare("select count(*) as count from message").all();
  assertEquals(left, Math.min(50, Number(row?.count)));
});

Deno.test("SearchService makes the index again if most of its bytes were removed", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "hubbub.db");
  using local = openLocalState({ path, sync: "normal" });
  await using search = new SearchService({ state: local.state, startMs: NEVER_MS });
  const long = "red ".repeat(256 * 1024);
  say(local.state, `first ${long}`);
  await search.follow();
  for (let i = 0; i < 20; i++) {
    const edit = { type: "edit", room: "lobby", seq: 1, id: `edit${i}`, person: ANN.id } as const;
    local.state.append([{ ...edit, text: `edit${i} ${long}` }], 1000);
    await search.follow();
  }
  // Else it would have 21 texts of a mebibyte.
  const { size } = Deno.statSync(path + INDEX_ENDING);
  assert(size < 15 * 1024 * 1024, `${size} bytes`);
  assertEquals((await found(search, "edit19")).length, 1);
  assertEquals((await found(search, "edit18")).length, 0);
});

Deno.test("SearchService lets a person search four times a second, and others meanwhile", async () => {
  using local = openLocalState({ path: ":memory:", sync: "normal" });
  await using search = new SearchService({ state: local.state, startMs: NEVER_MS });
  const outcomes = await Promise.all(
    Array.from({ length: 40 }, () => search.find({ person: "p1", text: "red", limit: 1 }, "n")),
  );
  const refused = outcomes.filter(({ type }) => type === "refused");
  assert(refused.length > 20, `${refused.length}`);
  assertEquals(search.numbers.searches.refused, refused.length);
  assertEquals((await search.find({ person: "p2", text: "red", limit: 1 }, "n")).type, "found");
});

Deno.test("SearchService serves another network before the many of one", async () => {
  await using folder = await temporaryFolder();
  using local = openLocalState({ path: join(folder.path, "hubbub.db"), sync: "normal" });
  await using search = new SearchService({ state: local.state, startMs: NEVER_MS });
  say(local.state, "red");
  await search.follow();
  const order: string[] = [];
  const ask = async (network: string, i: number) => {
    await search.find({ person: `${network}${i}`, text: "red", limit: 1 }, network);
    order.push(network);
  };
  await Promise.all([
    ...Array.from({ length: 50 }, (_, i) => ask("crowd", i)),
    ask("one", 0),
  ]);
  assert(order.indexOf("one") < 5, `${order.indexOf("one")}`);
  // An IPv6 /48 is one network.
  order.splice(0);
  await Promise.all([
    ...Array.from({ length: 50 }, (_, i) => ask(`2001:db8:0:${i}::`, 0)),
    ask("one", 0),
  ]);
  assert(order.indexOf("one") < 5, `${order.indexOf("one")}`);
});
