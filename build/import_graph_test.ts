import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "../testing/assert.ts";
import { importGraph, importsOf, readSources } from "./import_graph.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

Deno.test("importsOf finds every form of a relative import", () => {
  // The words are put together here, so that this file itself imports none of these.
  const [i, e] = ["import", "export"];
  const text = `#!/usr/bin/env -S deno run
${i} "./side_effect.ts";
${i} data from "../data.json" with { type: "json" };
${i} main, { type A, b as c } from "./main.ts";
${i} {
  d,
  type E,
} from "./lines.ts";
${i} * as all from "./all.ts";
${i} type { F } from "./types.ts";
${i} type G from "./default_type.ts";
${i} { assert } from "@std/assert";
${e} * from "./every.ts";
${e} * as space from "./space.ts";
${e} { h } from "./named.ts";
${e} type { I } from "./exported_type.ts";
${e} type * from "./exported_types.ts";
${e} const text = "./not_imported.ts";
const later = await ${i}("./later.ts");
type Later = typeof ${i}(
  "./later_type.ts",
  { with: {} }
);
new Worker(new URL("./worker.ts", ${i}.meta.url), { type: "module" });
new Worker(${i}.meta.resolve("./resolved.ts"));
new URL("page.html", ${i}.meta.url);
`;
  assertEquals(
    importsOf("a/b.ts", text).map(({ path, kind }) => `${kind} ${path}`).sort(),
    [
      "code a/all.ts",
      "code a/every.ts",
      "code a/later.ts",
      "code a/later_type.ts",
      "code a/lines.ts",
      "code a/main.ts",
      "code a/named.ts",
      "code a/side_effect.ts",
      "code a/space.ts",
      "code data.json",
      "type a/default_type.ts",
      "type a/exported_type.ts",
      "type a/exported_types.ts",
      "type a/types.ts",
      "url a/resolved.ts",
      "url a/worker.ts",
    ],
  );
});

Deno.test("importGraph reads the sources as Deno does", async () => {
  const graph = importGraph(await readSources(ROOT));
  assert(graph.has("main.ts") && graph.has("static/view/app.tsx"), "not all sources were read");
  const known = [...graph].flatMap(([path, imports]) =>
    imports.filter(({ kind }) => kind !== "url").map((found) => `${path} → ${found.path}`)
  );
  assertEquals([...new Set(known)].sort(), (await graphByDeno([...graph.keys()])).sort());
});

/** Lists the imports between `modules` and other files of the project as Deno's parser finds them. */
async function graphByDeno(modules: readonly string[]): Promise<string[]> {
  const root = new URL("..", import.meta.url).href;
  const all = modules.map((path) => `import ${JSON.stringify(root + path)};`).join("\n");
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--config", "deno.json", `data:text/javascript,${encodeURI(all)}`],
    cwd: ROOT,
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert(text !== "", new TextDecoder().decode(stderr));
  const { modules: found }: { modules: DenoModule[] } = JSON.parse(text);
  const edges = found.filter(({ specifier }) => specifier.startsWith(root)).flatMap((module) =>
    (module.dependencies ?? []).flatMap(({ code, type }) =>
      [code?.specifier, type?.specifier]
        .filter((to) => to?.startsWith(root))
        .map((to) => `${module.specifier.slice(root.length)} → ${to?.slice(root.length)}`)
    )
  );
  return [...new Set(edges)];
}

/** A module in the output of `deno info --json`, as far as it is needed. */
interface DenoModule {
  specifier: string;
  dependencies?: { code?: { specifier: string }; type?: { specifier: string } }[];
}
