import { PresenceChanges } from "./presence_changes.ts";
import type { User } from "../protocol/mod.ts";
import { assertEquals } from "../testing/assert.ts";
import { FakeTimers } from "../testing/fake_timers.ts";

const [ann, bob, eve] = [user("ann"), user("bob"), user("eve")];

function user(name: string): User {
  return { id: `id-of-${name}`, name };
}

/** The people of a room, their changes, and a count of notifications. */
class Fixture implements Disposable {
  readonly members = new Map<string, User>();
  readonly timers = new FakeTimers();
  notifications = 0;
  readonly changes = new PresenceChanges(() => this.members, () => this.notifications++);

  join(user: User): void {
    this.members.set(user.id, user);
    this.changes.joined(user);
  }

  leave({ id }: Pick<User, "id">): void {
    const user = this.members.get(id);
    if (user === undefined) throw new Error(`Cannot leave: ${id} is not there`);
    this.members.delete(id);
    this.changes.left(user);
  }

  /** The names that the next notification has. */
  take(): { joined: string[]; left: string[] } | undefined {
    const change = this.changes.take();
    const names = (users: User[]) => users.map(({ name }) => name);
    return change && { joined: names(change.joined), left: names(change.left) };
  }

  [Symbol.dispose](): void {
    this.timers[Symbol.dispose]();
  }
}

Deno.test("PresenceChanges collects changes and notifies once", () => {
  using the = new Fixture();
  the.join(ann);
  the.timers.pass(100);
  the.join(bob);
  the.timers.pass(99);
  assertEquals(the.notifications, 0);
  // 200 ms after the first change, and 1 ms for the one person who was there then.
  the.timers.pass(2);
  assertEquals([the.notifications, the.take()], [1, { joined: ["ann", "bob"], left: [] }]);
  the.timers.pass(10_000);
  assertEquals([the.notifications, the.take()], [1, undefined]);
});

Deno.test("PresenceChanges waits longer for each person in the room", () => {
  using the = new Fixture();
  for (let i = 0; i < 500; i++) the.members.set(`p${i}`, { id: `p${i}`, name: `p${i}` });
  the.join(ann);
  the.timers.pass(700);
  assertEquals(the.notifications, 0);
  the.timers.pass(1);
  assertEquals(the.notifications, 1);
});

Deno.test("PresenceChanges does not mention a person who leaves and returns", () => {
  using the = new Fixture();
  the.join(ann);
  the.take();
  the.leave(ann);
  the.join(ann);
  the.join(bob);
  the.leave(bob);
  assertEquals(the.take(), undefined);
});

Deno.test("PresenceChanges mentions a person who returns under another name", () => {
  using the = new Fixture();
  the.join(ann);
  the.take();
  the.leave(ann);
  the.join({ ...ann, name: "Anna" });
  assertEquals(the.take(), { joined: ["Anna"], left: [] });
});

Deno.test("PresenceChanges sends the net change of a person whom a snapshot showed in between", () => {
  using the = new Fixture();
  the.join(ann);
  the.take();
  the.join(bob);
  assertEquals(the.changes.snapshot(eve).map(({ name }) => name), ["ann", "bob"]);
  the.leave(bob);
  // Eve saw Bob, so she must receive that he left, although the others never saw him.
  assertEquals(the.take(), { joined: [], left: ["bob"] });
});

Deno.test("PresenceChanges does not count a snapshot that shows a person only themselves", () => {
  using the = new Fixture();
  the.join(ann);
  the.take();
  the.join(bob);
  the.changes.snapshot(bob);
  the.leave(bob);
  assertEquals(the.take(), undefined);
});

Deno.test("PresenceChanges sends at most 200 people at once, and the others next", () => {
  using the = new Fixture();
  for (let i = 0; i < 450; i++) the.join({ id: `p${i}`, name: `p${i}` });
  for (const count of [200, 200, 50]) {
    the.timers.pass(10_000);
    assertEquals(the.take()?.joined.length, count);
  }
  the.timers.pass(10_000);
  assertEquals([the.notifications, the.take()], [3, undefined]);
});

Deno.test("PresenceChanges limits a snapshot to 200 people, and counts them all", () => {
  using the = new Fixture();
  for (let i = 0; i < 450; i++) the.join({ id: `p${i}`, name: `p${i}` });
  assertEquals([the.changes.snapshot(ann).length, the.changes.count], [200, 450]);
});

Deno.test("PresenceChanges notifies no more once closed", () => {
  using the = new Fixture();
  the.join(ann);
  the.changes.close();
  the.timers.pass(10_000);
  assertEquals(the.notifications, 0);
});
