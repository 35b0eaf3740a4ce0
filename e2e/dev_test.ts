import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readFiles } from "../build/files.ts";
import { reachableFrom } from "../build/import_graph.ts";
import { assert } from "../testing/assert.ts";
import { launch, noBrowser } from "../testing/browser.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { ROOT } from "../testing/hubbub.ts";
import { freePort } from "../testing/free_port.ts";
import { Visitor } from "../testing/page.ts";
import { RunningProgram } from "../testing/running_program.ts";

/** The longest that any step may take, in ms: each builds the page and starts programs, beside other tests. */
const PATIENCE_MS = 120_000;

/** Copies what `deno task dev` needs of the project into a folder. */
async function copyProject(folder: string): Promise<void> {
  const root = fileURLToPath(ROOT);
  const modules = await reachableFrom(root, ["main.ts", "build/dev.ts", "static/page.tsx"]);
  const page = (await readFiles(join(root, "static"))).keys().map((path) => `static/${path}`);
  for (const path of new Set([...modules, ...page, "deno.json", "deno.lock"])) {
    await Deno.mkdir(join(folder, dirname(path)), { recursive: true });
    await Deno.copyFile(join(root, path), join(folder, path));
  }
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  const text = await Deno.readTextFile(file);
  const changed = change(text);
  assert(changed !== text, `nothing to change in ${file}`);
  await Deno.writeTextFile(file, changed);
}

Deno.test({
  name: "deno task dev shows a change of the page and of the server without a manual step",
  ignore: noBrowser,
  // The library keeps its pipes to the browser open a little longer than a test.
  sanitizeResources: false,
  sanitizeOps: false,
  async fn() {
    await using folder = await temporaryFolder();
    await copyProject(folder.path);
    const port = freePort();
    await using dev = new RunningProgram({
      // In a file: after a restart, a chat in memory is another one, and Ann another person to it, to whom
      // nothing of hers is shown once the page has connected again.
      command: [
        ...[Deno.execPath(), "task", "dev", "--host", "127.0.0.1"],
        ...["--port", String(port), "--data", "chat.db"],
      ],
      cwd: folder.path,
    });
    await dev.prints(/listening/, PATIENCE_MS);
    await using browser = await launch();
    const options = { name: "Ann", patience: PATIENCE_MS };
    const ann = await Visitor.arrive(browser, `http://127.0.0.1:${port}/`, options);
    await ann.box.fill("half a thought");

    // A mistake is reported, and the last page stays.
    const strings = join(folder.path, "static/strings_en.ts");
    const original = await Deno.readTextFile(strings);
    await edit(strings, (text) => text + "\nconst x = ;\n");
    await dev.prints(/Cannot build the page: .*strings_en\.ts/, PATIENCE_MS);
    await ann.status.getByText("Connected").waitFor();

    await Deno.writeTextFile(strings, original.replaceAll('"Send"', '"Send it now"'));
    await ann.page.getByRole("button", { name: "Send it now" }).waitFor();
    await ann.status.getByText("Connected").waitFor();
    assert(await ann.box.inputValue() === "half a thought", "the draft was lost");

    const main = join(folder.path, "main.ts");
    const works = await Deno.readTextFile(main);
    await edit(main, (text) => text + '\nthrow new Error("a fault");\n');
    await dev.prints(/Hubbub has ended with code 1/, PATIENCE_MS);
    await Deno.writeTextFile(main, works + '\nconsole.log("another server");\n');
    await dev.prints(/another server/, PATIENCE_MS);
    await ann.status.getByText("Connected").waitFor();
    await ann.send("hello");
    await ann.message("hello").waitFor();
  },
});
