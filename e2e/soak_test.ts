/**
 * A crowd that comes and goes. `HUBBUB_SOAK=3600` says for how many seconds; a minute when strict,
 * a few seconds in an ordinary run.
 */
import { soak } from "../bench/soak.ts";
import { assert, assertEquals } from "../testing/assert.ts";

const SECONDS = Number(
  Deno.env.get("HUBBUB_SOAK") ?? (Deno.env.get("HUBBUB_TEST_STRICT") === "1" ? 60 : 10),
);

/** What memory may grow by after it has settled: little in an hour, of which a minute tells less. */
const GROWTH = SECONDS >= 3600 ? 1.1 : 2;

/** What V8 may keep at one look and not at another, in bytes. */
const GARBAGE_BYTES = 16 << 20;

Deno.test(`500 clients come, chat and go for ${SECONDS} s, and leave nothing in memory`, async () => {
  const { came, ended, lines, memory } = await soak({ clients: 500, seconds: SECONDS });
  assertEquals(ended, 0);
  assert(came >= 500 && lines > 0);
  const { settled, end } = memory;
  assert(!(end.resident > settled.resident * GROWTH), Deno.inspect(memory));
  assert(end.kept < settled.kept * GROWTH + GARBAGE_BYTES, Deno.inspect(memory));
});
