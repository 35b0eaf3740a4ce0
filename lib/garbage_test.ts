import { assert } from "../testing/assert.ts";
import { SOURCE } from "../testing/hubbub.ts";

Deno.test("countGarbage keeps 300 MB of buffers, one after the other, from being in memory together", async () => {
  const module = new URL("./garbage.ts", import.meta.url);
  const code = `import { countGarbage } from ${JSON.stringify(module.href)};
    const rss = () => Deno.memoryUsage().rss;
    const before = rss();
    let most = before;
    for (let i = 0; i < 600; i++) {
      new Uint8Array(512 * 1024).fill(i);
      countGarbage(512 * 1024);
      most = Math.max(most, rss());
    }
    console.log(most - before);`;
  // As the program itself is run.
  const flags = SOURCE.command.filter((word) => word.startsWith("--v8-flags"));
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--no-check", ...flags, code],
  }).output();
  const grown = Number(new TextDecoder().decode(stdout));
  assert(grown < 32 << 20, `${grown} bytes`);
});
