import type { Credentials, LoginForm } from "./credentials.ts";
import { assertEquals, assertNotEquals } from "../testing/assert.ts";
import { good, TestPeople } from "../testing/people.ts";

const SECRET = "open sesame";
const PASSWORD = "pass:word";

/** The requests that a browser may try with one cookie. */
const WAYS_IN: Record<string, Credentials> = {
  "the cookie alone": {},
  "a nameless plain connection": { plain: {} },
  "a plain connection with a name": { plain: { name: "carl" } },
  "Basic with a name": { basic: { user: "carl", password: PASSWORD } },
  "Basic with a new name and a secret": { basic: { user: "dora", password: `${PASSWORD}:x` } },
  "Basic of another person": { basic: { user: "olga", password: `${PASSWORD}:${SECRET}` } },
};

/** The logins that a browser may try with one cookie. */
const LOGINS: Record<string, LoginForm> = {
  "a free name": { name: "emil" },
  "a free name with a secret": { name: "fred", secret: SECRET },
  "another person's name": { name: "olga", secret: SECRET },
  "the banned name": { name: "bob", secret: SECRET },
  "a new secret": { name: "bob", secret: "another", old: SECRET },
  "no name": { name: "" },
};

for (const password of [undefined, PASSWORD]) {
  const given = password === undefined ? "without a server password" : "with a server password";
  Deno.test(`no request with a banned person's cookie is answered but by 403, ${given}`, async () => {
    using test = new TestPeople();
    const people = await test.open(password);
    const login = (form: LoginForm, cookie?: string) => people.login({ ...form, password }, cookie);
    good(await login({ name: "olga", secret: SECRET }));
    const owner = good(await login({ name: "bob", secret: SECRET }));
    const unproven = good(await login({ name: "ben" }));
    const ended = good(await login({ name: "bill" }));
    await people.logout(ended.token);
    const guest = test.sessions(password).issue("guestsownid");
    const cookies = { owner: owner.token, unproven: unproven.token, ended: ended.token, guest };
    for (const id of [owner, unproven, ended].map(({ person }) => person.id)) test.ban(id);
    test.ban("guestsownid");
    for (const [whose, cookie] of Object.entries(cookies)) {
      for (const [way, credentials] of Object.entries(WAYS_IN)) {
        const entry = await people.enter({ ...credentials, cookie });
        assertEquals(entry.ok || entry.status, 403, `${way}, ${whose}`);
      }
      for (const [way, form] of Object.entries(LOGINS)) {
        const answer = await login(form, cookie);
        assertEquals(answer.ok || answer.status, 403, `login with ${way}, ${whose}`);
      }
    }
    assertEquals(test.rows("people"), 5, "no name was taken");

    // Logging out is for everybody.
    assertEquals((await people.logout(guest))?.person, undefined);
  });
}

Deno.test("a banned owner is refused without a cookie, too, and a ban that is lifted admits the person again", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const { person, token } = good(await people.login({ name: "bob", secret: SECRET }));
  test.ban(person.id);
  const basic = { user: "bob", password: SECRET };
  const change = { name: "bob", secret: "another", old: SECRET };
  for (const answer of [await people.enter({ basic }), await people.login(change)]) {
    assertEquals(answer.ok || answer.status, 403);
  }
  const wrong = await people.login({ ...change, old: "open barley" });
  assertEquals(wrong.ok || wrong.status, 401, "the ban is said to those alone who prove the name");

  test.ban(person.id, false);
  assertEquals(good(await people.login({ name: "bob", secret: SECRET })).person.id, person.id);
  using stale = good(await people.enter({ cookie: token }));
  assertNotEquals(stale.person.id, person.id, "the session ended with the ban");
});

Deno.test("a name command under way at the ban frees no name", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const { person } = good(await people.login({ name: "bob", secret: SECRET }));
  const other = good(await people.login({ name: "ann" }));
  test.ban(person.id);
  const renamed = await people.take(person, { name: "rob" });
  assertEquals(renamed.ok, false);
  assertEquals((await test.store.byId(person.id))?.name, "bob");
  const taken = await people.take(other.person, { name: "bob" });
  assertEquals(taken.ok || taken.code, "name_taken");
});
