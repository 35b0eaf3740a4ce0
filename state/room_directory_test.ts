import { openLocalState } from "./local.ts";
import { RoomDirectory } from "./room_directory.ts";
import { assertEquals } from "../testing/assert.ts";

Deno.test("RoomDirectory reads a limited number of rooms and characters, and continues there", () => {
  using store = openLocalState({ path: ":memory:", sync: "normal" });
  const rooms = Array.from({ length: 1500 }, (_, i) => `r${1000 + i}`);
  const user = { id: "p1", name: "" };
  store.state.append(
    rooms.map((room) => ({ type: "message", room, id: room, user, text: "x" })),
    1,
  );
  const { db } = store.state.database;
  const directory = new RoomDirectory(db);
  const find = (text: string) => {
    const found: string[] = [];
    let pages = 0;
    for (let after: string | undefined = ""; after !== undefined; pages++) {
      const page = directory.page({ kind: "public", text, after });
      found.push(...page.rooms.map(({ room }) => room));
      after = page.next;
    }
    return { found, pages };
  };
  assertEquals(find("r1399"), { found: ["r1399"], pages: 2 });
  assertEquals(find("r1").found, rooms.filter((room) => room.startsWith("r1")));
  // Of these characters each stands for 18.
  db.prepare("update room set title = ?, topic = ?").run("\ufdfa".repeat(80), "\ufdfa".repeat(250));
  assertEquals(find("r2499"), { found: ["r2499"], pages: 26 });
});

Deno.test("RoomDirectory has public rooms around hidden ones, and private rooms of a limited number of hidden ones", () => {
  using store = openLocalState({ path: ":memory:", sync: "normal" });
  const { db } = store.state.database;
  const add = db.prepare("insert into room (name, kind) values (?, ?)");
  for (const name of ["-", "lobby", "tea", "zoo", "ä", "茶"]) add.run(name, "public");
  db.exec(`
    with recursive numbers (i) as (select 10001 union all select i + 1 from numbers where i < 17000)
    insert into room (name, kind)
    select '~' || i || 'abcdefghijklmno', iif(i % 1000, 'direct', 'private') from numbers
  `);
  db.exec("insert into room (name, kind) values ('!1', 'deleted')");
  const directory = new RoomDirectory(db);
  const page = (kind: "public" | "private", after: string) => {
    const { rooms, next } = directory.page({ kind, text: "", after });
    return [rooms.map(({ room }) => room), next];
  };
  const inFront = ["-", "lobby", "tea", "zoo"];
  assertEquals(page("public", ""), [[...inFront, "ä", "茶"], undefined]);
  assertEquals(page("public", "lobby"), [["tea", "zoo", "ä", "茶"], undefined]);
  assertEquals(page("public", "~5"), [["ä", "茶"], undefined]);
  assertEquals(page("public", "ä"), [["茶"], undefined]);
  const [first, second] = [[11, 12, 13, 14, 15], [16, 17]]
    .map((numbers) => numbers.map((number) => `~${number}000abcdefghijklmno`));
  // As long as an address, and of its letters: what a client sends back must be one.
  const next = "~15000abc222222222222";
  assertEquals(page("private", ""), [first, next]);
  assertEquals(page("private", next), [["~15000abcdefghijklmno", ...second ?? []], undefined]);
  assertEquals(page("private", "ä"), [[], undefined]);
});

Deno.test("RoomDirectory counts few members each time, and many once in half a minute", () => {
  using store = openLocalState({ path: ":memory:", sync: "normal" });
  const { db } = store.state.database;
  db.exec(`
    insert into room (id, name) values (101, 'large'), (102, 'small');
    with recursive numbers (i) as (select 1 union all select i + 1 from numbers where i < 300)
    insert into membership (person, room, visible_from, level, read, place, since)
    select 'p' || i, room.id, 1, 'all', 0, 1, 1 from numbers, room
    where room.name = 'large' or (room.name = 'small' and i <= 200)
  `);
  let now = 0;
  const directory = new RoomDirectory(db, () => now);
  const counts = () => {
    const { rooms } = directory.page({ kind: "public", text: "", after: "" });
    return rooms.map(({ room, members }) => [room, members]);
  };
  assertEquals(counts(), [["large", 300], ["small", 200]]);
  db.exec("delete from membership where person in ('p1', 'p2')");
  assertEquals(counts(), [["large", 300], ["small", 198]]);
  now = 30_000;
  assertEquals(counts(), [["large", 298], ["small", 198]]);
  // One that has become small is counted each time again.
  db.exec("delete from membership where room = 101 and length(person) > 3");
  now = 60_000;
  assertEquals(counts(), [["large", 97], ["small", 198]]);
});
