/** What is promised when the server is killed and connections are cut, again and again, under load. */
import { DatabaseSync } from "node:sqlite";
import { delay } from "./std.ts";
import { assert, assertEquals } from "./testing/assert.ts";
import { temporaryFolder } from "./testing/folder.ts";
import { Hubbub } from "./testing/hubbub.ts";
import { Person } from "./testing/person.ts";
import { pick, seeded } from "./testing/random.ts";
import { Watch } from "./testing/sockets.ts";
import { Ledger } from "./testing/witness.ts";

const KILLS = Number(Deno.env.get("HUBBUB_TORTURE_KILLS") ?? 10);
/** Repeats the same choices; how they fall in time is another matter. */
const SEED = Number(Deno.env.get("HUBBUB_TORTURE_SEED") ?? Math.floor(Math.random() * 2 ** 32));
const PEOPLE = 20;
const ROOMS = ["red", "green", "blue"];
/** How many messages each keeps under way. */
const IN_FLIGHT = 16;
/** The longest that a server lives, in ms. */
const LIFE_MS = 1500;
/** Between two cuts of a connection, in ms. */
const CUT_MS = 100;
/** How long all may take to agree at the end: long, since it is only waited for in vain. */
const PATIENCE_MS = 60_000;

Deno.test(`what was acknowledged outlives ${KILLS} kills of the server, once, for all the same (seed ${SEED})`, async (t) => {
  const random = seeded(SEED);
  await using folder = await temporaryFolder();
  const data = `${folder.path}/chat.db`;
  const start = () => Hubbub.start(["--data", data]);
  const failure = Promise.withResolvers<never>();
  // It is looked at in each race; this keeps it quiet between them.
  failure.promise.catch(() => {});
  const ledger = new Ledger();
  const watch = new Watch();
  let port = 0;
  let talking = true;
  /** Keeps some messages under way. */
  const talk = (person: Person) => {
    while (talking && person.unreturned.size < IN_FLIGHT) {
      const length = random() < 0.02 ? 4000 : random() * 200;
      person.say(pick(random, ROOMS), `line\n${"x".repeat(length)} 🦊`);
    }
    if (!talking) watch.check();
  };
  const newcomer = (name: string) =>
    new Person({
      ...{ name, rooms: ROOMS, ledger, random, onLines: talk, onFailure: failure.reject },
      port: () => port,
    });
  const people = Array.from({ length: PEOPLE }, (_, i) => newcomer(`person ${i}`));
  await using _all = {
    async [Symbol.asyncDispose]() {
      await Promise.all(people.map((person) => person.leave()));
    },
  };

  let cuts = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    await using hubbub = await start();
    port = hubbub.port;
    if (kill === 0) await Promise.all(people.map((person) => person.enter()));
    const end = performance.now() + random() * LIFE_MS;
    while (performance.now() < end) {
      await Promise.race([delay(random() * CUT_MS), failure.promise]);
      pick(random, people).cut();
      cuts++;
    }
    hubbub.signal("SIGKILL");
    assertEquals((await hubbub.status).signal, "SIGKILL");
    await checkErrors(hubbub);
  }

  talking = false;
  await using hubbub = await start();
  port = hubbub.port;
  const agree = () =>
    people.every(({ unreturned, views }) =>
      unreturned.size === 0 &&
      [...views].every(([room, view]) => view.current && view.seen === ledger.size(room))
    );
  await Promise.race([watch.until(agree, PATIENCE_MS), failure.promise]);
  // Somebody who comes only now reads the same.
  people.push(newcomer("late"));
  await people.at(-1)?.enter();
  await Promise.race([watch.until(agree, PATIENCE_MS), failure.promise]);

  hubbub.signal("SIGTERM");
  await hubbub.status;
  await checkErrors(hubbub);
  const said = people.flatMap((person) =>
    [...person.said].map(([id, { room, text }]) => [room, person.id, id, text].join(" "))
  );
  const stored = ROOMS.flatMap((room) => readRoom(data, room));
  assertEquals(stored.length, said.length);
  assertEquals(stored.toSorted(), said.toSorted());
  assertEquals(ROOMS.map((room) => ledger.size(room)).reduce((a, b) => a + b), stored.length);
  const connections = people.reduce((sum, person) => sum + person.connections, 0);
  await t.step(
    `${stored.length} messages, ${KILLS} kills, ${cuts} cuts, ${connections} connections`,
    () => assert(stored.length > KILLS * PEOPLE && connections > KILLS + cuts),
  );
});

/** What a room has in the file, in order; each line has the room, the person, the id and the text. */
function readRoom(path: string, room: string): string[] {
  using db = new DatabaseSync(path, { readOnly: true });
  const rows = db.prepare(`
    select message.place & 0xffffffff as seq, author.person, message.id, message.text
    from message join room on room.id = message.room join author on author.id = message.author
    where room.name = ? order by place
  `).all(room);
  assertEquals(rows.map(({ seq }) => Number(seq)), rows.map((_, i) => i + 1));
  return rows.map(({ person, id, text }) => [room, person, id, text].join(" "));
}

/** The server tells of its start and end, of connections and of slow commits, and of nothing else. */
async function checkErrors(hubbub: Hubbub): Promise<void> {
  const lines = (await hubbub.stderr).split("\n").slice(0, -1);
  assertEquals(
    lines.filter((line) =>
      !/^\{"at":"[^"]+","event":"(start"|stop"|commit slow"|client )/.test(line)
    ),
    [],
  );
}
