import { join } from "node:path";
import { fileURLToPath } from "node:url";
import config from "../deno.json" with { type: "json" };
import { anchorsOf, brokenLinks, taleWords } from "./document_rules.ts";
import { RULES } from "./import_rules.ts";
import { assert, assertEquals } from "../testing/assert.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

function exists(path: string): boolean {
  try {
    Deno.statSync(join(ROOT, path));
    return true;
  } catch {
    return false;
  }
}

/** Reads the documents below a folder, by path relative to the root. */
async function readDocuments(folder: string): Promise<Map<string, string>> {
  const documents = new Map<string, string>();
  for await (const { name, isDirectory } of Deno.readDir(join(ROOT, folder))) {
    const path = join(folder, name);
    if (isDirectory && folder !== ".") {
      for (const [inner, text] of await readDocuments(path)) documents.set(inner, text);
    } else if (name.endsWith(".md")) {
      documents.set(path, await Deno.readTextFile(join(ROOT, path)));
    }
  }
  return documents;
}

Deno.test("brokenLinks finds links to missing files and headings, and no others", () => {
  const documents = new Map([
    ["README.md", "[a](docs/a.md#two-words) ![b](docs/b.png) [c](https://example.org/#x)"],
    ["docs/a.md", "## Two *words*!\n[up](../README.md) [self](#two-words)\n```\n[x](no)\n```\n"],
    ["docs/bad.md", "[a](a.md#three) [b](../b.md) [c](c.md 'title') [d](#none)"],
  ]);
  const known = new Set([...documents.keys(), "docs/b.png"]);
  const broken = [...documents.keys()].flatMap((path) =>
    brokenLinks(path, documents, (target) => known.has(target))
  );
  assertEquals(broken, [
    "docs/bad.md: a.md#three has no such heading",
    "docs/bad.md: ../b.md does not exist",
    "docs/bad.md: #none has no such heading",
  ]);
});

Deno.test("anchorsOf names headings as GitHub does", () => {
  const text = "# hubbub.v1: to the server\n## A & B\n## A `code` [link](x)\n## Twice\n## Twice\n";
  assertEquals(
    [...anchorsOf(text)],
    ["hubbubv1-to-the-server", "a--b", "a-code-link", "twice", "twice-1"],
  );
});

const documents = new Map<string, string>();
for (const folder of [".", "docs", ".github", "examples", "ops"]) {
  for (const [path, text] of await readDocuments(folder)) documents.set(path, text);
}

Deno.test("every relative link in the documents leads somewhere", () => {
  assert(documents.size > 10, `found ${documents.size} documents only`);
  const broken = [...documents.keys()].flatMap((path) => brokenLinks(path, documents, exists));
  assertEquals(broken, []);
});

Deno.test("taleWords finds words of tales outside code", () => {
  const text = "Whoever hears `told` mends it.\n```text\nfor ever\n```\nRecommend it.";
  assertEquals(taleWords(text), ["Whoever", "hears", "mends"]);
});

Deno.test("documents use the field's words", () => {
  const odd = Array.from(documents, ([path, text]) => ({ path, words: taleWords(text) }));
  assertEquals(odd.filter(({ words }) => words.length > 0), []);
});

Deno.test("only documents whose commands are run by tests have blocks of commands", () => {
  const withCommands = [...documents].filter(([, text]) => /^```(?:sh|bash|console)$/m.test(text));
  // e2e/readme_test.ts and ops/servers_test.ts run theirs.
  assertEquals(withCommands.map(([path]) => path).sort(), ["README.md", "docs/cluster.md"]);
});

Deno.test("every module that a document names exists", () => {
  const missing = Array.from(documents).flatMap(([path, text]) =>
    Array.from(
      text.matchAll(/`([\w.-]+\/[\w./-]*\.(?:tsx?|mjs|yml|conf|json))`/g),
      ([, name = ""]) => name,
    )
      .filter((name) => !exists(name)).map((name) => `${path}: ${name}`)
  );
  assertEquals(missing, []);
});

Deno.test("docs/dependencies.md names every package of deno.json", () => {
  const text = documents.get("docs/dependencies.md") ?? "";
  const names = Object.keys(config.imports).map((name) => name.replace(/\/$/, ""));
  const missing = names.filter((name) => {
    const scope = name.startsWith("@std/") ? "@std" : name.replace(/^@nats-io\/.*/, "@nats-io/*");
    return !text.includes(`\`${scope}\``);
  });
  assertEquals(missing, []);
});

Deno.test("docs/decisions/README.md lists every record once", () => {
  const records = [...documents.keys()].filter((path) => /decisions\/\d/.test(path)).sort();
  const index = documents.get("docs/decisions/README.md") ?? "";
  const listed = Array.from(index.matchAll(/\]\((\d{4}-[\w-]+\.md)\)/g), ([, name]) => name);
  assertEquals(listed.map((name) => `docs/decisions/${name}`).sort(), records);
  const numbers = records.map((path) => path.slice("docs/decisions/".length).slice(0, 4));
  assertEquals(new Set(numbers).size, numbers.length, "two records have one number");
});

Deno.test("docs/architecture.md lists the imports allowed to each folder", async () => {
  const text = await Deno.readTextFile(join(ROOT, "docs/architecture.md"));
  const rows = new Map(
    Array.from(
      text.matchAll(/^\| `([\w.]+)\/?` +\|[^|]*\| (.*?) +\|$/gm),
      ([, part = "", imports = ""]) => [part, imports],
    ),
  );
  for (const [part, imports] of Object.entries(RULES)) {
    if (!exists(part) || part.includes("/") || part.endsWith("_test.ts")) continue;
    const documented = rows.get(part);
    assert(documented !== undefined, `docs/architecture.md has no row for ${part}`);
    // A row without names speaks of all parts of a kind.
    if (!/^`|^none$/.test(documented)) continue;
    const named = Array.from(documented.matchAll(/`([^`]+)`/g), ([, name = ""]) => name);
    assertEquals(named.sort(), imports.filter(exists).sort(), part);
  }
});
