import { assert, assertEquals, assertThrows } from "../testing/assert.ts";
import { parseOptions } from "./options.ts";
import { parseScenario } from "./scenarios.ts";

Deno.test("a scenario is a name, or rooms, receivers, senders and messages in flight", () => {
  assertEquals(parseScenario("idle"), { kind: "idle", name: "idle" });
  const crowding = { rooms: 1000, receivers: 10, senders: 1, inFlight: 8 };
  assertEquals(parseScenario("1000of10x1x8"), { kind: "load", name: "1000of10x1x8", crowding });
  const one = parseScenario("16x16x8");
  assert(one.kind === "load" && one.crowding.rooms === 1);
  for (const wrong of ["", "idl", "10x11x1", "0of1x1x1", "10x1", "10x1x0", "1of1of1x1x1"]) {
    assertThrows(() => parseScenario(wrong), Error, "A scenario is");
  }
});

Deno.test("what is named is measured with all servers and formats that were not left out", () => {
  const options = parseOptions(["100x10x8", "--peer", "Bun", "--peer", "hubbub", "--rounds", "2"]);
  assertEquals(options?.plan.map(({ servers, wires }) => ({ servers, wires })), [
    { servers: ["bun", "hubbub"], wires: ["json", "plain"] },
  ]);
  assertEquals([options?.rounds, options?.seconds, options?.quick], [2, 3, false]);
});

Deno.test("quick has every goal's work, for the servers that the goal names", () => {
  const plan = parseOptions(["--quick"])?.plan ?? [];
  assertEquals(plan.map(({ scenario }) => scenario.name), [
    ...["start", "growth", "idle", "100x10x8", "1000x10x8", "16x16x8", "1000of10x1x1", "100x1x1"],
    "sustained",
  ]);
  const servers = new Map(plan.map(({ scenario, servers }) => [scenario.name, servers]));
  assertEquals(servers.get("100x10x8"), ["hubbub", "bun"]);
  assertEquals(servers.get("100x1x1"), ["hubbub", "ws"]);
});

Deno.test("a wrong flag is named", () => {
  assertThrows(() => parseOptions(["--peer", "x"]), Error, "--peer takes one of");
  assertThrows(() => parseOptions(["--rounds", "0"]), Error, "--rounds takes");
  assertThrows(() => parseOptions(["--format", "xml"]), Error, "--format takes");
  assertEquals(parseOptions(["--help"]), undefined);
});
