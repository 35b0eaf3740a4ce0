/** Clients that upload much, slowly, or without an end, beside a quiet pair. */
import { assert, assertEquals } from "../../testing/assert.ts";
import type { UPLOADING } from "../../bench/attacks/uploading.ts";
import { type AbuseCase, abuseTests } from "./abuse_case.ts";

const CASES: Record<keyof typeof UPLOADING, AbuseCase> = {
  "uploads": {
    does: "takes uploads of many people at once",
    size: 5,
    contained: (outcome, { size }) => assertEquals(outcome, { 204: size }),
  },
  "slow-uploads": {
    does: "takes slow uploads from many connections",
    size: 50,
    seconds: 1,
    contained: ({ held, answered = 0 }, { size }) => assertEquals(held, size - answered),
  },
  "abandoned-uploads": {
    does: "refuses more and more uploads that nobody goes on with",
    size: 6000,
    contained: ({ 201: begun = 0, 429: refused = 0 }, { size }) => {
      assertEquals(begun + refused, size);
      assert(begun <= 5000, `${begun} begun`);
    },
  },
};

abuseTests(CASES);
