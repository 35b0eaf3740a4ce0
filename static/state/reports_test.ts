import { assertEquals } from "../../testing/assert.ts";
import { FakeTimers } from "../../testing/fake_timers.ts";
import { Reports } from "./reports.ts";
import { Requests } from "./requests.ts";

Deno.test("Reports ask for the list now and then, however often somebody reports", async () => {
  using timers = new FakeTimers();
  const asked: string[] = [];
  const requests = new Requests(({ id = "" }) => asked.push(id) > 0);
  using reports = new Reports(requests);
  const report = () => requests.take({ type: "reported" });
  const answer = async () => {
    requests.take({ type: "reports", id: asked.at(-1) ?? "", reports: [] });
    await Promise.resolve();
    await Promise.resolve();
  };
  report();
  timers.pass(500);
  assertEquals(asked.length, 1);
  // While the answer is awaited, nothing else is asked for: what the person does would have to wait.
  for (let i = 0; i < 100; i++) {
    report();
    timers.pass(500);
  }
  assertEquals(asked.length, 1);
  await answer();
  assertEquals(reports.list.value, []);
  for (let i = 0; i < 120; i++) {
    report();
    timers.pass(500);
    await answer();
  }
  assertEquals(asked.length, 13);
  // The last report is seen, too, though none follows.
  report();
  timers.pass(10_000);
  assertEquals(asked.length, 14);
  // Also when they were forgotten while an answer was awaited.
  reports.clear();
  timers.pass(10_000);
  report();
  timers.pass(10_000);
  assertEquals(asked.length, 15);
});
