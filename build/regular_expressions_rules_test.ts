import { isLinear, regularExpressionsOf } from "./regular_expressions.ts";
import { assertEquals } from "../testing/assert.ts";

/** Where strangers' input arrives. */
const PATHS = ["client.ts", "client", "hub.ts", "hub", "people", "protocol", "server"];

/** Expressions that the rule does not know to be linear, and the reason why each may stay. */
const ALLOWED: Readonly<Record<string, string>> = {
  "-[0-9a-f]{8,}\\.\\w+$": "the names of the program's own files",
  "^\\[([^\\]]*)\\](?::\\d+)?$": "an address of at most 100 characters",
  "^(\\d+(?:\\.\\d+){3}):\\d+$": "an address of at most 100 characters",
  "%.*$": "an address of at most 100 characters",
  "^scrypt\\$(\\d+)\\$(\\d+)\\$(\\d+)\\$([\\w-]+)\\$([\\w-]{43})$": "the program's own hashes",
  "\\p{M}+": "nothing follows that could fail",
  "\\p{M}{17,}": "at most 17 characters are looked at from each one",
};

Deno.test("regularExpressionsOf finds literals, and no divisions, comments or strings", () => {
  const source = [
    "const a = /a+[/]\\//g;",
    "// /comment/",
    "/* = /block/ */ const b = 4 / 2 / 1;",
    'const c = "= /string/"; const d = f(x) / 2; const e = `= /template/`;',
    "if (/^b$/.test(c)) return /c/;",
  ].join("\n");
  assertEquals(regularExpressionsOf(source), ["a+[/]\\/", "^b$", "c"]);
});

Deno.test("isLinear knows which repetitions are sure to be harmless", () => {
  const linear = [
    "a",
    "^a*b",
    "\\s+",
    "[a-z,]+",
    "^x{1,64}$",
    "a?b?",
    "^\\d{1,3}(\\.\\d{1,3}){3}$",
  ];
  assertEquals(linear.filter((pattern) => !isLinear(pattern)), []);
  const others = [
    "\\s*,\\s*",
    "^(.*?) *$",
    "(a+)+",
    "\\s+$",
    "a*b",
    "^a|b*c",
    "x{3,}y",
    "^(?:a*){9}b",
  ];
  assertEquals(others.filter(isLinear), []);
});

Deno.test("regular expressions for untrusted input take linear time", async () => {
  const faults: string[] = [];
  for (const path of PATHS) {
    for (const file of await sources(path)) {
      for (const pattern of regularExpressionsOf(await Deno.readTextFile(file))) {
        if (!isLinear(pattern) && !Object.hasOwn(ALLOWED, pattern)) {
          faults.push(`${file}: ${pattern}`);
        }
      }
    }
  }
  assertEquals(faults, []);
});

async function sources(path: string): Promise<string[]> {
  if (path.endsWith(".ts")) return [path];
  const files = await Array.fromAsync(Deno.readDir(path));
  return files.map(({ name }) => `${path}/${name}`)
    .filter((file) => file.endsWith(".ts") && !file.endsWith("_test.ts"));
}
