import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { assert, assertEquals, assertMatch, assertRejects } from "../testing/assert.ts";
import { type Folder, temporaryFolder } from "../testing/folder.ts";
import { readFiles } from "./files.ts";
import { build } from "./build.ts";
import { Failure } from "./failure.ts";

const RULES = "body { margin: 0; padding: 0; color: rebeccapurple; background: white }\n";

async function writePage(folder: Folder): Promise<void> {
  await folder.write(
    "static/index.html",
    `<!doctype html>
<title>Page</title>
<link rel="stylesheet" href="style.css">
<link rel="manifest" href="app.webmanifest">
<link rel="icon" href="icons/small.svg">
<script type="module" src="page.ts"></script>
<a href="https://elsewhere.example/style.css">Elsewhere</a> <a href="./">Home</a>
`,
  );
  await folder.write(
    "static/style.css",
    `@import "colors.css";\n${RULES.repeat(20)}p { background: url("icons/b.svg#x") }`,
  );
  await folder.write("static/colors.css", '/* Bold. */\nb {\n  background: url("icons/b.svg")\n}');
  await folder.write("static/app.webmanifest", `{ "icons": [{ "src": "icons/small.svg" }] }`);
  await folder.write("static/icons/small.svg", `<svg xmlns="http://www.w3.org/2000/svg"/>`);
  await folder.write("static/icons/b.svg", `<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>`);
  await folder.write("static/robots.txt", "User-agent: *\n");
  await folder.write("static/page.ts", `import { greet } from "../shared.ts";\ngreet("all");\n`);
  await folder.write(
    "shared.ts",
    `export function greet(name: string): void { document.title = "Hello " + name; }\n`,
  );
}

function options(folder: Folder): { source: string; out: string; inputs: string[] } {
  return {
    source: join(folder.path, "static"),
    out: join(folder.path, "dist", "page"),
    inputs: [join(folder.path, "shared.ts"), join(folder.path, "absent.lock")],
  };
}

async function readHistoryPage(folder: Folder): Promise<Map<string, string>> {
  const files = await readFiles(options(folder).out);
  return new Map([...files].map(([path, content]) => [path, new TextDecoder().decode(content)]));
}

function nameOf(page: Map<string, string>, pattern: RegExp): string {
  const [name, ...others] = [...page.keys()].filter((path) => pattern.test(path));
  assert(name !== undefined && others.length === 0, `one file like ${pattern} expected`);
  return name;
}

Deno.test("build names what the page refers to after its content", async () => {
  await using folder = await temporaryFolder();
  await writePage(folder);
  assertEquals(await build(options(folder)), true);

  const page = await readHistoryPage(folder);
  const icon = nameOf(page, /^icons\/small-[0-9a-f]{10}\.svg$/);
  const image = nameOf(page, /^icons\/b-[0-9a-f]{10}\.svg$/);
  const style = nameOf(page, /^style-[0-9a-f]{10}\.css$/);
  const manifest = nameOf(page, /^app-[0-9a-f]{10}\.webmanifest$/);
  const script = nameOf(page, /^page-[0-9a-f]{10}\.js$/);
  assertEquals(
    page.get("index.html"),
    `<!doctype html>
<title>Page</title>
<link rel="stylesheet" href="${style}">
<link rel="manifest" href="${manifest}">
<link rel="icon" href="${icon}">
<script type="module" src="${script}"></script>
<a href="https://elsewhere.example/style.css">Elsewhere</a> <a href="./">Home</a>
`,
  );
  assertEquals(
    page.get(style),
    `\nb {\nbackground: url("${image}")\n}\n${RULES.repeat(20)}p { background: url("${image}#x") }`,
  );
  assertEquals([...page.keys()].filter((path) => path.startsWith("colors")), []);
  assertEquals(page.get(manifest), `{ "icons": [{ "src": "${icon}" }] }`);
  assertMatch(page.get(script) ?? "", /document\.title="Hello "\+/);
  assertEquals(page.get("robots.txt"), "User-agent: *\n");
  assertEquals([...page.keys()].filter((path) => path.endsWith(".ts")), []);
});

