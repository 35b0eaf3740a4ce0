import { assert, assertEquals } from "../testing/assert.ts";
import { DAY_MS, good, TestPeople } from "../testing/people.ts";
import { SteadyClock } from "../lib/steady_clock.ts";
import { People } from "./people.ts";
import { SlowHash } from "./secret_hash.ts";

const OLD = "open sesame";
const NEW = "shut sesame";
const TOO_LONG = "x".repeat(257);

/** Hashes secrets, and then has something happen before it answers. */
class InterruptedHash extends SlowHash {
  after = async (): Promise<void> => {};

  constructor() {
    super({ cost: { N: 2, r: 1, p: 1 } });
  }

  override async verify(secret: string, stored: string | undefined): Promise<boolean> {
    const isRight = await super.verify(secret, stored);
    await this.after();
    return isRight;
  }
}

async function idOf(people: People, cookie: string): Promise<string> {
  using admission = good(await people.enter({ cookie }));
  return admission.person.id;
}

Deno.test("People change a secret only for the old one", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const { token, person } = good(await people.login({ name: "ann", secret: OLD }));
  using admission = good(await people.enter({ cookie: token }));
  for (const old of [undefined, "", "wrong", NEW, OLD.toUpperCase(), TOO_LONG]) {
    const naming = await people.take(admission.person, { name: "ann", secret: NEW, old });
    assertEquals(naming.ok || naming.code, "bad_secret", old);
    const renamed = await people.take(admission.person, { name: "anna", secret: NEW, old });
    assertEquals(renamed.ok || renamed.code, "bad_secret", old);
    // Without an old one, a login proves itself by the present secret.
    const login = await people.login({ name: "ann", secret: NEW, ...(old && { old }) }, token);
    assertEquals(login.ok || login.status, old === TOO_LONG ? 400 : 401, old);
  }
  assertEquals(await idOf(people, token), person.id, "nothing has ended");
  const same = good(await people.take(admission.person, { name: "ann", secret: OLD }));
  assertEquals(same.ended, false, "the same secret is no change");
  assertEquals(await idOf(people, token), person.id);
});

Deno.test("People tell nobody who has a secret by refusing an old one that can't be", async () => {
  using test = new TestPeople();
  const people = await test.open();
  good(await people.login({ name: "ann", secret: OLD }));
  for (const name of ["ann", "bob"]) {
    const login = await people.login({ name, secret: NEW, old: TOO_LONG });
    assertEquals(login.ok || login.status, 400, name);
  }
  assertEquals(await test.store.byKey("bob"), undefined);
});

Deno.test("People let nobody in by a secret that changes while it is checked", async () => {
  using test = new TestPeople();
  const hashes = new InterruptedHash();
  const people = await People.open(test.store, { hashes });
  const { person } = good(await people.login({ name: "ann", secret: OLD }));
  const basic = { user: "ann", password: OLD };
  using entry = good(await people.enter({ basic }));
  assertEquals(entry.proof, { person: person.id, generation: 0 });
  const hash = await hashes.hash(NEW);
  hashes.after = async () => {
    hashes.after = async () => {};
    const owner = await test.store.byId(person.id);
    assert(owner && await test.store.claim({ ...owner, secret: hash }));
  };
  const late = await people.enter({ basic });
  assertEquals(late.ok || late.status, 401);
  hashes.after = async () => {
    hashes.after = async () => {};
    const owner = await test.store.byId(person.id);
    assert(owner && await test.store.claim({ ...owner, secret: await hashes.hash(OLD) }));
  };
  const request = await people.recognize({ basic: { user: "ann", password: NEW } });
  assertEquals(request.ok || request.status, 401);
});

Deno.test("People let nobody change a secret by one that changes while the new one is hashed", async () => {
  for (const way of ["command", "login"]) {
    using test = new TestPeople();
    const hashes = new InterruptedHash();
    const people = await People.open(test.store, { hashes });
    const { token } = good(await people.login({ name: "ann", secret: OLD }));
    using admission = good(await people.enter({ cookie: token }));
    // The owner is quicker.
    hashes.after = async () => {
      hashes.after = async () => {};
      const owner = await test.store.byId(admission.person.id);
      const secret = await hashes.hash(NEW);
      assert(owner && await test.store.claim({ ...owner, secret }));
    };
    const change = { name: "ann", secret: "a thief's", old: OLD };
    const late = way === "command"
      ? await people.take(admission.person, change)
      : await people.login(change, token);
    assert(!late.ok, way);
    assertEquals("code" in late ? late.code : late.status, way === "command" ? "bad_secret" : 401);
    assert((await people.login({ name: "ann", secret: NEW })).ok, way);
  }
});

Deno.test("People let a browser in as the owner of a name that it held only while that has no secret", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const { token: cookie } = good(await people.enter({}));
  const enter = (name: string) => people.enter({ cookie, basic: { user: name, password: "" } });
  const take = async (name: string, secret?: string) => {
    using held = good(await enter(name));
    good(await people.take(held.person, { name, secret }));
    return held.person.id;
  };
  const status = async (name: string) => {
    const entry = await enter(name);
    if (entry.ok) entry[Symbol.dispose]();
    return entry.ok ? entry.proof : entry.status;
  };
  await take("ann", OLD);
  assertEquals(await status("ann"), 409, "the secret proves it");
  const bob = await take("bob");
  assertEquals(await status("bob"), { person: bob, generation: 0 });
  await take("bob", OLD);
  assertEquals(await status("bob"), 409, "also one that was set later");
  const carl = await take("carl");
  await test.store.endSessions(carl);
  assertEquals(
    await status("carl"),
    409,
    "all sessions were ended, and this is what is left of them",
  );
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
