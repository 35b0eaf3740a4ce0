import { RoomQuota } from "./room_quota.ts";
import { assert, assertEquals } from "../testing/assert.ts";

/** A quota and the number of things that are used. */
class Fixture {
  used = 0;
  readonly quota: RoomQuota;

  constructor(limit: number) {
    this.quota = new RoomQuota(limit);
  }

  /** Takes as many as an owner gets, up to `most`. */
  take(person: string, network: string, most = Infinity): number {
    let count = 0;
    for (; count < most && this.quota.allows({ person, network }, this.used); count++) {
      this.quota.add({ person, network });
      this.used++;
    }
    return count;
  }
}

Deno.test("RoomQuota gives one person at most half", () => {
  const the = new Fixture(10_000);
  assertEquals(the.take("ann", "a"), 5000);
  assertEquals(the.take("ann", "b"), 0);
});

Deno.test("RoomQuota gives the people of one network half, and each a few more", () => {
  const the = new Fixture(10_000);
  for (let i = 0; i < 100; i++) the.take(`p${i}`, "a", 100);
  // Half, and three for each of the last fifty.
  assertEquals(the.used, 5150);
  assertEquals([the.take("new", "a"), the.take("another", "a")], [3, 3]);
  for (let i = 0; i < 10_000; i++) the.take(`guest${i}`, "a", 100);
  assertEquals(the.used, 6667);
});

Deno.test("RoomQuota always leaves some for the newcomers of other networks", () => {
  const the = new Fixture(10_000);
  for (let network = 0; network < 6; network++) {
    for (let i = 0; i < 2000; i++) the.take(`p${network}-${i}`, `n${network}`, 100);
    assert(the.quota.allows({ person: "new", network: "new" }, the.used), `${network} networks`);
  }
  assert(the.used < 10_000);
});

Deno.test("RoomQuota lets a few people have all of a small limit, and never more", () => {
  const the = new Fixture(3);
  assertEquals([the.take("ann", "a", 2), the.take("bob", "a")], [2, 1]);
  assertEquals([the.take("eve", "a"), the.take("eve", "b")], [0, 0]);
});

Deno.test("RoomQuota frees the share of a removed room", () => {
  const the = new Fixture(100);
  const ann = { person: "ann", network: "a" };
  assertEquals(the.take("ann", "a"), 50);
  for (let i = 0; i < 10; i++) the.quota.remove(ann);
  the.used -= 10;
  assertEquals(the.take("ann", "a"), 10);
});

Deno.test("RoomQuota halves its counts once a day", () => {
  const the = new Fixture(100);
  const ann = { person: "ann", network: "a" };
  the.take("ann", "a");
  const now = performance.now();
  the.quota.age(now + 1000);
  assertEquals(the.quota.allows(ann, 50), false);
  the.quota.age(now + 86_400_001);
  the.quota.age(now + 86_400_002);
  assertEquals([the.quota.allows(ann, 74), the.quota.allows(ann, 75)], [true, false]);
});

/** A network of the IPv6 /48 2001:db8:1::. */
function networkOf48(i: number): string {
  return `2001:db8:1:${i.toString(16)}::/64`;
}

Deno.test("RoomQuota gives an IPv6 /48 at most three quarters, however many networks it uses", () => {
  const the = new Fixture(10_000);
  for (let i = 0; i < 10_000; i++) the.take(`p${i}`, networkOf48(i), 100);
  assertEquals(the.used, 7500);
  assertEquals(the.take("new", networkOf48(20_000)), 0);
  assertEquals(the.take("new", "2001:db8:2:0::/64", 100), 100);
  assertEquals(the.take("other", "192.0.2.1", 100), 100);
});

Deno.test("RoomQuota leaves the networks of an IPv6 /48 a share when one of them takes all it gets", () => {
  const the = new Fixture(10_000);
  for (let i = 0; i < 10_000; i++) the.take(`p${i}`, networkOf48(1), 100);
  assertEquals(the.used, 6667);
  // Each of them may take some, and is then as limited as one that has many.
  for (let i = 2; i < 50; i++) assertEquals(the.take(`q${i}`, networkOf48(i)), 10);
});

Deno.test("RoomQuota counts all networks of an IPv6 /48 when things are returned and halved", () => {
  const the = new Fixture(100);
  for (let i = 0; i < 100; i++) the.take(`p${i}`, networkOf48(i), 1);
  assertEquals(the.used, 75);
  the.quota.remove({ person: "p0", network: networkOf48(0) });
  the.used--;
  assertEquals(the.take("new", networkOf48(500)), 1);
  the.quota.age(performance.now() + 86_400_001);
  assertEquals(the.quota.allows({ person: "new", network: networkOf48(501) }, 87), true);
});
