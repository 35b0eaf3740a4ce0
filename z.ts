import { TestNats } from "./testing/nats.ts";
import { Nats } from "./nats_connection.ts";
import { JetStreamLog } from "./jetstream_log.ts";
await using s = await TestNats.start();
const nats = await Nats.connect({ url: s.url });
const nats2 = await Nats.connect({ url: s.url });
const log = await JetStreamLog.open<number>(nats);
const log2 = await JetStreamLog.open<number>(nats2);
const out = log.entries[Symbol.asyncIterator]();
let two = 0;
let w = () => {};
(async () => {
  for await (const b of log2.entries) {
    two += b.length;
    w();
  }
})();
let n = 0;
const d = (room = "lobby") => ({
  room,
  id: `i${n++}`,
  user: { id: `p${n % 16}`, name: "person" },
  text: "x".repeat(64),
  at: Date.now(),
  origin: n,
});
const lat: number[] = [], lat2: number[] = [];
for (let i = 0; i < 600; i++) {
  const t = performance.now();
  const before = two;
  log.append([d()]);
  await out.next();
  if (i > 100) lat.push(performance.now() - t);
  while (two === before) await new Promise<void>((r) => w = r);
  if (i > 100) lat2.push(performance.now() - t);
}
const q = (a: number[], p: number) =>
  a.toSorted((x, y) => x - y)[Math.floor(a.length * p)].toFixed(2);
console.log("append->entry p50", q(lat, .5), "p99", q(lat, .99), "on the other", q(lat2, .5));
for (const total of [30000, 100000]) {
  const t = performance.now();
  const cpu = () => {
    const m = Deno.readTextFileSync(`/proc/self/stat`).split(" ");
    return (Number(m[13]) + Number(m[14])) * 10;
  };
  const c = cpu();
  let left = total, sent = 0;
  const b4 = two;
  const pump = () => {
    while (sent < total && sent - (total - left) < 2000) {
      log.append(Array.from({ length: 100 }, () => d()));
      sent += 100;
    }
  };
  pump();
  while (left > 0) {
    const { value } = await out.next();
    left -= value.length;
    pump();
  }
  const ms = performance.now() - t;
  while (two < b4 + total) await new Promise<void>((r) => w = r);
  console.log(
    total,
    "pipelined",
    Math.round(total / ms * 1000),
    "/s; both",
    Math.round(total / (performance.now() - t) * 1000),
    "cpu/msg us",
    (cpu() - c) * 1000 / total,
    "nats KiB",
    s.residentKib(),
  );
}
for (const limit of [50, 200]) {
  const nats3 = await Nats.connect({ url: s.url });
  const log3 = await JetStreamLog.open<number>(nats3);
  const t1 = performance.now();
  await log3.read({ room: "lobby", limit, bytes: 1e6 });
  const cold = performance.now() - t1;
  const times = [];
  for (let i = 0; i < 100; i++) {
    const t = performance.now();
    await log3.read({
      room: "lobby",
      limit,
      before: 1000 + Math.floor(Math.random() * 50000),
      bytes: 1e6,
    });
    times.push(performance.now() - t);
  }
  const warm = [];
  for (let i = 0; i < 100; i++) {
    const t = performance.now();
    await log3.read({ room: "lobby", limit, bytes: 1e6 });
    warm.push(performance.now() - t);
  }
  console.log(
    "page of",
    limit,
    "cold",
    cold.toFixed(1),
    "anywhere p50",
    q(times, .5),
    "cached",
    q(warm, .5),
  );
  await log3[Symbol.asyncDispose]();
  await nats3[Symbol.asyncDispose]();
}
const m0 = s.residentKib();
let t = performance.now();
log.append(Array.from({ length: 1000 }, (_, i) => d(`room${i}`)));
for (let left = 1000; left > 0;) left -= (await out.next()).value.length;
console.log(
  "1000 new rooms",
  (performance.now() - t).toFixed(0),
  "ms",
  s.residentKib() - m0,
  "KiB",
);
t = performance.now();
const nats4 = await Nats.connect({ url: s.url });
const log4 = await JetStreamLog.open<number>(nats4);
console.log("open with 1000 rooms", (performance.now() - t).toFixed(0));
await s.stop();
t = performance.now();
await s.start();
console.log("nats start", (performance.now() - t).toFixed(0), s.residentKib());
while (!log.healthy) await new Promise((r) => setTimeout(r, 10));
console.log("healthy after", (performance.now() - t).toFixed(0));
Deno.exit();
