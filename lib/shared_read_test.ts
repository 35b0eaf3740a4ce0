import { SharedRead } from "./shared_read.ts";
import { assertEquals } from "../testing/assert.ts";

Deno.test("SharedRead reads once at a time, and for each caller after its call", async () => {
  const reads: PromiseWithResolvers<string>[] = [];
  const shared = new SharedRead(() => {
    const read = Promise.withResolvers<string>();
    reads.push(read);
    return read.promise;
  });
  const first = shared.get();
  const second = [shared.get(), shared.get(), shared.get()];
  assertEquals(reads.length, 1);
  reads[0]?.resolve("one");
  assertEquals(await first, "one");
  await new Promise((resolve) => setTimeout(resolve));
  const third = shared.get();
  assertEquals(reads.length, 2);
  reads[1]?.reject(new Error("lost"));
  const statuses = (await Promise.allSettled(second)).map(({ status }) => status);
  assertEquals(statuses, ["rejected", "rejected", "rejected"]);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(reads.length, 3);
  reads[2]?.resolve("three");
  assertEquals(await third, "three");
  const last = shared.get();
  reads[3]?.resolve("four");
  assertEquals(await last, "four");
});
