/** Rooms in which nothing happens: they cost nothing while others are written in. */
import { assert } from "../testing/assert.ts";
import { HubOnState } from "../testing/hub_on_state.ts";

const ROOMS = 10_000;
const PEOPLE = 200;
const ROUNDS = 15;
/** The messages of a round, which are one batch. */
const MESSAGES = 100;

/** Adds public, private and direct rooms, each with some members, and a message long ago. */
function addIdleRooms({ store }: HubOnState): void {
  const { db } = store.state.database;
  const room = db.prepare(`
    insert into room (name, kind, title, people, last, oldest, newest, minute)
    values (?, ?, ?, ?, 1, 1, 1, 0)
  `);
  const member = db.prepare(`
    insert into membership (person, room, visible_from, role, level, read, place, since)
    values (?, ?, 1, null, 'all', 0, ?, 1)
  `);
  db.exec("begin");
  for (let n = 0; n < ROOMS; n++) {
    const people = [n, n + 1, n + 7].map((i) => `id-of-p${i % PEOPLE}`).sort();
    const kind = ["public", "private", "direct", "direct"][n % 4] ?? "public";
    const letters = String(n).replaceAll(/\d/g, (digit) => "abcdefghij"[Number(digit)] ?? "");
    const name = kind === "public" ? `idle-${n}` : `~${letters.padStart(20, "a")}`;
    const set = kind === "direct" ? `${people.join(" ")} ${n}` : null;
    const { lastInsertRowid } = room.run(name, kind, kind === "private" ? "T" : "", set);
    if (kind === "direct") continue;
    for (const person of people) member.run(person, lastInsertRowid, n);
  }
  db.exec("commit");
}

Deno.test("ten thousand idle rooms and direct messages cost nothing while somebody writes", async () => {
  await using empty = new HubOnState();
  await using full = new HubOnState();
  addIdleRooms(full);
  const sides = [empty, full].map((the) => {
    const writer = the.person("p1");
    the.append({ type: "message", room: "lobby", id: "first", user: writer.user, text: "x" });
    return { the, writer, best: Infinity };
  });
  for (const { the, writer } of sides) await the.join(writer, "lobby");
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of sides) {
      const { the, writer } = side;
      const start = performance.now();
      the.append(...Array.from({ length: MESSAGES }, (_, i) => ({
        ...{ type: "message" as const, room: "lobby", id: `m${round}-${i}`, user: writer.user },
        text: "Good morning, @p2",
        mentions: ["id-of-p2"],
      })));
      side.best = Math.min(side.best, performance.now() - start);
    }
  }
  for (const { writer } of sides) {
    await writer.until(() => writer.all("message").length === ROUNDS * MESSAGES);
  }
  const [alone = 0, among = 0] = sides.map(({ best }) => best);
  // A look at each of the rooms, once in a batch, would take several times as long as the batch.
  assert(among < 2 * alone + 0.5, `${among} ms among idle rooms, ${alone} ms alone`);
});
