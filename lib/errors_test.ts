import { messageOf, oneLine, stackOf, toError } from "./errors.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { cpuTime } from "../testing/cpu_time.ts";

/** Values that JavaScript code may throw. */
const THROWN = [new TypeError("bad"), "text", 7, null, undefined, { toString: () => "object" }];

Deno.test("toError keeps an error and wraps anything else", () => {
  const error = new TypeError("bad");
  assert(toError(error) === error);
  for (const thrown of THROWN) assert(toError(thrown) instanceof Error);
  assertEquals(toError("text").message, "text");
});

Deno.test("messageOf returns the message of an error and the text of anything else", () => {
  assertEquals(THROWN.map(messageOf), ["bad", "text", "7", "null", "undefined", "object"]);
});

Deno.test("oneLine joins lines of any kind and leaves out blank ones", () => {
  assertEquals(oneLine("one"), "one");
  assertEquals(oneLine("\n one \r\n\n\t two\rthree  \n"), "one; two; three");
  assertEquals(oneLine("\n \n"), "");
});

Deno.test("oneLine takes time in proportion to its input", () => {
  const time = (length: number) => {
    const text = " ".repeat(length) + "x";
    const start = cpuTime();
    oneLine(text);
    return cpuTime() - start;
  };
  time(1000);
  // A quadratic one needs seconds.
  assert(time(1_000_000) < 500);
});

Deno.test("stackOf names the place of an error, and has a text for anything else", () => {
  assert(stackOf(new Error("bad")).includes("errors_test.ts"));
  const error = new Error("bad");
  delete error.stack;
  assertEquals(stackOf(error), "bad");
  for (const thrown of THROWN) assert(stackOf(thrown) !== "");
});