Deno.test("build loads what a script imports later as a file of its own, and what both share ahead", async () => {
  await using folder = await temporaryFolder();
  await writePage(folder);
  // Apart, since these imports are none of this module's.
  const here = ".";
  const greet = `import { greet } from "../shared.ts";\n`;
  await folder.write(
    "static/page.ts",
    `${greet}greet("all");\nonclick = () => import("${here}/later.ts").then(({ bye }) => bye());\n`,
  );
  await folder.write("static/later.ts", `${greet}export const bye = () => greet("nobody");\n`);
  await build(options(folder));

  const page = await readHistoryPage(folder);
  const script = nameOf(page, /^page-[0-9a-f]{10}\.js$/);
  const later = nameOf(page, /^later-[0-9a-f]{10}\.js$/);
  const shared = nameOf(page, /^chunk-[0-9a-f]{10}\.js$/);
  assertMatch(
    page.get("index.html") ?? "",
    new RegExp(
      `<link rel="modulepreload" href="${shared}">\n<script type="module" src="${script}">`,
    ),
  );
  assertEquals([script, later].map((name) => page.get(name)?.includes(`"./${shared}"`)), [
    true,
    true,
  ]);
  assertEquals(page.get(script)?.includes(`import("${here}/${later}")`), true);
  assertMatch(page.get(shared) ?? "", /document\.title="Hello "\+/);
  assertEquals(page.get("index.html")?.includes(later), false);
});

