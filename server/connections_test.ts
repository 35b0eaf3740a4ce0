import { Connections } from "./connections.ts";
import { Hub } from "../hub.ts";
import type { Subscriber } from "../hub/room.ts";
import { LocalPresence } from "../hub/local_presence.ts";
import { openLocalState } from "../state/local.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { good, TestPeople } from "../testing/people.ts";
import { TestSocket } from "../testing/sockets.ts";
import { ConnectionLimiter } from "./connection_limiter.ts";

Deno.test("Connections.sendAwayPerson closes all connections of a person with 1001, and no other", async () => {
  using store = openLocalState<Subscriber>({ path: ":memory:", sync: "full" });
  using test = new TestPeople();
  const people = await test.open();
  const hub = new Hub({
    store: "s1",
    log: store.messages,
    actions: store.actions,
    memberships: store.memberships,
    permissions: store.permissions,
    presence: new LocalPresence(),
    maxRooms: 10,
    maxRoomsPerClient: 10,
  });
  const run = hub.run();
  const connections = new Connections({
    hub,
    log: () => {},
    client: {
      ...{ store: "s1", version: "", maxMessage: 100, maxFile: 0 },
      ...{ rate: 0, sendBuffer: 1e6, writeWait: 1e4 },
      welcome: (person) => store.permissions.welcome(person),
    },
    rename: () => Promise.resolve(undefined),
  });
  const limiter = new ConnectionLimiter({ total: 10, perAddress: 0 });
  const sockets: WebSocket[] = [];
  await using server = Deno.serve({ port: 0, onListen: () => {} }, async (request) => {
    const name = new URL(request.url).searchParams.get("name") ?? "";
    const basic = { user: name, password: `the secret of ${name}` };
    const admission = good(await people.enter({ basic }));
    const { socket, response } = Deno.upgradeWebSocket(request);
    sockets.push(socket);
    const [slot, plain] = [limiter.enter("127.0.0.1"), { room: "lobby", history: 0 }];
    connections.serve({ socket, admission, slot, address: "127.0.0.1", plain });
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
  // A frame that was under way is not read any more, and is no fault.
  for (const socket of sockets.slice(0, 2)) {
    socket.dispatchEvent(new MessageEvent("message", { data: "late" }));
  }
  assertEquals([(await ann.closed).code, (await tab.closed).code], [1001, 1001]);
  bob.send("still here");
  assertEquals(await bob.received(2), ["bob: last", "bob: still here"]);
  assertEquals([hub.size, hub.peopleCount], [1, 1]);
  hub.close();
  await run;
  assertEquals((await bob.closed).code, 1001);
});
