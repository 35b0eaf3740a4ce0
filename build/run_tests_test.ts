import { join } from "node:path";
import { assertEquals, assertStringIncludes } from "../testing/assert.ts";
import { type Folder, temporaryFolder } from "../testing/folder.ts";

/** A project with the runner and a passing test. */
async function project(): Promise<Folder> {
  const folder = await temporaryFolder();
  for (const name of ["run_tests.ts", "test_plan.ts", "import_graph.ts"]) {
    const text = await Deno.readTextFile(join(import.meta.dirname ?? ".", name));
    await folder.write(`build/${name}`, text);
  }
  await folder.write("lib/good_test.ts", 'Deno.test("good", () => {});');
  return folder;
}

async function runTests({ path }: Folder, ...args: string[]) {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--allow-all", "build/run_tests.ts", ...args],
    cwd: path,
    env: { NO_COLOR: "1" },
    stderr: "null",
  }).output();
  return { code, output: new TextDecoder().decode(stdout) };
}

Deno.test("run_tests.ts passes when all files pass, and ends with the sum", async () => {
  await using folder = await project();
  await folder.write("e2e/fine_test.ts", 'Deno.test("a", () => {}); Deno.test("b", () => {});');
  await folder.write("lib/fine_test.ts", 'Deno.test("c", () => {});');
  const { code, output } = await runTests(folder);
  assertEquals([code, output.trimEnd().split("\n").at(-1)], [0, "4 passed, 0 failed"]);
});

Deno.test("run_tests.ts fails for a test that fails, and for a file that ends at once", async () => {
  await using folder = await project();
  await folder.write("e2e/bad_test.ts", 'Deno.test("bad", () => { throw new Error("why"); });');
  await folder.write("ops/broken_test.ts", 'import "./missing.ts";');
  const { code, output } = await runTests(folder);
  assertEquals([code, output.trimEnd().split("\n").at(-1)], [1, "1 passed, 2 failed"]);
  assertStringIncludes(output, "Error: why");
  assertStringIncludes(output, "FAILED in ops/broken_test.ts:\n  error: Module not found");
  assertStringIncludes(
    output,
    "FAILED in e2e/bad_test.ts:\n  bad => ./e2e/bad_test.ts:1:6\n  error: Error: why\n",
  );
});

Deno.test("run_tests.ts runs the files of a folder in one program, and names what fails in them", async () => {
  await using folder = await project();
  const second = 'Deno.test("second", () => { if (globalThis.first) throw new Error("why"); });';
  await folder.write("lib/a_first_test.ts", "globalThis.first = true;");
  await folder.write("lib/second_test.ts", second);
  const { code, output } = await runTests(folder);
  assertEquals([code, output.trimEnd().split("\n").at(-1)], [1, "1 passed, 1 failed"]);
  assertStringIncludes(output, "lib/second_test.ts");
  assertStringIncludes(output, "FAILED in lib:\n  second => ./lib/second_test.ts:1:6\n");
});

Deno.test("run_tests.ts hands its arguments to deno test", async () => {
  await using folder = await project();
  await folder.write("lib/bad_test.ts", 'Deno.test("bad", () => { throw new Error("why"); });');
  assertEquals((await runTests(folder, "lib", "--filter", "good")).code, 0);
  assertEquals((await runTests(folder, "lib")).code, 1);
});
