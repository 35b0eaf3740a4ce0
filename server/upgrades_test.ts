import { Upgrades } from "./upgrades.ts";
import { TestSocket } from "../testing/sockets.ts";
import { assert, assertEquals } from "../testing/assert.ts";

const NEVER = new AbortController().signal;

/** A socket that a test opens, breaks or leaves as it is. */
function fakeSocket(): WebSocket {
  // Only the events are used: a real socket can't be kept from opening.
  return new EventTargetSocket() as unknown as WebSocket;
}

class EventTargetSocket {
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  onclose: (() => void) | null = null;
  closedWith: number | undefined;
  close(code: number): void {
    this.closedWith = code;
  }
}

/** Lets an upgrade fail. */
function lose(upgrades: Upgrades, address: string, claimed?: string): void {
  const socket = fakeSocket();
  upgrades.watch(socket, { peer: { address, claimed }, signal: NEVER }, {
    onOpen() {},
    onLost() {},
  });
  socket.onerror?.(new Event("error"));
}

Deno.test("Upgrades hands over a real socket when it opens", async () => {
  const upgrades = new Upgrades();
  const outcomes: string[] = [];
  await using server = Deno.serve({ port: 0, onListen: () => {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    upgrades.watch(socket, { peer: { address: "192.0.2.1" }, signal: NEVER }, {
      onOpen: () => {
        outcomes.push("open");
        socket.send("welcome");
      },
      onLost: () => void outcomes.push("lost"),
    });
    return response;
  });
  await using client = await TestSocket.open(server.addr.port);
  await client.received(1);
  assertEquals([outcomes, upgrades.lost, upgrades.opening], [["open"], 0, 0]);
});

Deno.test("Upgrades gives up a socket that does not open in time, and closes it if it opens late", async () => {
  const upgrades = new Upgrades(1);
  const socket = fakeSocket();
  const outcome = await new Promise<string>((resolve) =>
    upgrades.watch(socket, { peer: { address: "192.0.2.1" }, signal: NEVER }, {
      onOpen: () => resolve("open"),
      onLost: () => resolve("lost"),
    })
  );
  assertEquals([outcome, upgrades.lost, upgrades.opening], ["lost", 1, 0]);
  socket.onopen?.(new Event("open"));
  assert(socket instanceof EventTargetSocket);
  assertEquals(socket.closedWith, 1013);
});

Deno.test("Upgrades gives up a socket at once when its 101 could not be written", () => {
  const upgrades = new Upgrades();
  const controller = new AbortController();
  let lost = 0;
  const { signal } = controller;
  upgrades.watch(fakeSocket(), { peer: { address: "192.0.2.1" }, signal }, {
    onOpen() {},
    onLost: () => void lost++,
  });
  controller.abort();
  assertEquals([lost, upgrades.lost, upgrades.opening], [1, 1, 0]);
});

Deno.test("Upgrades refuses a network that loses too many, for a while, and no other", () => {
  const upgrades = new Upgrades();
  const now = () => performance.now();
  for (let i = 0; i < 99; i++) lose(upgrades, "192.0.2.1");
  assertEquals(upgrades.wait({ address: "192.0.2.1" }, now()), 0);
  lose(upgrades, "192.0.2.1");
  const wait = upgrades.wait({ address: "192.0.2.1" }, now());
  assert(wait > 0 && wait <= 10_000, `${wait} ms`);
  assertEquals([
    upgrades.wait({ address: "192.0.2.2" }, now()),
    upgrades.wait({ address: "127.0.0.1" }, now()),
  ], [0, 0]);
  assertEquals(upgrades.wait({ address: "192.0.2.1" }, now() + 10_000), 0);
});

Deno.test("Upgrades holds those of this machine back when many were lost, and refuses them in the end", () => {
  const upgrades = new Upgrades();
  const proxy = { address: "127.0.0.1" };
  const now = () => performance.now();
  for (let i = 0; i < 999; i++) lose(upgrades, "127.0.0.1");
  assertEquals([upgrades.wait(proxy, now()), upgrades.hold(proxy, now())], [0, 0]);
  lose(upgrades, "::1");
  const held = Array.from({ length: 100 }, () => upgrades.hold(proxy, now()));
  assert(held.every((ms) => ms >= 200 && ms <= 700) && new Set(held).size > 50, `${held}`);
  assertEquals(upgrades.wait(proxy, now()), 0);
  for (const other of [{ address: "192.0.2.1" }, { ...proxy, claimed: "192.0.2.1" }]) {
    assertEquals(upgrades.hold(other, now()), 0);
  }
  while (upgrades.lost < 5000) lose(upgrades, "127.0.0.1");
  assert(upgrades.wait(proxy, now()) > 0);
});

Deno.test("Upgrades charges the client that a proxy on this machine names, not all behind it", () => {
  const upgrades = new Upgrades();
  const wait = (claimed?: string) =>
    upgrades.wait({ address: "127.0.0.1", claimed }, performance.now());
  for (let i = 0; i < 5000; i++) lose(upgrades, "127.0.0.1", "192.0.2.1");
  assert(wait("192.0.2.1") > 0);
  assertEquals([wait("192.0.2.2"), wait("127.0.0.1"), wait()], [0, 0, 0]);
});

Deno.test("Upgrades refuses an IPv6 /48 whose networks together lose too many, and no other", () => {
  const upgrades = new Upgrades();
  const now = performance.now();
  for (let i = 0; i < 2000; i++) lose(upgrades, `2001:db8:1:${(i % 40).toString(16)}::1`);
  assert(upgrades.wait({ address: "2001:db8:1:ff::1" }, now) > 0);
  assertEquals(upgrades.wait({ address: "2001:db8:2::1" }, now), 0);
});
