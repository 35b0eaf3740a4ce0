import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "../testing/assert.ts";
import { readSources } from "./import_graph.ts";
import {
  ALONE,
  planTests,
  readCounts,
  SECONDS,
  UNSHARED,
  WAITING,
  whatFailed,
} from "./test_plan.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

Deno.test("planTests makes a job of each small folder, and of large files as many as are short", () => {
  const many = Array.from({ length: 31 }, (_, i) => `e2e/new${i}_test.ts`);
  const page = "e2e/page/new_test.ts";
  const files = ["root_test.ts", "lib/b_test.ts", "lib/a_test.ts", ...many, page];
  assertEquals(
    planTests(files).shared.map(({ name, files }) => [name, files]),
    [
      ["e2e 1", many.slice(0, 30)],
      ["e2e/new30_test.ts", many.slice(30)],
      [page, [page]],
      ["lib", ["lib/a_test.ts", "lib/b_test.ts"]],
      ["root_test.ts", ["root_test.ts"]],
    ],
  );
});

Deno.test("planTests starts the longest jobs first and runs each file once", async () => {
  const files = [...(await readSources(ROOT)).keys()].filter((path) => /_test\.tsx?$/.test(path));
  const { shared, waiting, alone } = planTests(files);
  const jobs = [...shared, ...waiting, ...alone];
  assertEquals(jobs.flatMap(({ files }) => files).sort(), files.sort());
  for (const queue of [shared, waiting]) {
    const seconds = queue.map(({ seconds }) => seconds);
    assertEquals(seconds, seconds.toSorted((a, b) => b - a));
  }
  assertEquals(waiting.flatMap(({ files }) => files).sort(), [...WAITING].sort());
  assertEquals(alone.flatMap(({ files }) => files).sort(), [...ALONE].sort());
  for (const name of Object.keys(SECONDS)) {
    const isKnown = jobs.some((job) => job.name === name || job.files.includes(name));
    assert(isKnown, `there is no file or job ${name}`);
  }
});

Deno.test("planTests gives a file that others can't be run with a process of its own", () => {
  const [unshared = ""] = UNSHARED;
  const { shared } = planTests(["bench/a_test.ts", unshared, "bench/z_test.ts"]);
  assertEquals(
    shared.map(({ files }) => files),
    [[unshared], ["bench/a_test.ts", "bench/z_test.ts"]],
  );
});

Deno.test("readCounts reads the last summary of deno test", () => {
  assertEquals(readCounts("a ... ok (1ms)\n\nok | 12 passed | 0 failed (3s)\n"), {
    passed: 12,
    failed: 0,
    ignored: 0,
  });
  assertEquals(
    readCounts("FAILED | 3 passed (5 steps) | 1 failed (2 steps) | 4 ignored (1 step) (1m2s)\n"),
    { passed: 3, failed: 1, ignored: 4 },
  );
  assertEquals(readCounts("error: Module not found\n"), undefined);
});

Deno.test("whatFailed repeats the errors and the list of failures, from both ends", () => {
  const list = [" FAILURES ", "", "b does => ./a_test.ts:2:6", "./a_test.ts (uncaught error)"];
  const output = (errors: readonly string[]) =>
    ["b does ... FAILED (2ms)", "", " ERRORS ", "", ...errors, "", ...list, "", "FAILED | 1 passed"]
      .join("\n");
  const error = ["b does => ./a_test.ts:2:6", "error: Error: x", "    at somewhere"];
  assertEquals(whatFailed(output(error)), [...error, "", ...list]);
  const many = Array.from({ length: 100 }, (_, i) => `error: ${i}`);
  const said = whatFailed(output(many));
  assertEquals([said.length, said[0], said[40]], [81, "error: 0", "…"]);
  assertEquals(said.slice(-4), list);
});

Deno.test("whatFailed says how a program ended that has no list of failures", () => {
  const lines = Array.from({ length: 100 }, (_, i) => `line ${i}`);
  assertEquals(whatFailed(`${lines.join("\n")}\n`), lines.slice(60));
});
