/**
 * A test of each attack of `bench/attacks/`: the server limits it, and a quiet pair hardly notices. In full
 * size with `HUBBUB_TEST_LONG=1`.
 *
 * @module
 */
import { type Abuse, abuse } from "../../bench/abuse.ts";
import { type AttackName, ATTACKS, type Outcome } from "../../bench/attacks/mod.ts";
import { assert, assertEquals } from "../../testing/assert.ts";

const LONG = Deno.env.get("HUBBUB_TEST_LONG") === "1";

/** The time for which the pair is measured in an ordinary run, in ms. */
const MEASURE_MS = 700;

/**
 * The most that the pair's 99th percentile may be, in ms: a server that an attack keeps busy would take longer. The
 * bench says what it is on a machine that nobody else uses.
 */
const PAIR_MS = 10_000;

/** The server's memory may grow by this in an attack that accounts for none, in bytes. */
export const SLACK_BYTES: number = 256 << 20;

/** A client that reads nothing may cost this: the default of `--send-buffer` and 64 KiB, in bytes. */
export const SLOW_READER_BYTES: number = (1024 + 64) << 10;

/** A busy server grows by this with no attacker at all: compiled code, and V8's heap, in bytes. */
export const BUSY_BYTES: number = 64 << 20;

/**
 * JavaScript may keep this much more after an attack than before, in bytes, garbage aside: some of it is needed for a few
 * seconds longer; a leak of an attack in full size would be hundreds.
 */
const KEPT_BYTES = 48 << 20;

/** An attack, and how the server is expected to limit it. */
export interface AbuseCase {
  /** The second part of the test's name. */
  readonly does: string;
  /** In place of the bench's, for an ordinary run. */
  readonly size: number;
  readonly seconds?: number;
  readonly flags?: string[];
  /** In place of {@linkcode KEPT_BYTES}. */
  readonly kept?: number;
  /** The server's memory may grow by this, in bytes. */
  growth?(size: number): number;
  contained(outcome: Outcome, made: { readonly size: number; readonly seconds: number }): void;
}

/** Makes a test of each attack. */
export function abuseTests(cases: Partial<Record<AttackName, AbuseCase>>): void {
  for (const [name, { does, growth, kept, contained, ...usual }] of Object.entries(cases)) {
    Deno.test(`the program ${does}, while a quiet pair chats on`, async () => {
      // The keys of `cases` are the attacks.
      const attack = name as AttackName;
      const result = await abuse(attack, LONG ? {} : { ...usual, measureMs: MEASURE_MS });
      const { size, seconds = 0 } = { ...ATTACKS[attack], ...(LONG ? {} : usual) };
      contained(result.outcome, { size, seconds });
      check(result, growth?.(size) ?? SLACK_BYTES, kept ?? KEPT_BYTES);
    });
  }
}

function check(result: Abuse, growth: number, keptMore: number): void {
  const { under, lost, asked, healthy, memory, kept, recovery } = result;
  assertEquals({ lost, healthy }, { lost: 0, healthy: asked });
  assert(under.p99 < PAIR_MS, `the pair's p99 was ${under.p99} ms`);
  assert(!(memory.most - memory.before > growth), `memory grew ${Deno.inspect(memory)}`);
  assert(kept.after < kept.before + keptMore, `not freed: ${Deno.inspect(kept)}`);
  assert(recovery > 0, "the server had not recovered when the attacker had been gone for a minute");
}
