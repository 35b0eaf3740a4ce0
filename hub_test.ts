import { Hub } from "./hub.ts";
import type { Subscriber } from "./hub/room.ts";
import { LocalPresence } from "./hub/shared_presence.ts";
import { SqliteLog } from "./sqlite/message_log.ts";
import { openStore } from "./sqlite/database.ts";
import { assert, assertEquals } from "./testing/assert.ts";
import { Recorder } from "./testing/recorder.ts";

/** A hub on a log in memory. */
function startHub(): { hub: Hub; end: () => Promise<void> } {
  const store = openStore({ path: ":memory:", sync: "full" });
  const [log, presence] = [new SqliteLog<Subscriber>(store), new LocalPresence()];
  const hub = new Hub({ log, presence, maxRooms: 3, maxRoomsPerClient: 2 });
  const run = hub.run();
  return {
    hub,
    async end() {
      hub.close();
      await run;
      store[Symbol.dispose]();
    },
  };
}

let ids = 0;

function send(hub: Hub, client: Subscriber, text: string, room = "lobby", id = `m${ids++}`): void {
  hub.command(client, { type: "send", room, id, text });
}

function enter(hub: Hub, client: Subscriber, room = "lobby"): void {
  hub.register(client);
  hub.command(client, { type: "join", room });
}

/** Resolves when the hub has handled all that was sent to it so far. */
async function settled(hub: Hub): Promise<void> {
  const probe = new Recorder("probe");
  hub.register(probe);
  hub.unregister(probe);
  while (probe.end === undefined) await new Promise((resolve) => setTimeout(resolve));
}

Deno.test("Hub gives each message to every member in one order", async () => {
  const { hub, end } = startHub();
  const clients = Array.from({ length: 5 }, (_, i) => new Recorder(`c${i}`));
  for (const client of clients) enter(hub, client);
  const sent = Array.from({ length: 100 }, (_, i) => `message ${i}`);
  for (const [i, text] of sent.entries()) {
    send(hub, clients[i % 5]!, text); // i % 5 is one of the five
    if (i % 10 === 0) await settled(hub);
  }
  await end();
  for (const client of clients) assertEquals(client.texts, sent);
});

Deno.test("Hub joins what a turn brings into one frame for each format, shared by its members", async () => {
  const { hub, end } = startHub();
  const [a, b] = [new Recorder("ann"), new Recorder("bob")];
  const [c, d] = [new Recorder("", { format: "plain" }), new Recorder("eve", { format: "plain" })];
  for (const client of [a, b, c, d]) enter(hub, client);
  await settled(hub);
  for (const text of ["one", "two\nlines", "zwölf"]) send(hub, a, text);
  send(hub, c, "nameless");
  await end();
  assertEquals(c.frames, [{ text: "ann: one\nann: two lines\nann: zwölf\nnameless", bytes: 44 }]);
  assert(c.frames[0] === d.frames[0]);
  assertEquals(a.texts, ["one", "two\nlines", "zwölf", "nameless"]);
  assert(a.frames.at(-1) === b.frames.at(-1));
});

Deno.test("Hub gives a client what was sent between its joining and its leaving", async () => {
  const { hub, end } = startHub();
  const [client, witness] = [new Recorder("client"), new Recorder("witness")];
  enter(hub, witness);
  send(hub, witness, "before");
  await settled(hub);
  enter(hub, client);
  await settled(hub);
  send(hub, client, "while");
  hub.command(client, { type: "leave", room: "lobby" });
  send(hub, witness, "after");
  send(hub, client, "refused", "lobby", "refused");
  await settled(hub);
  assertEquals(client.texts, ["while"]);
  assertEquals(client.lines.map(({ type }) => type), ["joined", "left", "error", "message"]);
  assertEquals(witness.texts, ["before", "while", "after"]);
  hub.unregister(client);
  hub.unregister(client);
  await settled(hub);
  assertEquals(client.end, "released");
  assertEquals(hub.size, 1);
  await end();
});

Deno.test("Hub drops a client whose buffer is full, and nobody else notices", async () => {
  const { hub, end } = startHub();
  const [slow, quick] = [new Recorder("slow", { capacity: 2 }), new Recorder("quick")];
  enter(hub, slow);
  enter(hub, quick);
  for (const text of ["one", "two", "three"]) {
    await settled(hub);
    send(hub, quick, text);
  }
  await settled(hub);
  assertEquals(slow.end, "dropped");
  assertEquals(slow.texts, ["one"]);
  assertEquals(quick.texts, ["one", "two", "three"]);
  assertEquals(hub.size, 1);
  await end();
});

Deno.test("Hub delivers what waits when it is closed, then drains, and takes nothing more", async () => {
  const { hub, end } = startHub();
  const client = new Recorder("ann");
  enter(hub, client);
  send(hub, client, "last");
  await end();
  assertEquals(hub.command(client, { type: "rooms" }), false);
  assertEquals(hub.register(new Recorder("late")), false);
  assertEquals(client.lines.map((line) => line.type), ["joined", "message"]);
  assertEquals(client.end, "drained");
  assertEquals(hub.size, 0);
});

Deno.test("Hub reads on while turns are full, so that a busy few do not shut out the others", async () => {
  const { hub, end } = startHub();
  const busy = new Recorder("busy");
  enter(hub, busy);
  await settled(hub);
  for (let i = 0; i < 128; i++) send(hub, busy, `first ${i}`);
  // What the runtime brings in its next turn, after the hub has woken.
  setTimeout(() => send(hub, busy, "second"));
  await busy.first("message", ({ text }) => text === "second");
  await end();
  assertEquals(busy.frames.filter(({ text }) => text.includes('"message"')).length, 1);
});
