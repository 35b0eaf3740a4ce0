/**
 * What misbehaving clients meet, and that a quiet pair hardly notices them. In full size, with
 * `HUBBUB_TEST_LONG=1`, as `bench/abuse.ts` prints it.
 */
import { type Abuse, abuse, FULL } from "../bench/abuse.ts";
import type { AttackName, Outcome } from "../bench/attackers.ts";
import { assert, assertEquals } from "../testing/assert.ts";

const LONG = Deno.env.get("HUBBUB_TEST_LONG") === "1";

/** The most that the pair's 99th percentile may be, in ms: generous, since machines are shared. */
const PAIR_MS = 1000;

/** What the server's memory may grow by in an attack that accounts for none, in bytes. */
const SLACK_BYTES = 256 << 20;

/** What one that reads nothing may cost: the default of `--send-buffer` and 64 KiB, in bytes. */
const DEAF_BYTES = (1024 + 64) << 10;

/** What a busy server grows by with no attacker at all: code made fast, and V8's heap, in bytes. */
const BUSY_BYTES = 64 << 20;

/**
 * What JavaScript may keep more of after an attack than before, in bytes: garbage that V8 sees no
 * reason to collect yet, which is some 20 MiB; a leak of an attack in full size would be hundreds.
 */
const KEPT_BYTES = 48 << 20;

interface Case {
  promise: string;
  /** In place of the bench's, for an ordinary run. */
  size: number;
  flags?: string[];
  /** What the server's memory may grow by, in bytes. */
  growth?(size: number): number;
  contained(outcome: Outcome, size: number): void;
}

const CASES: Record<AttackName, Case> = {
  deaf: {
    promise: "clients that read nothing are dropped, and hold no more than their buffers",
    size: 10,
    growth: (size) => Math.max(size * DEAF_BYTES, BUSY_BYTES),
    contained: ({ dropped }, size) => assertEquals(dropped, size),
  },
  readers: {
    promise: "as many who read are kept",
    size: 10,
    contained: ({ dropped }) => assertEquals(dropped, 0),
  },
  tiny: {
    promise: "one that floods with tiny frames is cut",
    size: 1_000_000,
    contained: ({ sent = Infinity }, size) => assert(sent < size),
  },
  big: {
    promise: "messages of 64 KiB and a byte end in 1009",
    size: 20,
    contained: (outcome, size) => assertEquals(outcome, { 1009: size }),
  },
  many: {
    promise: "connections are opened up to the limit, the others are told so",
    size: 200,
    flags: ["--max-clients", "100"],
    contained: (outcome) => assertEquals(Object.keys(outcome), ["101", "503"]),
  },
  logins: {
    promise: "many logins from one address are refused",
    size: 1000,
    contained: ({ 204: good = 0, 401: bad = 0, 429: refused = 0 }, size) => {
      assertEquals(good + bad + refused, size);
      assert(good + bad < 300, `${good} and ${bad} let through`);
    },
  },
  rooms: {
    promise: "one that joins ever more rooms is told so, then cut",
    size: 10_000,
    contained: ({ joined, error, 1008: cut }) =>
      assertEquals({ joined, error, cut }, { joined: 100, error: 20, cut: 1 }),
  },
  halves: {
    promise: "half-sent requests hold nobody",
    size: 500,
    contained: ({ held }, size) => assertEquals(held, size),
  },
  history: {
    promise: "one that asks for history without a pause gets it, at nobody's cost",
    size: 2000,
    contained: ({ answers }, size) => assertEquals(answers, size),
  },
};

function check({ under, lost, asked, healthy, memory, kept, left }: Abuse, growth: number): void {
  assertEquals({ lost, healthy, left }, { lost: 0, healthy: asked, left: 0 });
  assert(under.p99 < PAIR_MS, `the pair's p99 was ${under.p99} ms`);
  assert(!(memory.most - memory.before > growth), `memory grew ${Deno.inspect(memory)}`);
  assert(kept.after < kept.before + KEPT_BYTES, `not let go: ${Deno.inspect(kept)}`);
}

for (const [name, { promise, size, flags, growth, contained }] of Object.entries(CASES)) {
  Deno.test(`Abuse: ${promise}; a quiet pair chats on`, async () => {
    // The keys of CASES are the attacks.
    const full = FULL[name as AttackName];
    const asked = LONG ? full : { ...full, size, flags: flags ?? full.flags };
    const result = await abuse(name as AttackName, asked);
    contained(result.outcome, asked.size);
    check(result, growth?.(asked.size) ?? SLACK_BYTES);
  });
}
