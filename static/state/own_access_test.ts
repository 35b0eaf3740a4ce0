import { assertEquals } from "../../testing/assert.ts";
import { FakeTimers } from "../../testing/fake_timers.ts";
import { LASTING, OwnAccess } from "./own_access.ts";

const MAY = { administer: false, createRooms: true };

Deno.test("OwnAccess lets a person write again when a mute has run out, however long it was", () => {
  using timers = new FakeTimers();
  let now = 1_000;
  const access = new OwnAccess(() => now);
  function pass(ms: number): void {
    now += ms;
    timers.pass(ms);
  }
  access.take({ role: "member", may: MAY, muted: now + 60_000 });
  assertEquals(access.mutedUntil.value, 61_000);
  pass(59_999);
  assertEquals(access.mutedUntil.value, 61_000);
  pass(1);
  assertEquals(access.mutedUntil.value, undefined);

  // Longer than a timer can be.
  const [timer, rest] = [2 ** 31 - 1, 1_000];
  access.take({ role: "member", may: MAY, muted: now + timer + rest });
  pass(timer);
  pass(rest - 1);
  assertEquals(access.mutedUntil.value, now + 1);
  pass(1);
  assertEquals(access.mutedUntil.value, undefined);
});

Deno.test("OwnAccess takes role, rights and the lifting of a mute as the server sends them", () => {
  using _timers = new FakeTimers();
  const access = new OwnAccess(() => 1_000);
  assertEquals(access.current.value, undefined);
  access.take({ role: "member", may: MAY, muted: LASTING });
  assertEquals(access.mutedUntil.value, LASTING);
  const may = { administer: true, createRooms: true };
  access.take({ role: "admin", may });
  assertEquals([access.current.value, access.mutedUntil.value], [
    { role: "admin", may },
    undefined,
  ]);
  access.take({ role: "member", may: MAY, muted: 999 });
  assertEquals(access.mutedUntil.value, undefined);
});

Deno.test("OwnAccess lets a person be disturbed again when the time has run out", () => {
  using timers = new FakeTimers();
  let now = 1_000;
  const access = new OwnAccess(() => now);
  access.take({ role: "member", may: MAY, undisturbed: now + 60_000 });
  assertEquals([access.undisturbedUntil.value, access.mutedUntil.value], [61_000, undefined]);
  now += 60_000;
  timers.pass(60_000);
  assertEquals(access.undisturbedUntil.value, undefined);
  access.take({ role: "member", may: MAY, undisturbed: LASTING });
  assertEquals(access.undisturbedUntil.value, LASTING);
  access.take({ role: "member", may: MAY });
  assertEquals(access.undisturbedUntil.value, undefined);
});
