/**
 * A crowd that comes and goes. `HUBBUB_SOAK=3600` says for how many seconds; half a minute when strict,
 * a few seconds in an ordinary run.
 */
import { soak } from "../bench/soak.ts";
import { assert, assertEquals } from "../testing/assert.ts";

const SECONDS = Number(
  Deno.env.get("HUBBUB_SOAK") ?? (Deno.env.get("HUBBUB_TEST_STRICT") === "1" ? 30 : 10),
);

/** Memory may grow by this factor after it has settled: little in an hour; half a minute says less. */
const GROWTH = SECONDS >= 3600 ? 1.1 : 2;

/**
 * V8 may keep this at one look and not at another, in bytes. In half a minute it may not collect its old generation at
 * all: with forced collections, 20 MB were left of 3,000 visits.
 */
const GARBAGE_BYTES = SECONDS >= 3600 ? 16 << 20 : 64 << 20;

Deno.test(`the program keeps nothing in memory of 500 clients that come, chat and go for ${SECONDS} s`, async () => {
  const { came, ended, lines, memory } = await soak({ clients: 500, seconds: SECONDS });
  assertEquals(ended, 0);
  assert(came >= 500 && lines > 0);
  const { settled, end } = memory;
  assert(!(end.resident > settled.resident * GROWTH), Deno.inspect(memory));
  assert(end.kept < settled.kept * GROWTH + GARBAGE_BYTES, Deno.inspect(memory));
});
