/** Another signing key, while people have cookies of the former one. */
import type { LoginForm } from "./credentials.ts";
import { assert, assertEquals, assertNotEquals } from "../testing/assert.ts";
import { good, TestPeople } from "../testing/people.ts";

const SECRET = "open sesame";
const PASSWORD = "enter";

Deno.test("a cookie of a former key lets nobody in as anyone, on no way", async () => {
  using test = new TestPeople();
  const people = await test.open(PASSWORD);
  const login = (form: LoginForm, cookie?: string) =>
    people.login({ ...form, password: PASSWORD }, cookie);
  const ann = good(await login({ name: "ann", secret: SECRET }));
  const bob = good(await login({ name: "bob" }));
  // Whoever has the key writes into a cookie what they like.
  const forged = test.sessions(PASSWORD).issue(ann.person.id, { generation: 9, position: 9e9 });
  test.rotateKey();
  for (const cookie of [ann.token, bob.token, forged]) {
    for (const credentials of [{}, { plain: {} }, { basic: { user: "", password: "" } }]) {
      const entry = await people.enter({ ...credentials, cookie });
      assertEquals(entry.ok || entry.status, 401, "the server's password is needed again");
    }
    const known = await people.recognize({ cookie });
    assertEquals(known.ok || known.status, 401);
    const named = await people.login({ name: "ann" }, cookie);
    assertEquals(named.ok || named.status, 401);
    const deleted = await people.deleteAccount({ name: "bob" }, cookie);
    assertEquals(deleted.ok || deleted.status, 401);
    assertEquals(await people.logout(cookie, { everywhere: true }), undefined);
  }
  // The name is kept for its owner, whom only the cookie proved.
  const taken = await login({ name: "bob", secret: SECRET }, bob.token);
  assertEquals(taken.ok || taken.status, 401);
  const back = good(await login({ name: "ann", secret: SECRET }, ann.token));
  assertEquals(back.person, ann.person);
  assertEquals(good(await people.enter({ cookie: back.token })).person, ann.person);
  assertEquals(test.logins(ann.person.id).length, 1, "the former session is forgotten");
});

Deno.test("muted and banned browsers are known by a cookie of a former key", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const [muted, banned] = [good(await people.enter({})), good(await people.enter({}))];
  test.mute(muted.person.id, 600);
  test.ban(banned.person.id);
  for (let i = 0; i < 16; i++) {
    test.rotateKey();
    const refused = await people.enter({ cookie: banned.token ?? "" });
    assertEquals(refused.ok || refused.status, 403);
    using entry = good(await people.enter({ cookie: muted.token ?? "" }));
    assertNotEquals(entry.person.id, muted.person.id);
    assertEquals(entry.aliases, [muted.person.id]);
    using again = good(await people.enter({ cookie: entry.token ?? "" }));
    assertEquals(again.aliases, [muted.person.id], "its new cookie says so, too");
    const login = good(await people.login({ name: `fred${i}` }, muted.token ?? ""));
    await people.logout(login.token);
    assertEquals(good(await people.enter({ cookie: login.token })).aliases, [muted.person.id]);
  }
  test.rotateKey();
  assertEquals(good(await people.enter({ cookie: muted.token ?? "" })).aliases, []);
});

Deno.test("a request with a forged cookie that is under way when the key is replaced leaves nothing valid", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const { person: ann } = good(await people.login({ name: "ann", secret: SECRET }));
  const isIn = async (cookie = "") => {
    const answer = await people.recognize({ cookie });
    return answer.ok && answer.person === ann.id;
  };
  let [proven, refused] = [0, 0];
  for (let steps = 0; steps < 60; steps++) {
    const old = test.sessions().issue(ann.id, { generation: 999 });
    // An old cookie is renewed, a new one is not.
    if (steps % 2 === 0) test.time += 2 * 86_400_000;
    const entering = people.enter({ cookie: old });
    const naming = people.login({ name: "ann" }, old);
    for (let i = 0; i < steps; i++) await Promise.resolve();
    test.rotateKey();
    const [entry, login] = [await entering, await naming];
    assert(!await isIn(old) && !(login.ok && await isIn(login.token)), `after ${steps} steps`);
    if (!entry.ok || entry.person.id !== ann.id) {
      refused++;
      continue;
    }
    proven++;
    // Its connection is refused by the hub.
    assert(entry.session && !await test.store.isLoggedIn(entry.session), `after ${steps} steps`);
    assert(!await isIn(entry.token));
    entry[Symbol.dispose]();
  }
  assert(proven > 0 && refused > 0, `${proven} proven, ${refused} refused`);
});

Deno.test("a name is free again when its entry is refused because the key is replaced meanwhile", async () => {
  using test = new TestPeople();
  const people = await test.open();
  let refused = 0;
  for (let steps = 0; steps < 60; steps++) {
    const entering = people.enter({ plain: { name: "eve" } });
    for (let i = 0; i < steps; i++) await Promise.resolve();
    test.rotateKey();
    const entry = await entering;
    if (entry.ok) entry[Symbol.dispose]();
    else refused++;
    using _other = good(await people.enter({ plain: { name: "eve" } }));
  }
  assert(refused > 0);
});
