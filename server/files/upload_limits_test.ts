import { assert, assertEquals } from "../../testing/assert.ts";
import { newUpload } from "../../testing/uploads.ts";
import { UploadLimits } from "./upload_limits.ts";

const HOUR_MS = 60 * 60_000;

Deno.test("UploadLimits lets a person begin 200 uploads at once, and then a few a minute", () => {
  const limits = new UploadLimits();
  const begin = (person: string, now: number) => limits.begin(person, "192.0.2.1", now)?.reason;
  const results = Array.from({ length: 201 }, () => begin("ann", 0));
  assertEquals([results.slice(0, 200).every((it) => it === undefined), results[200]], [
    true,
    "rate",
  ]);
  assertEquals(begin("ben", 0), undefined);
  assertEquals(begin("ann", 5000), undefined);
  assertEquals(begin("ann", 5000), "rate");
});

Deno.test("UploadLimits limits the people of a network together, and not those of this machine", () => {
  const limits = new UploadLimits();
  const begin = (i: number, address: string) => limits.begin(`${i}`, address, 0)?.reason;
  for (let i = 0; i < 2000; i++) begin(i, `2001:db8:0:${i}::1`);
  assertEquals(begin(2000, "2001:db8::1"), "rate");
  assertEquals(begin(2001, "2001:db9::1"), undefined);
  for (let i = 0; i < 2000; i++) begin(i, "127.0.0.1");
  assertEquals(begin(3000, "127.0.0.1"), undefined);
});

Deno.test("UploadLimits removes the oldest upload that is left behind before it refuses", () => {
  const limits = new UploadLimits();
  const own = Array.from({ length: 50 }, (_, i) => newUpload(1, i));
  assertEquals(limits.judgeOpen(own.slice(1), { size: 49, idle: own }, HOUR_MS), undefined);
  assertEquals(limits.judgeOpen(own, { size: 50, idle: own }, HOUR_MS), own[0]);
  const young = limits.judgeOpen(own, { size: 50, idle: own }, 1000);
  assert(young !== undefined && "reason" in young && young.reason === "open");
});

Deno.test("UploadLimits keeps nobody from uploading because others have begun 10,000 uploads", () => {
  const limits = new UploadLimits();
  const others = Array.from({ length: 10 }, (_, i) => newUpload(1, i * 60_000));
  const all = { size: 10_000, idle: others };
  assertEquals(limits.judgeOpen([], all, HOUR_MS), others[0]);
  assertEquals(limits.judgeOpen([], { ...all, idle: others.slice(1) }, HOUR_MS), others[1]);
  // Their owners may continue them.
  const busy = limits.judgeOpen([], all, 5 * 60_000);
  assert(busy !== undefined && "reason" in busy && busy.reason === "open");
  const full = limits.judgeOpen([], { size: 10_000, idle: [] }, HOUR_MS);
  assert(full !== undefined && "reason" in full);
});

Deno.test("UploadLimits reads a bounded number of bodies at once, and a bounded number of bytes a day", () => {
  const limits = new UploadLimits();
  const body = (person: string, address = "192.0.2.1") => limits.body(person, address, 0);
  const own = Array.from({ length: 17 }, () => body("ann"));
  assertEquals(own.filter((it) => "reason" in it).length, 1);
  for (const it of own) if (!("reason" in it)) it[Symbol.dispose]();
  assertEquals(limits.bodies, 0);
  const network = Array.from({ length: 100 }, (_, i) => body(`${i}`));
  assertEquals(network.filter((it) => !("reason" in it)).length, 64);
  for (let i = 0; i < 11; i++) limits.count(`p${i}`, "198.51.100.1", 2 * 1024 ** 3);
  const exhausted = body("zoe", "198.51.100.1");
  assert("reason" in exhausted && exhausted.reason === "bytes");
  assert(!("reason" in limits.body("zoe", "198.51.100.1", 24 * HOUR_MS)));
});

Deno.test("UploadLimits lets nobody use up the bytes of their network with uploads that are not kept", () => {
  const limits = new UploadLimits();
  const address = "192.0.2.1";
  /** Sends a GiB again and again, and returns how many were taken. */
  const send = (person: string, now: number): number => {
    for (let taken = 0;; taken++) {
      const body = limits.body(person, address, now);
      if ("reason" in body) return taken;
      limits.count(person, address, 1024 ** 3);
      body[Symbol.dispose]();
      if (taken === 100) return taken;
    }
  };
  // One more may begin while some bytes are left.
  assertEquals([send("ann", 0), send("ben", 0), send("ann", 0)], [5, 5, 0]);
  assertEquals(send("ann", 24 * HOUR_MS), 4);
});
