/** Clients that send too much, beside a quiet pair. */
import type { SENDING } from "../../bench/attacks/sending.ts";
import { assert, assertEquals } from "../../testing/assert.ts";
import type { Outcome } from "../../bench/attacks/mod.ts";
import { type AbuseCase, abuseTests } from "./abuse_case.ts";

function closed(outcome: Outcome): void {
  // A peer that continues sending after the close frame may be cut before it reads it.
  assertEquals((outcome[1008] ?? 0) + (outcome.cut ?? 0), 20);
}

const CASES: Record<keyof typeof SENDING, AbuseCase> = {
  "tiny-frames": {
    does: "cuts a client that floods it with tiny frames",
    size: 1_000_000,
    contained: ({ sent = Infinity }, { size }) => assert(sent < size),
  },
  "large-frames": {
    does: "closes a connection with 1009 for a message of 64 KiB and a byte",
    size: 20,
    contained: (outcome, { size }) => assertEquals(outcome, { 1009: size }),
  },
  "empty-frames": {
    does: "cuts clients that flood it with empty frames",
    size: 100_000,
    contained: closed,
  },
  "newline-frames": {
    does: "cuts clients that flood it with frames of newlines",
    size: 500,
    contained: closed,
  },
};

abuseTests(CASES);
