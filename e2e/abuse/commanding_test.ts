/** Clients whose commands take long, beside a quiet pair. */
import type { COMMANDING } from "../../bench/attacks/commanding.ts";
import { assert, assertEquals } from "../../testing/assert.ts";
import { type AbuseCase, abuseTests, BUSY_BYTES, SLOW_READER_BYTES } from "./abuse_case.ts";

const CASES: Record<keyof typeof COMMANDING, AbuseCase> = {
  "mentions": {
    does: "searches texts full of signs for names in steps",
    size: 20,
    seconds: 2,
    growth: (size) => size * SLOW_READER_BYTES + BUSY_BYTES,
    contained: ({ stored = 0 }, { size }) => assert(stored >= size * 10, `${stored} messages`),
  },
  "searches": {
    does: "bounds the time for people who look for rooms on all of their connections",
    size: 20,
    seconds: 2,
    // A thousand rooms, and their members.
    kept: 128 << 20,
    growth: (size) => size * SLOW_READER_BYTES + BUSY_BYTES,
    contained: ({ listed = 0, refused }, { size }) => {
      assert(listed >= size * 10, `${listed} answers`);
      assertEquals(refused, 0);
    },
  },
  "orders": {
    does: "bounds the work of a batch of commands of many people",
    size: 20,
    seconds: 2,
    // Their memberships.
    kept: 128 << 20,
    growth: (size) => size * SLOW_READER_BYTES + BUSY_BYTES,
    contained: ({ done = 0, refused }, { size }) => {
      assert(done >= size * 10, `${done} commands`);
      assertEquals(refused, 0);
    },
  },
  "returns": {
    does: "bounds the counting for a person who has written all that is unread",
    size: 4,
    seconds: 2,
    kept: 128 << 20,
    growth: (size) => size * SLOW_READER_BYTES + 2 * BUSY_BYTES,
    contained: ({ stored, entered = 0 }, { size }) => {
      assertEquals(stored, size * 2000);
      assert(entered > 0);
    },
  },
  "inboxes": {
    does: "shares the time for commands between networks",
    size: 10,
    seconds: 1,
    kept: 128 << 20,
    growth: (size) => size * SLOW_READER_BYTES + BUSY_BYTES,
    contained: ({ inboxes = 0, pages = 0, refused }, { size }) => {
      assert(inboxes >= size / 2, `${inboxes} answers`);
      assert(pages > 0);
      assertEquals(refused, 0);
    },
  },
};

abuseTests(CASES);
