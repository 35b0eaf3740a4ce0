import { isLinear, regularExpressionsOf } from "./regular_expressions.ts";
import { assertEquals } from "../testing/assert.ts";

/** The folders that read untrusted input. */
const PATHS = ["client.ts", "client", "hub.ts", "hub", "people", "protocol", "server"];

/** Expressions that the rule does not know to be linear, and the reason why each may stay. */
const ALLOWED: Readonly<Record<string, string>> = {
  "-[0-9a-f]{8,}\\.\\w+$": "the names of the program's own files",
  "^\\[([^\\]]*)\\](?::\\d+)?$": "an address of at most 100 characters",
  "^(\\d+(?:\\.\\d+){3}):\\d+$": "an address of at most 100 characters",
  "%.*$": "an address of at most 100 characters",
  "^scrypt\\$(\\d+)\\$(\\d+)\\$(\\d+)\\$([\\w-]+)\\$([\\w-]{43})$": "the program's own hashes",
  "\\p{M}+": "nothing follows that could fail",
  "[/?#](?:[^\\s\\p{P}\\p{S}\\p{C}]|[!#$%&'()+,./:;=?@[\\]^_{}-]|\\*(?!\\*)|~(?!~)|[–·・‐])*":
    "it begins at one place, and its alternatives begin differently",
  "^([\\s\\S]*[/.@][a-z0-9-]*[a-z0-9])[^\\p{Script=Latin}\\p{M}\\p{N}_.:-][^.]*$":
    "the host of an address, of at most 1000 characters in a server",
  "(?:^|[^\\p{L}\\p{N}-])(?:ssh|scp|sftp|rsync|mosh|git|ssh-copy-id)\\s+(?:[^\\s,;!?。，]+[ \\t]+){0,5}$":
    "only the page looks for mail, in 200 characters",
  "https?:\\/\\/(?:[^\\s/?#@]*@)?([^\\s/?#:@]+)": "only the page looks at labels",
  "```[\\s\\S]*?(?:```|$)": "each match ends at a mark or at the end",
  "`[^`\\n]*`": "it ends at the next mark, where the next match may begin",
  "\\|\\|[\\s\\S]*?\\|\\|": "the last mark alone has none behind it",
  ';\\s*charset\\s*=\\s*"?([\\w:.-]{1,40})': "500 characters of a header",
  "<meta[^>]{0,200}?charset\\s*=\\s*[\"']?([\\w:.-]{1,40})": "the first 1024 characters of a page",
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
