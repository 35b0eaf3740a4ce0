import type { Credentials, LoginForm } from "./credentials.ts";
import { assert, assertEquals, assertNotEquals, assertRejects } from "../testing/assert.ts";
import { good, TestPeople } from "../testing/people.ts";

const SECRET = "open sesame";

/** The requests that a browser may try with one cookie. */
const WAYS_IN: Record<string, Credentials> = {
  "a nameless plain connection": { plain: {} },
  "a plain connection with a name": { plain: { name: "carl" } },
  "Basic with a name": { basic: { user: "carl", password: "" } },
  "Basic with a new name and a secret": { basic: { user: "dora", password: "x" } },
  "Basic of another person": { basic: { user: "olga", password: SECRET } },
};

/** The logins by which a browser becomes another person. */
const LOGINS: Record<string, LoginForm> = {
  "a free name with a secret": { name: "fred", secret: SECRET },
  "another person's name": { name: "olga", secret: SECRET },
  "another person's new secret": { name: "nina", secret: "another", old: SECRET },
};

Deno.test("a cookie says whose it is to a connection as anybody else", async () => {
  using test = new TestPeople();
  const people = await test.open();
  for (const name of ["olga", "bob"]) good(await people.login({ name, secret: SECRET }));
  const owner = good(await people.login({ name: "bob", secret: SECRET }));
  const guest = test.sessions().issue("guestsownid");
  const cookies = { [owner.person.id]: owner.token, guestsownid: guest };
  for (const [whose, cookie] of Object.entries(cookies)) {
    for (const [way, credentials] of Object.entries(WAYS_IN)) {
      using entry = good(await people.enter({ ...credentials, cookie }));
      assertNotEquals(entry.person.id, whose);
      assertEquals(entry.aliases, [whose], way);
    }
    using own = good(await people.enter({ cookie }));
    assertEquals([own.person.id, own.aliases], [whose, []]);
  }
  using other = good(await people.enter({ plain: { name: "carl" } }));
  using later = good(await people.enter({ cookie: other.token }));
  assertEquals(other.aliases, [later.person.id], "the guest whose cookie is set");
});

Deno.test("a browser of a muted person stays muted under any name until the mute ends", async () => {
  using test = new TestPeople();
  const people = await test.open();
  for (const name of ["olga", "nina"]) good(await people.login({ name, secret: SECRET }));
  const { person, token } = good(await people.login({ name: "bob", secret: SECRET }));
  test.mute(person.id, 600);
  for (const [what, form] of Object.entries(LOGINS)) {
    const login = good(await people.login(form, token));
    assertNotEquals(login.person.id, person.id);
    using entry = good(await people.enter({ cookie: login.token }));
    assertEquals([entry.person.id, entry.aliases], [login.person.id, [person.id]], what);
    // A renewed cookie says so, too, and one of yet another name.
    test.time += 2 * 86_400_000;
    test.mute(person.id, 600);
    using renewed = good(await people.enter({ cookie: login.token }));
    using again = good(await people.enter({ cookie: renewed.token }));
    assertEquals(again.aliases, [person.id], what);
    const third = good(await people.login({ name: "ella", secret: SECRET }, renewed.token));
    using last = good(await people.enter({ cookie: third.token }));
    assertEquals(last.aliases, [person.id], what);
  }
  test.time += 600_000;
  const later = good(await people.login({ name: "olga", secret: SECRET }, token));
  using entry = good(await people.enter({ cookie: later.token }));
  assertEquals(entry.aliases, [], "a mute that has ended is not taken along");
});

