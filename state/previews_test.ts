/** Previews of links and pictures that are gone: nothing of them stays in the data file or an export. */
import { readArchive, writeArchive } from "../archive/state.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { openDatabase } from "./database.ts";
import type { Event } from "./events.ts";
import { openLocalState } from "./local.ts";

const MESSAGES = 60;

/** The numbers of the marks that are in a file. */
function marksIn(path: string): Set<number> {
  const bytes = new TextDecoder("latin1").decode(Deno.readFileSync(path));
  return new Set(Array.from(bytes.matchAll(/mark(\d+)x/g), ([, n]) => Number(n)));
}

function eventsOf(seq: number): Event[] {
  const place = { room: "lobby", seq };
  const url = `http://a.example/${seq}`;
  const previews = (mark: number): Event => ({
    ...{ type: "previews", ...place },
    // Some are longer than those before them.
    previews: [{ url, title: `mark${mark}x`, description: "y".repeat((mark * 37) % 300 + 1) }],
  });
  const end: Event[] = [
    { type: "delete", ...place, person: "p1" },
    { type: "edit", ...place, person: "p1", id: `e${seq}`, text: `${url} edited` },
    { type: "previews_removed", ...place, person: "p1" },
  ];
  return [
    { type: "message", room: "lobby", id: `m${seq}`, user: { id: "p1", name: "ann" }, text: url },
    previews(seq),
    previews(seq + 1000),
    ...end.slice(seq % 4, seq % 4 + 1),
    // Some are read again after an edit, and nothing comes after a removal.
    previews(seq + 2000),
  ];
}

Deno.test("previews and pictures that were replaced or removed are nowhere in the file any more", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/chat.db`;
  using store = openLocalState({ path, sync: "normal" });
  const picture = (mark: number): Event => ({
    ...{ type: "picture", owner: "p1", by: "p1" },
    picture: { id: `i${mark}`, mime: "image/png", data: btoa(`mark${mark}x`.repeat(900)) },
  });
  const events: Event[] = [
    { type: "name", person: "p1", name: "Ann", key: "ann", used: 1 },
    { type: "role", person: "p1", role: "admin" },
    { type: "setting", setting: "previews", value: true, by: "p1" },
    ...Array.from({ length: MESSAGES }, (_, i) => eventsOf(i + 1)).flat(),
    picture(9001),
    picture(9002),
    picture(9003),
  ];
  for (const event of events) store.state.append([event], 1e12);
  assert(store.state.database.truncation.now());
  const kept = Array.from({ length: MESSAGES }, (_, i) => i + 1)
    .filter((seq) => seq % 4 === 1 || seq % 4 === 3).map((seq) => seq + 2000);
  assertEquals(marksIn(path), new Set([...kept, 9003]));

  // An import has the same, and lets none come that were removed.
  const lines = [...readArchive(store.state.database)];
  using copy = openDatabase({ path: ":memory:", sync: "normal" });
  await writeArchive(copy, ReadableStream.from(lines));
  assertEquals([...readArchive(copy)], lines);
});
