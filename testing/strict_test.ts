import { delimiter, join } from "node:path";
import { assert, assertEquals, assertMatch } from "./assert.ts";
import { type Folder, temporaryFolder } from "./folder.ts";
import { missing, onPath } from "./strict.ts";

async function runTests(folder: Folder, strict: string): Promise<{ code: number; text: string }> {
  await folder.write(
    "some_test.ts",
    `import { missing } from ${JSON.stringify(import.meta.resolve("./strict.ts"))};
const ignore = missing("Bagpipe", { found: false, get: "apt-get install bagpipe" });
Deno.test({ name: "plays", ignore, fn: () => {} });
Deno.test({
  name: "plays on",
  ignore: missing("Bagpipe", { found: false, get: "apt-get install bagpipe" }),
  fn: () => {},
});
Deno.test("sings", () => {});
`,
  );
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--quiet", "--no-check", "--allow-env", join(folder.path, "some_test.ts")],
    env: { HUBBUB_TEST_STRICT: strict, NO_COLOR: "1" },
  }).output();
  return { code, text: new TextDecoder().decode(stdout) };
}

Deno.test("missing skips the tests of a tool, and says in one line how to get it", async () => {
  await using folder = await temporaryFolder();
  const { code, text } = await runTests(folder, "");
  assertEquals(code, 0);
  assertEquals(text.match(/^Bagpipe is missing: apt-get install bagpipe .* ignored/gm)?.length, 1);
  assertMatch(text, /1 passed .* 0 failed .* 3 ignored/);
});

Deno.test("missing fails when strict, and says how to get the tool", async () => {
  await using folder = await temporaryFolder();
  const { code, text } = await runTests(folder, "1");
  assertEquals(code, 1);
  assertMatch(text, /^Bagpipe is missing: apt-get install bagpipe .* FAILED/m);
  assertMatch(text, /1 passed .* 1 failed .* 2 ignored/);
});

Deno.test("missing leaves nothing out for a tool at hand", () => {
  assertEquals(missing("Deno", { found: true, get: "" }), false);
});

Deno.test("onPath finds programs where PATH leads", async () => {
  await using folder = await temporaryFolder();
  await folder.write("bagpipe", "");
  const path = Deno.env.get("PATH");
  Deno.env.set("PATH", ["/nowhere", folder.path].join(delimiter));
  try {
    assertEquals(onPath("bagpipe"), join(folder.path, "bagpipe"));
    assert(onPath("absent") === undefined);
  } finally {
    Deno.env.set("PATH", path ?? "");
  }
});
