import { assert, assertEquals } from "../testing/assert.ts";
import { SteadyClock } from "./steady_clock.ts";
import { DAY_MS } from "./time.ts";

const MINUTE_MS = 60_000;

class Clocks {
  time = Date.UTC(2030, 0, 1);
  elapsed = 1000;
  readonly clock = new SteadyClock({ now: () => this.time, elapsed: () => this.elapsed });

  /** Lets both clocks continue for some minutes, and reads them every minute. */
  pass(minutes: number): void {
    for (let i = 0; i < minutes; i++) {
      this.time += MINUTE_MS;
      this.elapsed += MINUTE_MS;
      this.clock.now();
    }
  }
}

Deno.test("SteadyClock is trusted after the clocks have agreed for an hour", () => {
  const the = new Clocks();
  assert(!the.clock.isTrusted());
  the.pass(59);
  assert(!the.clock.isTrusted());
  the.pass(1);
  assert(the.clock.isTrusted());
  assertEquals(the.clock.now(), the.time);
});

Deno.test("SteadyClock is not trusted for an hour after a jump, ahead or back, large or small", () => {
  for (const jump of [91 * DAY_MS, -91 * DAY_MS, 6000, -6000, 2 * 60 * MINUTE_MS]) {
    const the = new Clocks();
    the.pass(90);
    the.time += jump;
    assert(!the.clock.isTrusted(), `${jump}`);
    the.pass(59);
    the.time -= jump;
    assert(!the.clock.isTrusted(), `${jump} and back`);
    the.pass(59);
    assert(!the.clock.isTrusted(), `${jump} and back, an hour less a minute later`);
    the.pass(1);
    assert(the.clock.isTrusted());
  }
});

Deno.test("SteadyClock notices a jump ahead and back between two readings only by what is left of it", () => {
  const the = new Clocks();
  the.pass(60);
  the.time += 91 * DAY_MS;
  the.time -= 91 * DAY_MS;
  assert(the.clock.isTrusted());
});

Deno.test("SteadyClock allows the corrections of a time service", () => {
  const the = new Clocks();
  for (let i = 0; i < 90; i++) {
    the.time += 30;
    the.pass(1);
  }
  assert(the.clock.isTrusted());
});

Deno.test("SteadyClock is not trusted while it is before a time that was recorded", () => {
  const the = new Clocks();
  the.pass(60);
  assert(the.clock.isTrusted(the.time));
  assert(!the.clock.isTrusted(the.time + DAY_MS));
});