Deno.test("a muted person takes no other name, under any of their ids, and keeps their own", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const { token } = good(await people.login({ name: "bob" }));
  using bob = good(await people.enter({ cookie: token }));
  using guest = good(await people.enter({}));
  using alias = good(await people.enter({ cookie: token, plain: { name: "rob" } }));
  test.mute(bob.person.id, 600);
  test.mute(guest.person.id, 600);
  for (const { person, aliases } of [bob, guest, alias]) {
    const naming = await people.take(person, { name: "an insult to all", aliases });
    assertEquals(naming.ok || naming.code, "muted");
  }
  // Also if the state alone knows of the mute.
  const owner = await test.store.byId(bob.person.id);
  assert(owner !== undefined);
  const claim = test.store.claim({ ...owner, name: "insult", key: "insult" });
  await assertRejects(() => claim, Error, "muted");
  good(await people.take(bob.person, { name: "bob", secret: SECRET }));
  test.time += 601_000;
  good(await people.take(guest.person, { name: "gus" }));
});

Deno.test("a ban of the person that a browser was is one of the browser", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const { person, token } = good(await people.login({ name: "bob", secret: SECRET }));
  test.mute(person.id, 600);
  const login = good(await people.login({ name: "fred", secret: SECRET }, token));
  test.ban(person.id);
  const entry = await people.enter({ cookie: login.token });
  assertEquals(entry.ok || entry.status, 403);
});

Deno.test("a browser of a muted person stays muted after the end of the session", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const login = async () => good(await people.login({ name: "bob", secret: SECRET }));
  const [one, two, three, four] = [await login(), await login(), await login(), await login()];
  const { id } = one.person;
  test.mute(id, 600);
  const left = await people.logout(one.token);
  await people.logout(two.token, { everywhere: true });
  await people.logout(three.token);
  // Logging out once more does not help, nor does an end that somebody else has brought about.
  const again = await people.logout(left?.token);
  const late = await people.logout(three.token);
  assertEquals(late?.session, undefined, "it had ended before");
  const cookies = { one: left?.token, again: again?.token, three: late?.token, four: four.token };
  for (const [which, cookie] of Object.entries(cookies)) {
    assert(cookie !== undefined, which);
    using entry = good(await people.enter({ cookie }));
    assertNotEquals(entry.person.id, id, which);
    assertEquals(entry.aliases, [id], which);
    using held = good(
      await people.enter({ plain: { name: "carl" }, cookie: entry.token ?? cookie }),
    );
    assert(held.aliases.includes(id), which);
    const named = good(await people.login({ name: `fred ${which}` }, cookie));
    using other = good(await people.enter({ cookie: named.token }));
    assertEquals(other.aliases, [id], which);
  }
  test.time += 600_000;
  assertEquals((await people.logout(four.token))?.token, undefined);
  using free = good(await people.enter({ cookie: four.token }));
  assertEquals(free.aliases, []);
});

Deno.test("the cookie of a muted person who has logged out does not replace the password", async () => {
  using test = new TestPeople();
  const people = await test.open("password");
  const { person, token } = good(
    await people.login({ name: "bob", secret: SECRET, password: "password" }),
  );
  test.mute(person.id, 600);
  const cookie = (await people.logout(token))?.token;
  assert(cookie !== undefined);
  const entry = await people.enter({ cookie });
  assertEquals(entry.ok || entry.status, 401);
  const login = await people.login({ name: "rob" }, cookie);
  assertEquals(login.ok || login.status, 401);
  const rob = good(await people.login({ name: "rob", password: "password" }, cookie));
  using back = good(await people.enter({ cookie: rob.token }));
  assertEquals(back.aliases, [person.id]);
});

Deno.test("of several muted people a browser stays the one whose mute ends last", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const bob = good(await people.login({ name: "bob", secret: SECRET }));
  test.mute(bob.person.id, 600);
  const rob = good(await people.login({ name: "rob", secret: SECRET }, bob.token));
  test.mute(rob.person.id, 60);
  const fred = good(await people.login({ name: "fred", secret: SECRET }, rob.token));
  test.time += 60_000;
  using entry = good(await people.enter({ cookie: fred.token }));
  assertEquals(entry.aliases, [bob.person.id]);
});
