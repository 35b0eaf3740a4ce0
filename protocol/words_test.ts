import { assert, assertEquals } from "../testing/assert.ts";
import { cpuTime } from "../testing/cpu_time.ts";
import { foldText } from "./words.ts";

Deno.test("foldText keeps the voiced marks of half width", () => {
  assertEquals(foldText("ｶﾞﾊﾟ"), "ガパ");
});

Deno.test("foldText cuts long runs of marks, those of half width among them", () => {
  for (const unit of ["\u0301", "\u0301\u0327", "\u0301\uff9e", "\uff9f", "\u0f77", "\u0344"]) {
    const text = `a${unit.repeat(65_536 / unit.length)}`;
    const start = cpuTime();
    const folded = foldText(text);
    const took = cpuTime() - start;
    assert(folded.length <= 100, `${JSON.stringify(unit)} leaves ${folded.length} characters`);
    assert(took < 100, `${JSON.stringify(unit)} takes ${took} ms`);
  }
});
