/** Clients that abuse requests, beside a quiet pair. */
import type { HANDSHAKING } from "../../bench/attacks/handshaking.ts";
import { assert, assertEquals } from "../../testing/assert.ts";
import { type AbuseCase, abuseTests } from "./abuse_case.ts";

const CASES: Record<keyof typeof HANDSHAKING, AbuseCase> = {
  "padded-headers": {
    does: "answers requests with long runs of anything in their headers at once",
    size: 500,
    contained: (outcome) => assertEquals(Object.keys(outcome), ["431"]),
  },
  "resets": {
    does: "returns the places of connections that are reset in their handshake",
    size: 2000,
    contained: (outcome, { size }) => assertEquals(outcome, { reset: size }),
  },
  "double-upgrades": {
    does: "survives handshakes that the runtime fails to upgrade",
    size: 100,
    contained: ({ failed = 0 }) => assertEquals(failed, 0),
  },
  "unclosed": {
    does: "drops clients that never close, and serves others",
    size: 100,
    contained: (outcome, { size }) => assertEquals(outcome, { held: size }),
  },
  "metrics": {
    does: "answers thousands of requests for its metrics",
    size: 1000,
    contained: (outcome, { size }) => assertEquals(outcome, { 200: size }),
  },
  "pipelined": {
    does: "answers requests that arrive without an end",
    size: 2000,
    contained: (outcome, { size }) => assertEquals(outcome, { 200: size }),
  },
  "names": {
    does: "limits the names that a client takes, whatever its rate",
    size: 1000,
    contained: ({ renamed = 0, rate_limited = 0 }, { size }) => {
      assert(renamed > 0 && renamed < 300, `${renamed} names taken`);
      assert(rate_limited > size - 300, `${rate_limited} of ${size} refused`);
    },
  },
  "unread-answers": {
    does: "keeps some answers that nobody reads, and refuses the others",
    size: 2500,
    contained: (outcome, { size }) => {
      const { 200: kept = 0, 429: refused = 0 } = outcome;
      assert(kept > 1500 && kept <= 2048, `${kept} of ${size} answers are kept`);
      assertEquals(kept + refused, size);
    },
  },
};

abuseTests(CASES);
