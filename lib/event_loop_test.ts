import { gatherFullTurns, nextTurn } from "./event_loop.ts";
import { assertEquals } from "../testing/assert.ts";

Deno.test("nextTurn calls all readers once, in order, after microtasks and never at once", async () => {
  const calls: string[] = [];
  const done = new Promise<void>((resolve) => {
    nextTurn(() => calls.push("first"));
    nextTurn(() => {
      calls.push("second");
      resolve();
    });
  });
  await Promise.resolve();
  calls.push("microtask");
  await done;
  assertEquals(calls, ["microtask", "first", "second"]);
});

Deno.test("nextTurn called by a reader waits for another turn", async () => {
  const calls: number[] = [];
  await new Promise<void>((resolve) => {
    nextTurn(() => {
      nextTurn(() => {
        calls.push(2);
        resolve();
      });
      calls.push(1);
    });
  });
  assertEquals(calls, [1, 2]);
});

/** An inbox whose size grows by the next of `turns` each time it is looked at in a later turn. */
function inboxOf(turns: number[]): { readonly size: number; readonly looks: number } {
  let [size, looks] = [turns[0] ?? 0, 0];
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    get looks() {
      return looks;
    },
    get size() {
      timer ??= setTimeout(() => {
        timer = undefined;
        size += turns[++looks] ?? 0;
      });
      return size;
    },
  };
}

Deno.test("gatherFullTurns returns at once when the turn was not full", async () => {
  const inbox = inboxOf([124, 1000]);
  await gatherFullTurns(inbox);
  assertEquals(inbox.looks, 0);
});

Deno.test("gatherFullTurns waits while turns are full, up to 4096 events", async () => {
  const quiet = inboxOf([128, 128, 3, 1000]);
  await gatherFullTurns(quiet);
  assertEquals(quiet.size, 259);
  const endless = inboxOf(Array(1000).fill(128));
  await gatherFullTurns(endless);
  assertEquals(endless.size >= 4096 && endless.size < 4096 + 3 * 128, true);
});
