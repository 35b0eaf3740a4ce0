/** Clients that open too much, beside a quiet pair. */
import type { OPENING } from "../../bench/attacks/opening.ts";
import { assert, assertEquals } from "../../testing/assert.ts";
import { type AbuseCase, abuseTests } from "./abuse_case.ts";

const CASES: Record<keyof typeof OPENING, AbuseCase> = {
  "connections": {
    does: "opens connections up to the limit, and refuses the others",
    size: 200,
    flags: ["--max-clients", "100"],
    contained: (outcome) => assertEquals(Object.keys(outcome), ["101", "503"]),
  },
  "logins": {
    does: "refuses many logins from one address",
    size: 1000,
    contained: ({ 204: good = 0, 401: bad = 0, 429: refused = 0 }, { size }) => {
      assertEquals(good + bad + refused, size);
      assert(good + bad < 300, `${good} and ${bad} let through`);
    },
  },
  "rooms": {
    does: "refuses, then cuts a client that joins more and more rooms",
    size: 10_000,
    contained: ({ joined, error = 0, 1008: cut }) => {
      assertEquals({ joined, cut }, { joined: 100, cut: 1 });
      // Two more each second, on a machine that is slow.
      assert(error >= 20 && error < 60, `${error} errors`);
    },
  },
  "half-requests": {
    does: "serves others beside half-sent requests",
    size: 500,
    contained: ({ held }, { size }) => assertEquals(held, size),
  },
};

abuseTests(CASES);
