import { assert, assertEquals } from "../../testing/assert.ts";
import { MemoryStorage } from "../../testing/storage.ts";
import { ActionQueue, type MessageAction, type Wish } from "./action_queue.ts";
import { openStorage } from "./storage.ts";

const TARGET = { room: "lobby", message: "m1", seq: 1 };
const everywhere = () => true;

function setUp() {
  const area = new MemoryStorage();
  const store = openStorage(() => area);
  const clock = { now: 1_000 };
  return { clock, store, open: () => new ActionQueue(store, () => clock.now) };
}

function react(emoji: string, on: boolean): Wish {
  return { kind: "react", emoji, on };
}

function edit(text: string): Wish {
  return { kind: "edit", text };
}

function wishes(queue: ActionQueue): Wish[] {
  return queue.all.map(({ wish }) => wish);
}

/** Hands the next action over, as the sender does. */
function send(queue: ActionQueue): MessageAction {
  const next = queue.next(everywhere);
  assert(typeof next === "object", `Cannot send: ${next}`);
  queue.handOver(next.id);
  return next;
}

Deno.test("Of reactions that wait only the last wish per message and emoji is kept", () => {
  const queue = setUp().open();
  for (const on of [true, false, true]) queue.add(TARGET, react("👍", on));
  queue.add(TARGET, react("🎉", true));
  queue.add({ ...TARGET, message: "m2", seq: 2 }, react("👍", true));
  assertEquals(queue.all.map(({ seq, wish }) => [seq, wish]), [
    [1, react("👍", true)],
    [1, react("🎉", true)],
    [2, react("👍", true)],
  ]);
});

Deno.test("A change that is in effect already is not sent, unless another may have reached the server", () => {
  const { open } = setUp();
  const queue = open();
  queue.add(TARGET, react("👍", true), { isSo: false });
  queue.add(TARGET, react("👍", false), { isSo: true });
  assertEquals(wishes(queue), []);

  queue.add(TARGET, react("👍", true));
  send(queue);
  queue.add(TARGET, react("👍", false), { isSo: true });
  assertEquals(wishes(queue), [react("👍", true), react("👍", false)]);
  // The connection ended: nobody knows whether the first one took place. The second one decides.
  queue.halt();
  queue.add(TARGET, react("👍", false), { isSo: true });
  assertEquals(wishes(queue), [react("👍", false)]);
});

Deno.test("A later edit replaces one that waits, and a deletion replaces everything", () => {
  const queue = setUp().open();
  queue.add(TARGET, edit("a"));
  const first = send(queue);
  queue.add(TARGET, edit("b"));
  queue.add(TARGET, edit("c"));
  queue.add(TARGET, react("👍", true));
  assertEquals(wishes(queue), [edit("a"), edit("c"), react("👍", true)]);
  assertEquals(new Set(queue.all.map(({ id }) => id)).size, 3);
  queue.add(TARGET, { kind: "delete" });
  assertEquals(wishes(queue), [edit("a"), { kind: "delete" }]);
  queue.remove(first.id);
  assertEquals(send(queue).wish, { kind: "delete" });
});

Deno.test("A change that waits for its message is sent when that is acknowledged, after a reload too", () => {
  const { open } = setUp();
  const waiting = { room: "lobby", message: "mine" };
  const queue = open();
  queue.add(waiting, edit("better"));
  queue.add({ ...TARGET, room: "closed" }, edit("elsewhere"));
  assertEquals(queue.next((room) => room !== "closed"), undefined);
  const again = open();
  assertEquals(wishes(again), [edit("better"), edit("elsewhere")]);
  const user = { id: "me", name: "Ann" };
  again.resolve([{ room: "lobby", seq: 7, id: "mine", user, text: "good", at: 1 }]);
  assertEquals(send(again).seq, 7);
});

Deno.test("One at a time is under way, under the same id after a new connection", () => {
  const { clock, open } = setUp();
  const queue = open();
  queue.add(TARGET, edit("a"));
  queue.add(TARGET, react("👍", true));
  const { id } = send(queue);
  assertEquals(queue.next(everywhere), undefined);
  queue.halt();
  assertEquals(send(queue).id, id);
  queue.postpone(id, 300);
  assertEquals(queue.next(everywhere), 300);
  clock.now += 300;
  assertEquals(send(queue).id, id);
  queue.fail(id, "too_long");
  assertEquals(send(queue).wish, react("👍", true));
  queue.halt();
  queue.retry(id);
  const retried = send(queue);
  assertEquals([retried.wish, retried.id === id], [edit("a"), false]);
});

Deno.test("A change that another tab has sent or replaced is not sent here", () => {
  const { open } = setUp();
  const here = open();
  here.add(TARGET, react("👍", true));
  const there = open();
  there.add(TARGET, react("👍", false));
  assertEquals(here.next(everywhere), undefined);
  assertEquals(wishes(there), [react("👍", false)]);
  assertEquals(wishes(here), []);

  here.add(TARGET, edit("a"));
  const other = open();
  const { id = "" } = other.all.at(-1) ?? {};
  other.remove(id);
  assertEquals(here.find(id)?.wish, edit("a"));
  assertEquals(here.changedElsewhere(`action.${id}`, "")?.wish, edit("a"));
  assertEquals(wishes(here), []);
});
