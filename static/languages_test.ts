import { assert, assertEquals } from "../testing/assert.ts";
import { cpuTime } from "../testing/cpu_time.ts";
import { CODE_UNITS, highlighted } from "./highlighting.ts";
import { LANGUAGE_NAMES, readCode } from "./languages.ts";

/** The most that code of the greatest length may cost, in ms of the processor: the page rests after each. */
const MOST_MS = 200;

Deno.test("readCode finds the parts of code, and loses nothing of it", () => {
  const kinds = (code: string, language: string) =>
    readCode(code, language)?.flatMap(({ kind, text }) => kind ? [`${kind}:${text}`] : []);
  assertEquals(kinds("let a = 'b'; // c", "js"), ["keyword:let", "string:'b'", "comment:// c"]);
  assertEquals(kinds("const n: number = 1;", "ts")?.includes("number:1"), true);
  assertEquals(kinds("+ a\n- b", "diff"), ["added:+ a", "removed:- b"]);
  assertEquals(kinds("x", "nothing-such"), undefined);
  assertEquals(kinds("x", "constructor"), undefined);
  for (const language of LANGUAGE_NAMES) {
    const code = `<b class="a">&amp;</b>\nif (x) { return "你好" } # 1\n`;
    assertEquals(readCode(code, language)?.map(({ text }) => text).join(""), code, language);
  }
});

Deno.test("readCode takes bounded time for code that was made to be slow", () => {
  const units = [
    "a",
    "_",
    "A",
    "1",
    "e",
    " ",
    "\n",
    "{",
    "[",
    "(",
    "<a ",
    '"',
    "a ",
    "a.",
    "1.",
    "/",
  ];
  for (const language of LANGUAGE_NAMES) {
    for (
      const unit of [
        ...units,
        "struct ",
        "a::<",
        "<!--",
        "0_",
        "1e",
        'r#"',
        "int a",
        "&",
        "+",
        "a<a> ",
        "a<a,a> ",
      ]
    ) {
      const code = `int ${unit.repeat(CODE_UNITS / unit.length)}`.slice(0, CODE_UNITS);
      const start = cpuTime();
      readCode(code, language);
      const took = cpuTime() - start;
      assert(took < MOST_MS, `${language}: ${JSON.stringify(unit)} took ${took} ms`);
    }
  }
});

Deno.test("highlighted reads no long code", () => {
  assertEquals(highlighted("a".repeat(CODE_UNITS + 1), "js").value, undefined);
});

Deno.test("highlighted reads code later, each once", async () => {
  const tokens = highlighted("let a;", "js");
  assertEquals(tokens.value, undefined);
  assertEquals(highlighted("let a;", "js"), tokens);
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = tokens.subscribe((value) => value && resolve());
  await promise;
  stop();
  assertEquals(tokens.value?.map(({ text }) => text).join(""), "let a;");
});
