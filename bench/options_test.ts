import { assert, assertEquals, assertThrows } from "../testing/assert.ts";
import { parseOptions } from "./options.ts";
import { parseScenario } from "./scenarios.ts";

Deno.test("parseScenario reads a name, or rooms, receivers, senders and messages in flight", () => {
  assertEquals(parseScenario("idle"), { kind: "idle", name: "idle" });
  assertEquals(parseScenario("changes"), { kind: "changes", name: "changes" });
  const crowding = { rooms: 1000, receivers: 10, senders: 1, inFlight: 8 };
  assertEquals(parseScenario("1000of10x1x8"), { kind: "load", name: "1000of10x1x8", crowding });
  const one = parseScenario("16x16x8");
  assert(one.kind === "load" && one.crowding.rooms === 1);
  for (const wrong of ["", "idl", "10x11x1", "0of1x1x1", "10x1", "10x1x0", "1of1of1x1x1"]) {
    assertThrows(() => parseScenario(wrong), Error, "A scenario is");
  }
});

Deno.test("parseOptions plans a named scenario for all servers and formats that were not left out", () => {
  const options = parseOptions(["100x10x8", "--peer", "Bun", "--peer", "hubbub", "--rounds", "2"]);
  assertEquals(options?.plan.map(({ servers, wires }) => ({ servers, wires })), [
    { servers: ["bun", "hubbub"], wires: ["json", "plain"] },
  ]);
  assertEquals([options?.rounds, options?.seconds, options?.quick], [2, 3, false]);
});

Deno.test("parseOptions plans every goal's work with --quick, for the servers that the goal names", () => {
  const plan = parseOptions(["--quick"])?.plan ?? [];
  assertEquals(plan.map(({ scenario }) => scenario.name), [
    ...["start", "growth", "idle", "100x10x8", "1000x10x8", "16x16x8", "1000of10x1x1", "100x1x1"],
    "sustained",
  ]);
  const servers = new Map(plan.map(({ scenario, servers }) => [scenario.name, servers]));
  assertEquals(servers.get("100x10x8"), ["hubbub", "bun"]);
  assertEquals(servers.get("100x1x1"), ["hubbub", "ws"]);
});

Deno.test("parseOptions names a wrong flag", () => {
  assertThrows(() => parseOptions(["--peer", "x"]), Error, "--peer takes one of");
  assertThrows(() => parseOptions(["--rounds", "0"]), Error, "--rounds takes");
  assertThrows(() => parseOptions(["--format", "xml"]), Error, "--format takes");
  assertEquals(parseOptions(["--help"]), undefined);
});

Deno.test("parseOptions compares with another checkout in nine rounds, on the usual loads", () => {
  const options = parseOptions(["--against", "../base"]);
  assertEquals(options?.plan.map(({ scenario }) => scenario.name), [
    ...["100x10x8", "1000x10x8", "16x16x8", "1000of10x1x1", "100x1x1"],
  ]);
  assertEquals([options?.rounds, options?.tolerance, options?.against], [9, 0.03, "../base"]);
  assertEquals(options?.plan[0]?.servers, ["hubbub", "base"]);
  assertThrows(() => parseOptions(["--against", ".", "--rounds", "5"]), Error, "--rounds takes");
});
