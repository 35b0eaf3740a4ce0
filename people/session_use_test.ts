import { assert, assertEquals } from "../testing/assert.ts";
import { DAY_MS, good, TestPeople } from "../testing/people.ts";

const SECRET = "open sesame";
const FIREFOX = { browser: "Firefox", system: "Linux" };

Deno.test("a session is listed from the first sign-in with a name on, whichever way that is", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const guest = good(await people.enter({ device: FIREFOX }));
  assertEquals(test.logins(guest.person.id), [], "no row for a guest");
  good(await people.take(guest.person, { name: "ann" }));
  await guest.see();
  const used = Math.floor(test.time / DAY_MS);
  assertEquals<unknown>(test.logins(guest.person.id), [
    { id: guest.session?.id, used, ...FIREFOX },
  ]);

  const bob = good(await people.login({ name: "bob", secret: SECRET, device: FIREFOX }));
  using desk = good(await people.enter({ cookie: bob.token }));
  const bobs = [{ id: desk.session?.id, used, ...FIREFOX }];
  assertEquals<unknown>(test.logins(bob.person.id), bobs, "the login, with its device");
  // Basic logs in afresh each time, and leaves no session.
  using basic = good(await people.enter({ basic: { user: "bob", password: SECRET } }));
  assertEquals(basic.session, undefined);
  assertEquals<unknown>(test.logins(bob.person.id), bobs);
});

Deno.test("the last use of a session is known to the day, also under a held name, and with a renewed cookie", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const ann = good(await people.login({ name: "ann" }));
  const today = Math.floor(test.time / DAY_MS);
  const used = () => test.logins(ann.person.id).map(({ used }) => used - today);
  test.time += DAY_MS;
  assertEquals(used(), [0]);
  const first = good(await people.enter({ cookie: ann.token }));
  assertEquals(used(), [1], "entering is a use");
  test.time += 2 * DAY_MS;
  await first.see();
  assertEquals(used(), [3], "so is being connected");
  test.time += DAY_MS;
  first[Symbol.dispose]();
  // The end of a connection waits for nothing.
  while (used()[0] !== 4) await new Promise((resolve) => setTimeout(resolve));
  test.time += DAY_MS;
  using held = good(await people.enter({ cookie: ann.token, plain: { name: "anna" } }));
  assertEquals([held.person.name, ...used()], ["anna", 5]);
});

Deno.test("a login proves itself by the secret of its moment, not by one that is replaced meanwhile", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const { person } = good(await people.login({ name: "ann", secret: SECRET }));
  const owner = await test.store.byId(person.id);
  assert(owner !== undefined);
  // The secret changes between the check of the old one and the log-in event.
  const { useSession } = test.store;
  test.store.useSession = async (use) => {
    test.store.useSession = useSession;
    assert(await test.store.claim({ ...owner, secret: "another hash" }));
    return await test.store.useSession(use);
  };
  const late = await people.login({ name: "ann", secret: SECRET });
  assertEquals(late.ok || late.status, 401);
  assertEquals(test.logins(person.id), []);
});

Deno.test("an entry under way when all sessions end gets no cookie that is valid again", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const ann = good(await people.login({ name: "ann" }));
  test.time += 2 * DAY_MS;
  // They end between the check of the cookie and its renewal.
  const { useSession } = test.store;
  test.store.useSession = async (use) => {
    test.store.useSession = useSession;
    await test.store.endSessions(ann.person.id);
    return await test.store.useSession(use);
  };
  using late = good(await people.enter({ cookie: ann.token }));
  assert(late.session && !await test.store.isLoggedIn(late.session), "the hub refuses it");
  using next = good(await people.enter({ cookie: late.token }));
  assert(next.person.id !== ann.person.id);
});
