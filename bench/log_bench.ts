/**
 * Measures what the message log costs: writing by batch and by `--sync`, reading by the length of a
 * room.
 *
 * `deno run -A bench/log_bench.ts [MESSAGES]`
 *
 * @module
 */
// deno-lint-ignore-file no-console -- it prints what it measures
import type { Draft, PageQuery } from "../hub/message_log.ts";
import { openLocalState } from "../state/local.ts";
import type { StateMessages } from "../state/messages.ts";
import { DAY_MS, HOUR_MS } from "../lib/time.ts";

const MESSAGES = Number(Deno.args[0] ?? 1_000_000);
const AUTHORS = 16;
const TEXT = "x".repeat(64);

let count = 0;

/** Ids begin with the time, as the page makes them: an index is quickest where it grows in order. */
function draft(room: string): Draft<number> {
  const id = `m3k9x2a${(++count).toString(36).padStart(5, "0")}`;
  const user = { id: `p01234567${count % AUTHORS}`, name: "person" };
  return { room, id, user, text: TEXT, origin: count };
}

/** Writes `total` messages in batches, each once the one before has come out. */
async function write(log: StateMessages<number>, room: string, total: number, batch: number) {
  const waits: number[] = [];
  const settled = log.entries[Symbol.asyncIterator]();
  for (let left = total; left > 0; left -= batch) {
    const drafts = Array.from({ length: batch }, () => draft(room));
    const start = performance.now();
    log.append(drafts);
    const { value } = await settled.next();
    if (value?.[0]?.type !== "message") throw new Error("Cannot write: see the disk");
    waits.push(performance.now() - start);
  }
  return waits;
}

function quantile(times: number[], q: number): string {
  const sorted = times.toSorted((a, b) => a - b);
  return `${(sorted[Math.floor((sorted.length - 1) * q)] ?? 0).toFixed(2)} ms`;
}

const sum = (times: number[]) => times.reduce((a, b) => a + b, 0);

const dir = Deno.makeTempDirSync({ prefix: "hubbub_bench_" });

console.log("writing");
for (const sync of ["full", "normal"] as const) {
  for (const batch of [1, 16, 64, 80, 100]) {
    using store = openLocalState<number>({ path: `${dir}/${sync}${batch}.db`, sync });
    await using log = store.messages;
    const waits = await write(log, "lobby", Math.min(batch * 2000, 80_000), batch);
    const rate = Math.round(waits.length * batch * 1000 / sum(waits));
    console.log(
      `  sync ${sync}, batches of ${batch}: ${rate}/s,`,
      `p50 ${quantile(waits, 0.5)}, p99 ${quantile(waits, 0.99)}`,
    );
  }
}

console.log(`a room of ${MESSAGES}`);
const path = `${dir}/long.db`;
{
  using store = openLocalState<number>({ path, sync: "full" });
  await using log = store.messages;
  for (let part = 0; part < 5; part++) {
    const waits = await write(log, "long", MESSAGES / 5, 80);
    console.log(`  written ${part + 1}/5: ${Math.round(MESSAGES / 5 * 1000 / sum(waits))}/s`);
  }
  await write(log, "short", 1000, 80);
}
console.log(`  ${(Deno.statSync(path).size / MESSAGES).toFixed(0)} bytes on disk for each message`);

{
  // Everything is older than a day, by a clock that has agreed with elapsed time for long enough.
  let elapsed = 0;
  const now = () => Date.now() + 2 * DAY_MS + elapsed;
  using store = openLocalState<number>({
    ...{ path, sync: "full", keepDays: 1, now, elapsed: () => elapsed },
  });
  await using log = store.messages;
  const time = async (query: Omit<PageQuery, "bytes">) => {
    const start = performance.now();
    await log.read({ ...query, bytes: 256 * 1024 });
    return performance.now() - start;
  };
  const repeat = async (query: () => Omit<PageQuery, "bytes">) => {
    const times: number[] = [];
    for (let i = 0; i < 500; i++) times.push(await time(query()));
    return `p50 ${quantile(times, 0.5)}, p99 ${quantile(times, 0.99)}, max ${quantile(times, 1)}`;
  };
  const anywhere = () => Math.ceil(Math.random() * MESSAGES);
  const cold = await time({ room: "long", limit: 50 });
  console.log("reading");
  console.log(`  join of the long room, first after opening: ${cold.toFixed(2)} ms`);
  await repeat(() => ({ room: "short", limit: 50 }));
  console.log("  join, 1000 messages:", await repeat(() => ({ room: "short", limit: 50 })));
  console.log(`  join, ${MESSAGES}:`, await repeat(() => ({ room: "long", limit: 50 })));
  for (const direction of ["before", "after"]) {
    const page = await repeat(() => ({ room: "long", [direction]: anywhere(), limit: 200 }));
    console.log(`  200 ${direction} anywhere:`, page);
  }

  await log[Symbol.asyncDispose]();
  const steps: number[] = [];
  elapsed += HOUR_MS;
  for (let more = true; more && steps.length < 500;) {
    const start = performance.now();
    more = await store.retention.step();
    steps.push(performance.now() - start);
  }
  console.log("deleting 200:", `p50 ${quantile(steps, 0.5)}, p99 ${quantile(steps, 0.99)}`);
}
Deno.removeSync(dir, { recursive: true });
