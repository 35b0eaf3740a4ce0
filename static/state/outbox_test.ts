import { assert, assertEquals } from "../../testing/assert.ts";
import { Outbox } from "./outbox.ts";
import { openStorage } from "./storage.ts";
import { MemoryStorage } from "../../testing/storage.ts";

const everywhere = () => true;

/** An outbox with a clock that a test sets. */
function setUp() {
  const area = new MemoryStorage();
  const store = openStorage(() => area);
  const clock = { now: 1_000_000 };
  const open = () => new Outbox(store, { now: () => clock.now });
  return { area, clock, open };
}

/** The next message to send; a wait would be a fault. */
function textOf(next: ReturnType<Outbox["next"]>): string | undefined {
  assert(typeof next !== "number", `Cannot send: told to wait ${next} ms`);
  return next?.text;
}

Deno.test("One message at a time is under way, in the order they were written", () => {
  const outbox = setUp().open();
  outbox.restart({ rate: 0, burst: 0 });
  const [a, b] = [outbox.add("lobby", "a"), outbox.add("lobby", "b")];
  assertEquals(textOf(outbox.next(everywhere)), "a");
  assertEquals(outbox.next(everywhere), undefined);
  outbox.remove(a.id);
  assertEquals(textOf(outbox.next(everywhere)), "b");
  outbox.remove(b.id);
  assertEquals(outbox.pending, []);
});

Deno.test("After a new connection the same id is sent again, after a reload too", () => {
  const { open } = setUp();
  const outbox = open();
  outbox.restart({ rate: 0, burst: 0 });
  const { id } = outbox.add("lobby", "a");
  outbox.add("lobby", "b");
  assertEquals(textOf(outbox.next(everywhere)), "a");
  outbox.restart({ rate: 0, burst: 0 });
  const again = outbox.next(everywhere);
  assert(typeof again === "object");
  assertEquals(again.id, id);
  assertEquals(open().pending.map(({ text }) => text), ["a", "b"]);
});

Deno.test("A new connection takes up what a closed tab has left, and nobody sends what another tab has sent", () => {
  const { area, clock, open } = setUp();
  const [one, other] = [open(), open()];
  const { id } = one.add("lobby", "from one");
  clock.now++;
  other.add("lobby", "from the other");
  // The tab may be sending it, and is about to remove it.
  let writes = 0;
  area.setItem = () => void writes++;
  other.restart({ rate: 0, burst: 0 });
  assertEquals(writes, 0);
  assertEquals(other.pending.map(({ text }) => text), ["from one", "from the other"]);
  one.remove(id);
  assertEquals(textOf(other.next(everywhere)), "from the other");
  assertEquals(other.pending.length, 1);
});

Deno.test("The pace is the server's: the burst at once, then as many a second", () => {
  const { clock, open } = setUp();
  const outbox = open();
  outbox.restart({ rate: 2, burst: 3 });
  for (let i = 0; i < 5; i++) outbox.add("lobby", `${i}`);
  for (let i = 0; i < 3; i++) {
    const next = outbox.next(everywhere);
    assert(typeof next === "object");
    outbox.remove(next.id);
  }
  assertEquals(outbox.next(everywhere), 500);
  clock.now += 500;
  assertEquals(textOf(outbox.next(everywhere)), "3");
});

Deno.test("A long text counts as one message for each started 4 KiB, as the server counts it", () => {
  const { clock, open } = setUp();
  const outbox = open();
  outbox.restart({ rate: 2, burst: 3 });
  const long = outbox.add("lobby", "x".repeat(16_384));
  outbox.add("lobby", "short");
  assertEquals(textOf(outbox.next(everywhere))?.length, 16_384);
  outbox.remove(long.id);
  assertEquals(outbox.next(everywhere), 1000);
  clock.now += 1000;
  assertEquals(textOf(outbox.next(everywhere)), "short");
});

Deno.test("A message that is refused for a while is the first one again after that", () => {
  const { clock, open } = setUp();
  const outbox = open();
  outbox.restart({ rate: 10, burst: 30 });
  const { id } = outbox.add("lobby", "a");
  outbox.add("lobby", "b");
  outbox.next(everywhere);
  outbox.postpone(id, 700);
  assertEquals(outbox.next(everywhere), 700);
  clock.now += 700;
  assertEquals(textOf(outbox.next(everywhere)), "a");
});

Deno.test("A message that is refused for good is set aside until it is tried again", () => {
  const outbox = setUp().open();
  outbox.restart({ rate: 0, burst: 0 });
  const { id } = outbox.add("lobby", "a");
  outbox.add("lobby", "b");
  outbox.next(everywhere);
  outbox.fail(id, "too_long");
  assertEquals(outbox.pending[0]?.failed, "too_long");
  const second = outbox.next(everywhere);
  assertEquals(textOf(second), "b");
  assert(typeof second === "object");
  outbox.remove(second.id);
  outbox.retry(id);
  assertEquals(textOf(outbox.next(everywhere)), "a");
});

Deno.test("A room that can't be sent to does not hold up another", () => {
  const outbox = setUp().open();
  outbox.restart({ rate: 0, burst: 0 });
  outbox.add("closed", "a");
  outbox.add("open", "b");
  assertEquals(textOf(outbox.next((room) => room === "open")), "b");
});

Deno.test("Nothing is taken for a message whose time is none, or leaves none for the next", () => {
  for (const at of ["1e300", "8640000000000001", "9007199254740991", "-1e300", "null"]) {
    const { area, open } = setUp();
    area.setItem("hubbub.outbox.a", `{"room":"lobby","id":"a","text":"a","at":${at}}`);
    const outbox = open();
    assertEquals(outbox.pending, [], at);
    // The page shows when it was written.
    new Date(outbox.add("lobby", "b").at).toISOString();
  }
});

Deno.test("What another tab keeps because it can't be sent shows here, too, and what it sends does not", () => {
  const { area, open } = setUp();
  const [one, other] = [open(), open()];
  one.keep("tea", "begun in the other", "removed", "kept-1");
  const kept = one.pending[0]?.id ?? "";
  const { id } = one.add("tea", "on its way");
  for (const key of [kept, id].map((each) => `outbox.${each}`)) {
    other.changedElsewhere(key, area.getItem(`hubbub.${key}`) ?? "");
  }
  assertEquals(other.pending.map(({ text }) => text), ["begun in the other"]);
  one.remove(kept);
  other.changedElsewhere(`outbox.${kept}`, "");
  assertEquals(other.pending, []);
});
