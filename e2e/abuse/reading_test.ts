/** Clients that read too little, or ask for too much, beside a quiet pair. */
import type { READING } from "../../bench/attacks/reading.ts";
import { assert, assertEquals } from "../../testing/assert.ts";
import {
  type AbuseCase,
  abuseTests,
  BUSY_BYTES,
  SLACK_BYTES,
  SLOW_READER_BYTES,
} from "./abuse_case.ts";

const CASES: Record<keyof typeof READING, AbuseCase> = {
  "slow-readers": {
    does: "drops clients that read nothing, which hold no more than their buffers",
    size: 10,
    seconds: 2,
    growth: (size) => Math.max(size * SLOW_READER_BYTES, BUSY_BYTES),
    contained: ({ dropped }, { size }) => assertEquals(dropped, size),
  },
  "fast-readers": {
    does: "keeps as many clients that read",
    size: 10,
    seconds: 2,
    contained: ({ dropped }) => assertEquals(dropped, 0),
  },
  "history": {
    does: "answers a client that asks for history without a pause, at nobody's cost",
    size: 2000,
    contained: ({ answers }, { size }) => assertEquals(answers, size),
  },
  "resent-messages": {
    does: "holds no more than their buffers for clients that resend a message and read nothing",
    size: 30,
    seconds: 3,
    growth: (size) => size * SLOW_READER_BYTES + BUSY_BYTES,
    contained: (outcome, { size }) => {
      assertEquals((outcome.open ?? 0) + (outcome.cut ?? 0), size);
    },
  },
  "large-pages": {
    does: "bounds the pages of history that clients request without a pause",
    size: 10,
    seconds: 4,
    growth: (size) => size * SLOW_READER_BYTES + BUSY_BYTES + SLACK_BYTES,
    contained: ({ megabytes = 0 }, { size, seconds }) => {
      // After 1800 requests at once, 600 per second; a page of 252 KiB counts 16.
      const pages = size * (1800 + (seconds + 2) * 600) / 16;
      assert(megabytes > 0 && megabytes < pages * 0.27, `${megabytes} MB`);
    },
  },
};

abuseTests(CASES);
