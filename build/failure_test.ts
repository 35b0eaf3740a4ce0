import { assertEquals } from "../testing/assert.ts";
import { denoError } from "./failure.ts";

Deno.test("denoError makes one line of Deno's message", () => {
  assertEquals(
    denoError(
      "error: SyntaxError: Expected ';'\n  |\n2 | a b\n  |   ~\n    at file:///p.ts:2:3\n" +
        "error: bundling failed\n\nStack backtrace:\n   0: <unknown>\n",
    ),
    "SyntaxError: Expected ';' at file:///p.ts:2:3",
  );
  assertEquals(
    denoError("error: Module load\n\nCaused by:\n    The lockfile is out of date.\n    changes:\n"),
    "The lockfile is out of date.",
  );
  assertEquals(
    denoError(
      "error: Writing\n\nCaused by:\n    0: Setting up.\n    1: no such name\n\n" +
        "Stack backtrace:\n   0: <unknown>\n",
    ),
    "no such name",
  );
  assertEquals(denoError(""), "no reason given");
});
