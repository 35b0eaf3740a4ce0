import { assertEquals, assertRejects } from "../../../testing/assert.ts";
import { alone, aloneByNote } from "./alone.ts";

/** A storage that tabs share, and a time that passes while they wait. */
function shared() {
  const notes = new Map<string, string>();
  let time = 1_000_000;
  const storage = {
    get: (key: string) => notes.get(key),
    set: (key: string, value: string) => void notes.set(key, value),
    remove: (key: string) => void notes.delete(key),
  };
  const wait = async (ms: number) => {
    time += ms;
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { notes, options: { storage, wait, now: () => time } };
}

Deno.test("aloneByNote lets one tab after the other act, in whatever order they began", async () => {
  const { notes, options } = shared();
  const { signal } = new AbortController();
  const log: string[] = [];
  await Promise.all(["a", "b", "c"].map((tab) =>
    aloneByNote("file", signal, async () => {
      log.push(`${tab} begins`);
      await options.wait(5_000);
      log.push(`${tab} ends`);
    }, options)
  ));
  assertEquals(log.length, 6);
  for (let at = 0; at < 6; at += 2) assertEquals(log[at + 1]?.[0], log[at]?.[0], log.join());
  assertEquals(notes.size, 0);
});

Deno.test("aloneByNote waits for a tab that has crashed no longer than its note is good, and ends when aborted", async () => {
  const { notes, options } = shared();
  const controller = new AbortController();
  notes.set("alone.file", `other ${options.now()}`);
  const waiting = aloneByNote("file", controller.signal, () => Promise.resolve(), options);
  controller.abort();
  await assertRejects(() => waiting);
  const start = options.now();
  let acted = false;
  await aloneByNote("file", new AbortController().signal, () => {
    acted = true;
    return Promise.resolve();
  }, options);
  assertEquals([acted, options.now() - start >= 80_000], [true, true]);
});

Deno.test("alone goes by notes where the browser refuses each lock, and acts once whatever happens", async () => {
  const { options } = shared();
  const { signal } = new AbortController();
  let count = 0;
  const act = () => Promise.resolve(void count++);
  const refuse = () => Promise.reject(new DOMException("no storage", "SecurityError"));
  await alone("file", signal, act, { ...options, locks: { request: refuse } });
  assertEquals(count, 1);
  await alone("file", signal, act, options);
  assertEquals(count, 2);
  const fail = () => Promise.reject(new Error(`failed ${count++}`));
  await assertRejects(() => alone("file", signal, fail, options), Error, "failed 2");
  assertEquals(count, 3);
  await assertRejects(() =>
    alone("file", AbortSignal.abort(), act, { ...options, locks: { request: refuse } })
  );
  assertEquals(count, 3);
});
