/** Clients that join too much, beside a quiet pair. */
import type { JOINING } from "../../bench/attacks/joining.ts";
import { assert, assertEquals } from "../../testing/assert.ts";
import { type AbuseCase, abuseTests, BUSY_BYTES, SLOW_READER_BYTES } from "./abuse_case.ts";

const CASES: Record<keyof typeof JOINING, AbuseCase> = {
  "empty-rooms": {
    does: "lets a newcomer into rooms when clients have opened thousands of empty ones",
    size: 100,
    contained: ({ joined = 0, newcomer }) => {
      assert(joined > 5000 && joined < 7000, `${joined} rooms were opened`);
      assertEquals(newcomer, 3);
    },
  },
  "memberships": {
    does: "bounds the announcements of clients that all join the same hundred rooms",
    size: 100,
    seconds: 3,
    // 10,000 memberships and their announcements; three times in a row leave no more.
    kept: 128 << 20,
    growth: (size) => size * SLOW_READER_BYTES,
    contained: ({ joined, refused }, { size }) => {
      assertEquals({ joined, refused }, { joined: size * 100, refused: 0 });
    },
  },
  "joins-and-leaves": {
    does: "bounds the cost of clients that join and leave all the time",
    size: 100,
    seconds: 6,
    // Thousands of replies and announcements, of which some are needed for seconds.
    kept: 128 << 20,
    contained: ({ joined = 0, refused }) => {
      assert(joined > 100, `${joined} joins`);
      assertEquals(refused, 0);
    },
  },
  "markers": {
    does: "bounds the cost of people who become members of a hundred rooms, and mark all as read",
    size: 100,
    // 10,000 memberships, as above, and as many markers.
    kept: 128 << 20,
    growth: (size) => size * SLOW_READER_BYTES + BUSY_BYTES,
    contained: ({ joined, done, refused }, { size }) => {
      assertEquals({ joined, done, refused }, { joined: size * 100, done: size * 100, refused: 0 });
    },
  },
};

abuseTests(CASES);