Deno.test("build loads the helpers of a part that is no module only with that part", async () => {
  await using folder = await temporaryFolder();
  await writePage(folder);
  const here = ".";
  await folder.write("static/old.cjs", `module.exports = { bye: () => document.title = "" };\n`);
  await folder.write("static/code.ts", `import old from "${here}/old.cjs";\nold.bye();\n`);
  await folder.write("static/load.ts", `export const load = () => import("${here}/code.ts");\n`);
  const load = `import { load } from "${here}/load.ts";\nonclick = load;\n`;
  await folder.write("static/later.ts", load);
  await folder.write("static/page.ts", `${load}onkeydown = () => import("${here}/later.ts");\n`);
  await build(options(folder));

  const page = await readHistoryPage(folder);
  const script = nameOf(page, /^page-[0-9a-f]{10}\.js$/);
  const later = nameOf(page, /^later-[0-9a-f]{10}\.js$/);
  const bare = [script, later].filter((name) => /\bimport\s*"/.test(page.get(name) ?? ""));
  assertEquals(bare, []);
  assertEquals(page.get("index.html")?.split("modulepreload").length, 2);
});

Deno.test("build compresses files that get smaller, and they decode to the same", async () => {
  await using folder = await temporaryFolder();
  await writePage(folder);
  await build(options(folder));

  const page = await readFiles(options(folder).out);
  let compressed = 0;
  for (const [path, content] of page) {
    const decode = path.endsWith(".br")
      ? brotliDecompressSync
      : path.endsWith(".gz")
      ? gunzipSync
      : undefined;
    if (decode === undefined) continue;
    compressed++;
    const original = page.get(path.slice(0, -3));
    assert(original !== undefined && content.length < original.length);
    assertEquals(new Uint8Array(decode(content)), original);
  }
  assert(compressed >= 4, "index.html and style.css have both forms");
  assert(!page.has("robots.txt.br") && !page.has("robots.txt.gz"));
});

Deno.test("build does nothing when nothing changed", async () => {
  await using folder = await temporaryFolder();
  await writePage(folder);
  await build(options(folder));
  const index = join(options(folder).out, "index.html");
  const before = await Deno.stat(index);

  assertEquals(await build(options(folder)), false);
  const after = await Deno.stat(index);
  assertEquals([after.ino, after.mtime], [before.ino, before.mtime]);

  await Deno.remove(options(folder).out, { recursive: true });
  assertEquals(await build(options(folder)), true);
});

Deno.test("build gives changed sources new names, and removes the old files", async () => {
  await using folder = await temporaryFolder();
  await writePage(folder);
  await build(options(folder));
  const before = await readHistoryPage(folder);

  await folder.write("shared.ts", `export function greet(name: string): void { alert(name); }\n`);
  assertEquals(await build(options(folder)), true);
  const after = await readHistoryPage(folder);
  assertNamesDiffer(before, after, /^page-.*\.js$/);
  assertEquals(nameOf(after, /^style-.*\.css$/), nameOf(before, /^style-.*\.css$/));

  await folder.write("static/icons/small.svg", "<svg/>");
  assertEquals(await build(options(folder)), true);
  assertNamesDiffer(after, await readHistoryPage(folder), /^app-.*\.webmanifest$/);
});

function assertNamesDiffer(
  before: Map<string, string>,
  after: Map<string, string>,
  pattern: RegExp,
): void {
  const [old, current] = [nameOf(before, pattern), nameOf(after, pattern)];
  assert(old !== current && !after.has(old), `${old} must be gone`);
}

Deno.test("build makes the same page of the same sources anywhere", async () => {
  await using one = await temporaryFolder();
  await using other = await temporaryFolder();
  for (const folder of [one, other]) {
    await writePage(folder);
    await build(options(folder));
  }
  assertEquals(await readHistoryPage(one), await readHistoryPage(other));
});

Deno.test("build leaves one whole page when several run at once", async () => {
  await using folder = await temporaryFolder();
  await writePage(folder);
  const built = await Promise.all(Array.from({ length: 4 }, () => build(options(folder))));
  assertEquals(built.filter((did) => did).length, 1);
  assert((await readHistoryPage(folder)).has("index.html"));
});

Deno.test("build names the place of a fault in one line, and keeps the old page", async () => {
  await using folder = await temporaryFolder();
  await writePage(folder);
  await build(options(folder));
  const before = await readHistoryPage(folder);

  await folder.write("static/page.ts", "const a = ;\n");
  const syntax = await assertRejects(() => build(options(folder)), Failure);
  assertMatch(syntax.message, /^Cannot build the page: .*static\/page\.ts:1:11$/);

  await folder.write("static/page.ts", `import "./absent.ts";\n`);
  const module = await assertRejects(() => build(options(folder)), Failure);
  assertMatch(module.message, /^Cannot build the page: .*absent\.ts.*page\.ts:1:8$/);

  await folder.write("static/style.css", "p { background: url(icons/absent.svg) }");
  const reference = await assertRejects(() => build(options(folder)), Failure);
  assertMatch(
    reference.message,
    /^Cannot build the page: style\.css refers to icons\/absent\.svg, /,
  );

  await folder.write("static/style.css", `@import "colors.css";\n`);
  await folder.write("static/colors.css", `@import "style.css";\n`);
  const circle = await assertRejects(() => build(options(folder)), Failure);
  assertMatch(circle.message, /^Cannot build the page: \w+\.css imports \w+\.css, which was /);

  assertEquals(await readHistoryPage(folder), before);
});

Deno.test("build puts into a style sheet that nothing names those that it imports, and nowhere else", async () => {
  await using folder = await temporaryFolder();
  await writePage(folder);
  await folder.write("static/later.css", `@import "cards.css";\n@import "menus.css";\n`);
  await folder.write("static/cards.css", "i { color: red }");
  await folder.write("static/menus.css", "u { color: blue }");
  await build(options(folder));
  const page = await readHistoryPage(folder);
  assertEquals(page.get("later.css"), "i { color: red }\nu { color: blue }\n");
  assertEquals([page.has("cards.css"), page.has("menus.css")], [false, false]);
});
