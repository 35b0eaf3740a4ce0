import { DROP_REASONS, DROPS, endingOf, GOING_AWAY } from "./close_reasons.ts";
import { assert, assertEquals } from "../testing/assert.ts";

Deno.test("endingOf reports a broken connection and a peer that answers no ping as drops", () => {
  assertEquals(endingOf(0, "Unexpected EOF").drop, "broken");
  assertEquals(endingOf(1001, "No response from ping frame.").drop, "idle");
});

Deno.test("endingOf never passes on the reason of a client", () => {
  for (const code of [1000, 1001, 1008, 3000, 4999]) {
    for (const reason of ["", "secret", "No response from ping frame", "Too slow"]) {
      assertEquals(endingOf(code, reason), { code, reason: "" });
    }
  }
});

Deno.test("DROP_REASONS lists each reason once", () => {
  assertEquals(DROP_REASONS.length, new Set(DROP_REASONS).size);
  for (const reason of [...Object.keys(DROPS), "idle", "broken"]) {
    assert(DROP_REASONS.some((each) => each === reason), reason);
  }
});

Deno.test("GOING_AWAY is no drop", () => {
  assertEquals([GOING_AWAY.code, GOING_AWAY.drop], [1001, undefined]);
});
