import { assertEquals } from "../testing/assert.ts";
import { FakeTimers } from "../testing/fake_timers.ts";
import { ChangeNews } from "./change_news.ts";
import type { ChangeEffect } from "./effects.ts";

function change(seq: number, rev: number, more: Partial<ChangeEffect> = {}): ChangeEffect {
  const user = { id: "p1", name: "ann" };
  const message = { room: "tea", seq, id: `m${seq}`, user, text: `r${rev}`, at: 1, rev };
  return { type: "changed", room: "tea", rev, message, ...more };
}

Deno.test("ChangeNews sends at once after a pause, then every 250 ms, each message once and by rev", () => {
  using timers = new FakeTimers();
  const told: string[] = [];
  const news = new ChangeNews((room, changes) =>
    void told.push(`${timers.now} ${room} ${changes.map(({ rev }) => rev)}`)
  );
  news.add(change(1, 1));
  for (let rev = 2; rev <= 1000; rev++) {
    news.add(change(rev % 3, rev));
    if (rev === 500) timers.pass(250);
  }
  news.add({ ...change(1, 1), room: "lobby" });
  timers.pass(1000);
  news.add(change(1, 1001));
  assertEquals(told, [
    "0 tea 1",
    "250 tea 498,499,500",
    "250 lobby 1",
    "500 tea 998,999,1000",
    "1250 tea 1001",
  ]);
  news.close();
});

Deno.test("ChangeNews sends an edit that a reaction has followed, and none that was deleted", () => {
  using timers = new FakeTimers();
  const plain: unknown[] = [];
  const news = new ChangeNews((_, changes) =>
    void plain.push(...changes.map(({ plain }) => plain))
  );
  news.add(change(9, 1));
  news.add(change(1, 2, { plain: true }));
  news.add(change(1, 3));
  const deleted = change(2, 5);
  news.add(change(2, 4, { plain: true }));
  news.add({ ...deleted, message: { ...deleted.message, deleted: "author" } });
  timers.pass(250);
  assertEquals(plain, [undefined, true, undefined]);
  news.close();
});

Deno.test("ChangeNews sends nothing once it is closed", () => {
  using timers = new FakeTimers();
  let told = 0;
  const news = new ChangeNews(() => void told++);
  news.add(change(1, 1));
  news.add(change(1, 2));
  news.close();
  timers.pass(1000);
  assertEquals(told, 1);
});
