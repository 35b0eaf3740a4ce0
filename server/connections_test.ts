import { Connections } from "./connections.ts";
import { Hub } from "../hub.ts";
import type { Subscriber } from "../hub/room.ts";
import { LocalPresence } from "../hub/shared_presence.ts";
import { SqliteLog } from "../sqlite/message_log.ts";
import { openStore } from "../sqlite/database.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { good, TestPeople } from "../testing/people.ts";
import { TestSocket } from "../testing/sockets.ts";
import { Turnstile } from "./connection_limiter.ts";

Deno.test("a person who is sent away has all connections ended with 1001, nobody else", async () => {
  using store = openStore({ path: ":memory:", sync: "full" });
  using test = new TestPeople();
  const people = await test.open();
  const hub = new Hub({
    log: new SqliteLog<Subscriber>(store),
    presence: new LocalPresence(),
    maxRooms: 10,
    maxRoomsPerClient: 10,
  });
  const run = hub.run();
  const connections = new Connections({
    hub,
    log: () => {},
    client: { version: "", maxMessage: 100, rate: 0, sendBuffer: 1e6, writeWait: 1e4 },
    rename: () => Promise.resolve(undefined),
  });
  const turnstile = new Turnstile({ total: 10, perAddress: 0 });
  await using server = Deno.serve({ port: 0, onListen: () => {} }, async (request) => {
    const name = new URL(request.url).searchParams.get("name") ?? "";
    const basic = { user: name, password: `the secret of ${name}` };
    const entry = good(await people.enter({ basic }));
    const { socket, response } = Deno.upgradeWebSocket(request);
    const [place, plain] = [turnstile.enter("127.0.0.1"), { room: "lobby", history: 0 }];
    connections.serve({ socket, entry, place, address: "127.0.0.1", plain });
    return response;
  });
  const { port } = server.addr;
  await using ann = await TestSocket.open(port, "/ws?name=ann");
  await using tab = await TestSocket.open(port, "/ws?name=ann");
  await using bob = await TestSocket.open(port, "/ws?name=bob");
  bob.send("last");
  await Promise.all([ann, tab, bob].map((socket) => socket.received(1)));
  const id = (await test.store.byKey("ann"))?.id;
  assert(id !== undefined);
  connections.sendAwayPerson(id);
  assertEquals([(await ann.closed).code, (await tab.closed).code], [1001, 1001]);
  bob.send("still here");
  assertEquals(await bob.received(2), ["bob: last", "bob: still here"]);
  assertEquals([hub.size, hub.peopleCount], [1, 1]);
  hub.close();
  await run;
  assertEquals((await bob.closed).code, 1001);
});
