/**
 * Measures what the message log costs on NATS: latency, throughput, pages, and a thousand rooms.
 *
 * `deno run -A bench/jetstream_bench.ts [MESSAGES]`, with `nats-server` on the path.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- it prints what it measures
import type { Draft, LogEntry } from "../hub/message_log.ts";
import { LogServer } from "../testing/jetstream.ts";
import { TestNats } from "../testing/nats.ts";

const MESSAGES = Number(Deno.args[0] ?? 100_000);
const IN_FLIGHT = 2000;
const BATCH = 100;
const ROOMS = 1000;
const AUTHORS = 16;
const TEXT = "x".repeat(64);

let count = 0;

function draft(room = "lobby"): Draft<number> {
  const id = `m3k9x2a${(++count).toString(36).padStart(5, "0")}`;
  const user = { id: `p01234567${count % AUTHORS}`, name: "person" };
  return { room, id, user, text: TEXT, origin: count };
}

function quantile(times: number[], q: number): string {
  const sorted = times.toSorted((a, b) => a - b);
  return `${(sorted[Math.floor((sorted.length - 1) * q)] ?? 0).toFixed(2)} ms`;
}

async function time(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

const told = (server: LogServer, total: number) =>
  server.until((entries: LogEntry<number>[]) => entries.length >= total);

const nats = await TestNats.start();
await using one = await LogServer.open(nats);
await using two = await LogServer.open(nats);

const [here, there]: number[][] = [[], []];
for (let i = 0; i < 600; i++) {
  const total = one.told.length + 1;
  const elsewhere = time(() => told(two, total));
  here?.push(await time(() => one.append(draft())));
  there?.push(await elsewhere);
}
console.log("one message, from append to entry");
for (const [where, times] of [["here", here], ["on another server", there]] as const) {
  const later = times?.slice(100) ?? [];
  console.log(`  ${where}: p50 ${quantile(later, 0.5)}, p99 ${quantile(later, 0.99)}`);
}

const before = nats.residentKib();
const start = one.told.length;
const took = await time(async () => {
  for (let sent = 0; sent < MESSAGES; sent += BATCH) {
    one.log.append(Array.from({ length: BATCH }, () => draft()));
    await told(one, start + sent + BATCH - IN_FLIGHT);
  }
  await told(two, start + MESSAGES);
});
console.log(`${MESSAGES} messages, ${IN_FLIGHT} under way`);
console.log(`  ${Math.round(MESSAGES * 1000 / took)}/s, until both servers have them`);
const grown = nats.residentKib() - before;
console.log(`  nats-server grew by ${Math.round(grown * 1024 / MESSAGES)} bytes for each`);

console.log("pages");
for (const limit of [50, 200]) {
  await using fresh = await LogServer.open(nats);
  const read = (place: { before?: number }) =>
    time(() => fresh.log.read({ room: "lobby", limit, bytes: 256 * 1024, ...place }));
  const first = await read({});
  const [again, anywhere]: [number[], number[]] = [[], []];
  for (let i = 0; i < 100; i++) {
    again.push(await read({}));
    anywhere.push(await read({ before: 1 + Math.floor(Math.random() * MESSAGES) }));
  }
  console.log(`  the newest ${limit}: first ${first.toFixed(1)} ms, then ${quantile(again, 0.5)}`);
  console.log(`  ${limit} anywhere: p50 ${quantile(anywhere, 0.5)}`);
}

console.log(`${ROOMS} rooms`);
const small = nats.residentKib();
const made = await time(async () => {
  for (let i = 0; i < ROOMS; i += BATCH) {
    const total = one.told.length + BATCH;
    one.log.append(Array.from({ length: BATCH }, (_, k) => draft(`room${i + k}`)));
    await Promise.all([told(one, total), told(two, total)]);
  }
});
console.log(`  made and written to in ${made.toFixed(0)} ms`);
console.log(
  `  nats-server grew by ${Math.round((nats.residentKib() - small) / ROOMS)} KiB for each`,
);
const opened = await time(async () => {
  await using _server = await LogServer.open(nats);
});
console.log(`  a server starts and stops in ${opened.toFixed(0)} ms`);
await nats.stop();
const restarted = await time(() => nats.start());
const caughtUp = await time(async () => {
  while (!one.log.healthy) await new Promise((resolve) => setTimeout(resolve, 5));
});
console.log(`  nats-server, killed, starts in ${restarted.toFixed(0)} ms,`);
console.log(`  and the servers have caught up ${caughtUp.toFixed(0)} ms later`);
await nats[Symbol.asyncDispose]();
Deno.exit();
