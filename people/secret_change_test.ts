import { assert, assertEquals } from "../testing/assert.ts";
import { DAY_MS, good, TestPeople } from "../testing/people.ts";
import { SteadyClock } from "../lib/steady_clock.ts";
import { People } from "./people.ts";
import { SlowHash } from "./secret_hash.ts";

const OLD = "open sesame";
const NEW = "shut sesame";

async function idOf(people: People, cookie: string): Promise<string> {
  using admission = good(await people.enter({ cookie }));
  return admission.person.id;
}

Deno.test("People change a secret only for the old one", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const { token, person } = good(await people.login({ name: "ann", secret: OLD }));
  using admission = good(await people.enter({ cookie: token }));
  for (const old of [undefined, "", "wrong", NEW, OLD.toUpperCase(), "x".repeat(1000)]) {
    const naming = await people.take(admission.person, { name: "ann", secret: NEW, old });
    assertEquals(naming.ok || naming.code, "bad_secret", old);
    const renamed = await people.take(admission.person, { name: "anna", secret: NEW, old });
    assertEquals(renamed.ok || renamed.code, "bad_secret", old);
    // Without an old one, a login proves itself by the present secret.
    const login = await people.login({ name: "ann", secret: NEW, ...(old && { old }) }, token);
    assertEquals(login.ok || login.status, 401, old);
  }
  assertEquals(await idOf(people, token), person.id, "nothing has ended");
  const same = good(await people.take(admission.person, { name: "ann", secret: OLD }));
  assertEquals(same.ended, false, "the same secret is no change");
  assertEquals(await idOf(people, token), person.id);
});

Deno.test("People end every session when a secret changes, by command and by login", async () => {
  for (const way of ["command", "login"]) {
    using test = new TestPeople();
    const people = await test.open();
    const { token, person } = good(await people.login({ name: "ann", secret: OLD }));
    const other = good(await people.login({ name: "ann", secret: OLD }));
    assertEquals(other.person.id, person.id);
    let renewed: string;
    if (way === "command") {
      using admission = good(await people.enter({ cookie: token }));
      const naming = await people.take(admission.person, { name: "ann", secret: NEW, old: OLD });
      assert(good(naming).ended);
      renewed = good(await people.login({ name: "ann", secret: NEW })).token;
    } else {
      const login = good(await people.login({ name: "ann", secret: NEW, old: OLD }, token));
      assert(login.ended);
      renewed = login.token;
    }
    for (const stolen of [token, other.token]) {
      assert(await idOf(people, stolen) !== person.id, way);
      assertEquals(await people.logout(stolen), undefined);
    }
    assertEquals(await idOf(people, renewed), person.id, way);
    const former = await people.login({ name: "ann", secret: OLD });
    assertEquals(former.ok || former.status, 401);
    const again = await test.open();
    assert(await idOf(again, token) !== person.id, "also after a restart");
    assertEquals(await idOf(again, renewed), person.id);
  }
});

Deno.test("People end the sessions from before a first secret", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const { token, person } = good(await people.login({ name: "ann" }));
  using admission = good(await people.enter({ cookie: token }));
  assert(good(await people.take(admission.person, { name: "ann", secret: NEW })).ended);
  assert(await idOf(people, token) !== person.id);
  const guest = good(await people.enter({}));
  using _guest = guest;
  const first = good(await people.take(guest.person, { name: "bob", secret: NEW }));
  assertEquals(first.ended, false, "a guest who takes a name keeps the only session");
  assertEquals(await idOf(people, guest.token ?? ""), guest.person.id);
});

Deno.test("People log out everywhere", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const { token, person } = good(await people.login({ name: "ann", secret: OLD }));
  const other = good(await people.login({ name: "ann", secret: OLD }));
  const out = await people.logout(token, { everywhere: true });
  assertEquals(out?.person, person.id);
  for (const ended of [token, other.token]) assert(await idOf(people, ended) !== person.id);
  const again = good(await people.login({ name: "ann", secret: OLD }));
  assertEquals(await idOf(people, again.token), person.id);
});

Deno.test("People free no name, and forget no ended session, by a clock that jumps", async () => {
  using test = new TestPeople();
  const hashes = new SlowHash({ cost: { N: 2, r: 1, p: 1 } });
  let [time, elapsed] = [Date.UTC(2030, 0, 1), 0];
  const clock = new SteadyClock({ now: () => time, elapsed: () => elapsed });
  const people = await People.open(test.store, { hashes, clock });
  const ann = good(await people.login({ name: "ann" }));
  const bob = good(await people.login({ name: "bob" }));
  await people.logout(bob.token);
  const carl = good(await people.login({ name: "carl" }));
  for (const days of [91, 500, -91]) {
    time += days * DAY_MS;
    test.time = time;
    const login = await people.login({ name: "ann" });
    assertEquals(login.ok || login.status, 409, `${days}`);
    await people.logout(carl.token);
    time -= days * DAY_MS;
    test.time = time;
    assertEquals(await people.logout(bob.token), undefined, "still ended");
    using admission = good(await people.enter({ cookie: ann.token }));
    assertEquals(admission.person, ann.person);
  }
  // Days that really pass free the name.
  const passes = (ms: number) => {
    time += ms;
    elapsed += ms;
  };
  passes(DAY_MS);
  passes(91 * DAY_MS);
  assert((await people.login({ name: "ann" })).ok);
});
