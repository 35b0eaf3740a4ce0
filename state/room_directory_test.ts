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
