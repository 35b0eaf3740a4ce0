import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "../testing/assert.ts";
import { importGraph, readSources } from "./import_graph.ts";
import { cyclesOf, importFaults, partOf, RULES } from "./import_rules.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** The faults of made-up sources: each file with the paths that it imports. */
function faultsOf(files: Record<string, string[]>): string[] {
  const sources = Object.entries(files).map(([path, imports]): [string, string] => [
    path,
    imports.map((from) => `import { it } from ${JSON.stringify(from)};\n`).join(""),
  ]);
  return importFaults(importGraph(new Map(sources)));
}

Deno.test("importFaults finds none in this project", async () => {
  const graph = importGraph(await readSources(ROOT));
  assert(graph.size > 200, `${graph.size} sources were read`);
  assertEquals(importFaults(graph), []);
});

Deno.test("importFaults accepts imports that go one way", () => {
  assertEquals(
    faultsOf({
      "main.ts": ["./server/server.ts"],
      "server/server.ts": ["../hub.ts", "../protocol/mod.ts"],
      "hub.ts": ["./hub/room.ts"],
      "hub/room.ts": ["./clients.ts", "../lib/channel.ts"],
      "hub/room_test.ts": ["./room.ts", "../state/database.ts", "../testing/assert.ts"],
      "hub/clients.ts": [],
      "state/database.ts": [],
      "testing/assert.ts": ["../main.ts"],
    }),
    [],
  );
});

Deno.test("importFaults reports a forbidden import, also of types alone", () => {
  assertEquals(faultsOf({ "hub/room.ts": ["../state/database.ts"], "state/database.ts": [] }), [
    "hub/room.ts imports state/database.ts: hub may not import state",
  ]);
  const graph = importGraph(new Map([["lib/a.ts", 'import type { B } from "../hub/b.ts";']]));
  assertEquals(importFaults(graph), ["lib/a.ts imports hub/b.ts: lib may not import hub"]);
});

Deno.test("importFaults reports a program that imports tests or their helpers", () => {
  assertEquals(faultsOf({ "lib/a.ts": ["./b_test.ts", "../testing/c.ts"] }), [
    "lib/a.ts imports lib/b_test.ts, a test",
    "lib/a.ts imports testing/c.ts: lib may not import testing",
  ]);
  assertEquals(faultsOf({ "lib/a_test.ts": ["../e2e/b.ts"] }), [
    "lib/a_test.ts imports e2e/b.ts: lib may not import e2e",
  ]);
});

Deno.test("importFaults reports a cycle of files in one folder", () => {
  assertEquals(
    faultsOf({ "hub/a.ts": ["./b.ts"], "hub/b.ts": ["./c.ts"], "hub/c.ts": ["./a.ts"] }),
    [
      "cycle of files: hub/a.ts → hub/b.ts → hub/c.ts → hub/a.ts",
    ],
  );
  assertEquals(faultsOf({ "lib/a.ts": ["./a.ts"] }), ["cycle of files: lib/a.ts → lib/a.ts"]);
});

Deno.test("importFaults reports a cycle of folders between files that have none", () => {
  assertEquals(
    faultsOf({
      "cli/flags.ts": ["../archive/backup.ts"],
      "cli/exit.ts": [],
      "archive/backup.ts": [],
      "archive/check.ts": ["../cli/exit.ts"],
    }),
    [
      "archive/check.ts imports cli/exit.ts: archive may not import cli",
      "cycle of folders: cli → archive → cli",
    ],
  );
});

Deno.test("importFaults reports a file in a folder without a row", () => {
  assertEquals(faultsOf({ "extra/a.ts": [], "b.ts": [] }), [
    "b.ts lies in no part: add a row to build/import_rules.ts",
    "extra/a.ts lies in no part: add a row to build/import_rules.ts",
  ]);
});

Deno.test("RULES have no cycle and name no part that has no row", () => {
  for (const [part, allowed] of Object.entries(RULES)) {
    for (const other of allowed) {
      assert(Object.hasOwn(RULES, other), `${part} may import ${other}, which has no row`);
    }
  }
  assertEquals(cyclesOf(new Map(Object.entries(RULES).map(([k, v]) => [k, new Set(v)]))), []);
});

Deno.test("the task check covers the types of every folder with sources", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}/deno.json`));
  const words = new Set(String(tasks.check.command).split(/[ /]+/));
  for (const path of (await readSources(ROOT)).keys()) {
    const [top = ""] = path.split("/");
    assert(top === path || words.has(top), `${top} is missing in the task check`);
    assert(partOf(path, RULES) !== undefined);
  }
});
