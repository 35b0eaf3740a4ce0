import { assertEquals } from "../testing/assert.ts";
import { type Candidate, furthest } from "./candidates.ts";

Deno.test("furthest prefers the latest log, then the position, then who already restores it", () => {
  const of = (id: string, candidate: Partial<Candidate>): Candidate => ({
    ...{ id, position: 5, epoch: "one", at: 10, asks: true, restores: false },
    ...candidate,
  });
  const first = (...candidates: Candidate[]) => furthest(candidates)?.id;
  const [a, b] = [of("a", {}), of("b", {})];
  assertEquals(first(b, a), "a");
  assertEquals(first(a, of("b", { restores: true })), "b");
  assertEquals(first(of("a", { restores: true }), of("b", { restores: true })), "a");
  assertEquals(first(of("a", { restores: true }), of("b", { position: 6 })), "b");
  assertEquals(first(of("a", { position: 6 }), of("b", { epoch: "two", at: 11 })), "b");
  assertEquals(first(of("a", { asks: false }), b), "b");
});
