/** Texts that were edited or deleted: nothing of them stays in the data file. */
import { assertEquals } from "../testing/assert.ts";
import { temporaryFolder } from "../testing/folder.ts";
import type { Event } from "./events.ts";
import { openLocalState } from "./local.ts";
import { CHAT } from "./picture_table.ts";

const TEXTS = 3000;

/** The numbers of the marks that are in a file. */
function marksIn(path: string): Set<number> {
  const bytes = new TextDecoder("latin1").decode(Deno.readFileSync(path));
  return new Set(Array.from(bytes.matchAll(/mark(\d+)x/g), ([, n]) => Number(n)));
}

Deno.test("texts that were edited or deleted are nowhere in the file and its log any more", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/chat.db`;
  using store = openLocalState({ path, sync: "normal" });
  const user = { id: "p1", name: "ann" };
  const rooms = ["a", "b", "c"];
  const all = Array.from({ length: TEXTS }, (_, i) => i);
  const append = (events: Event[]) => {
    for (let i = 0; i < events.length; i += 100) store.state.append(events.slice(i, i + 100), 1e12);
  };
  const place = (i: number) => ({ room: rooms[i % 3] ?? "a", seq: Math.floor(i / 3) + 1 });
  // Some are longer than a page.
  const filling = (i: number) => "y".repeat(i % 50 === 0 ? 9000 : (i * 37) % 400);
  append(all.map((i): Event => ({
    ...{ type: "message", room: place(i).room, id: `m${i}`, user },
    text: `mark${i}x ${filling(i)}`,
  })));
  // Every third is deleted, every third edited, to something shorter or longer, and then again.
  const edit = (i: number, mark: number, text: string): Event => ({
    ...{ type: "edit", ...place(i), id: `e${mark}`, person: "p1", text: `mark${mark}x ${text}` },
  });
  append(all.filter((i) => i % 3 === 0).map((i) => edit(i, i + 10_000, filling(i + 1))));
  append(all.filter((i) => i % 3 === 0).map((i) => edit(i, i + 20_000, filling(i + 2).repeat(3))));
  append(
    all.filter((i) => i % 3 === 1).map((i): Event => ({
      ...{ type: "delete", ...place(i), person: "p1" },
    })),
  );
  assertEquals(store.state.database.truncation.now(), true);
  const kept = new Set(all.flatMap((i) => i % 3 === 2 ? [i] : i % 3 === 0 ? [i + 20_000] : []));
  assertEquals(marksIn(path), kept);
  assertEquals(Deno.statSync(`${path}-wal`).size, 0);
  const read = await store.messages.read({ room: "a", limit: 3, after: 0, bytes: 1e6 });
  assertEquals(read.messages.map(({ text }) => text.split(" ")[0]), [
    "mark20000x",
    "mark20003x",
    "mark20006x",
  ]);
});

Deno.test("every event by which something is erased empties the write-ahead log soon", () => {
  using store = openLocalState({ path: ":memory:", sync: "normal" });
  const { state } = store;
  let asked = 0;
  state.database.truncation.soon = () => asked++;
  /** How often it is asked for by events, the last of which changes something. */
  const asks = (...events: Event[]) => {
    asked = 0;
    assertEquals(state.append(events, 1e12).at(-1)?.type, "changed");
    return asked;
  };
  const user = { id: "p1", name: "ann" };
  const send = (room: string, id: string): Event => ({
    ...{ type: "message", room, id, user, text: "x" },
  });
  state.append([
    { type: "name", person: "admin", name: "Admin", key: "admin", used: 1 },
    { type: "role", person: "admin", role: "admin" },
    send("a", "1"),
    send("a", "2"),
    send("b", "3"),
  ], 1e12);
  assertEquals(asks({ type: "retention", room: "a", before: 2 }), 1);
  const report = (id: string, seq: number): Event => ({
    ...{ type: "report", report: id, about: { room: "a", seq } },
    ...{ reason: "rude", by: "p2", byName: "bob" },
  });
  state.append([report("r1", 2)], 1e12);
  assertEquals(asks({ type: "report_closed", report: "r1", outcome: "acted", by: "admin" }), 1);
  state.append([
    { type: "name", person: "p2", name: "Bob", key: "bob", used: 1 },
    report("r2", 2),
  ], 1e12);
  const ban = { type: "ban", name: "Bob", banned: true, reason: "", by: "admin" } as const;
  assertEquals(asks({ ...ban, person: "p2" }), 1);
  assertEquals(asks({ type: "room_deleted", room: "b", by: "admin" }), 0);
  assertEquals(asks({ type: "room_erased", job: 1, step: 1 }), 1);
  const bob = { person: "p3", by: "p3" };
  state.append([
    { type: "name", person: "p3", name: "Bo", key: "bo", used: 1 },
    { type: "name", person: "p4", name: "Cy", key: "cy", used: 1 },
  ], 1e12);
  assertEquals(asks({ type: "about", ...bob, text: "x" }), 0);
  for (const text of ["y", ""]) assertEquals(asks({ type: "about", ...bob, text }), 1);
  const picture = (id: string, owner = "p3"): Event => ({
    ...{ type: "picture", owner, by: owner === "p3" ? "p3" : "admin" },
    picture: { id, mime: "image/png", data: "AAAA" },
  });
  for (const owner of ["p3", CHAT]) {
    assertEquals(asks(picture(`1${owner}`, owner)), 0);
    assertEquals(asks(picture(`2${owner}`, owner)), 1);
  }
  assertEquals(asks({ type: "picture", owner: "p3", by: "p3" }), 1);
  const [id, sha256] = ["A".repeat(22), "h1"];
  const file = { id, person: "p3", name: "a", size: 9, mime: "image/png", sha256 };
  assertEquals(asks({ type: "file", ...file, total: 0, day: 0 }), 0);
  assertEquals(asks({ type: "files_expired", before: 2e12 }), 1);
  assertEquals(asks({ type: "account_deleted", person: "p3", by: "admin" }), 1);
  assertEquals(asks({ type: "name_expired", person: "p4", used: 1 }), 1);
});
