import type { LoginForm } from "./credentials.ts";
import { People } from "./people.ts";
import { SlowHash } from "./secret_hash.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
} from "../testing/assert.ts";
import { DAY_MS, good, TestPeople } from "../testing/people.ts";

const SECRET = "open sesame";

Deno.test("someone new is a guest whom the cookie alone makes the same again", async () => {
  using test = new TestPeople();
  const people = await test.open();
  using first = good(await people.enter({}));
  assertMatch(first.person.id, /^[A-Za-z0-9]{20}$/);
  assertMatch(first.person.name, /^guest-[a-z0-9]{4}$/);
  using again = good(await people.enter({ cookie: first.token }));
  assertEquals(again.person, first.person);
  assertEquals(again.session, first.session);
  assertEquals(again.token, undefined, "a fresh cookie is not set again");
  using other = good(await people.enter({}));
  assertNotEquals(other.person.id, first.person.id);
  using plain = good(await people.enter({ cookie: first.token, plain: { name: "ann" } }));
  assertEquals(plain.person.name, "ann");
  assertEquals(test.rows("people"), 0, "no row for who took no name");
});

Deno.test("a cookie only admits a plain client, which has no name of its own then", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const ann = good(await people.login({ name: "ann" }));
  using first = good(await people.enter({ cookie: ann.token, plain: {} }));
  assertEquals(first.person.name, "");
  assertNotEquals(first.person.id, ann.person.id);
  using again = good(await people.enter({ cookie: ann.token, plain: { name: "" } }));
  assertEquals(again.person.id, first.person.id);
  const basic = { user: "bob", password: SECRET };
  using named = good(await people.enter({ cookie: ann.token, basic, plain: {} }));
  assertEquals(named.person.name, "bob", "Basic shows its name");
  using shown = good(await people.enter({ basic, plain: { name: "bobby" } }));
  assertEquals(shown.person.name, "bobby", "the address wins over Basic");
  assertNotEquals(shown.person.id, named.person.id, "one id has one name");
});

Deno.test("no cookie that is not whole and ours is anybody's", async () => {
  using test = new TestPeople();
  using strangers = new TestPeople();
  const open = await test.open();
  const locked = await test.open("password");
  const { token, person } = good(await locked.login({ name: "ann", password: "password" }));
  const { token: foreign } = good(await (await strangers.open()).login({ name: "ann" }));
  using before = good(await open.enter({}));
  const ended = good(await locked.login({ name: "bob", password: "password" }));
  await locked.logout(ended.token);
  const broken = {
    forged: `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`,
    "of another person": token.replace(person.id, before.person.id),
    cut: token.slice(0, -1),
    "without a signature": token.slice(0, token.lastIndexOf(".") + 1),
    "of another server": foreign,
    "logged out": ended.token,
    "twice itself": token + token,
    long: token.padEnd(1_000_000, "A"),
    empty: "",
    dots: "....",
    "no text of ours": "\u0000\ud800💥=;\r\n",
  };
  for (const [what, cookie] of Object.entries(broken)) {
    using entry = good(await open.enter({ cookie }));
    assertMatch(entry.person.name, /^guest-/, what);
    assert(entry.token, what);
    const refused = await locked.enter({ cookie });
    assert(!refused.ok && refused.status === 401, what);
    assertEquals(await locked.logout(cookie), undefined, what);
  }
  using whole = good(await locked.enter({ cookie: token }));
  assertEquals(whole.person, person);
  const guest = await locked.enter({ cookie: before.token });
  assert(!guest.ok && guest.status === 401, "from before there was a password");
});

Deno.test("a session lasts 400 days from its last renewal and is renewed after a day", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const first = good(await people.enter({}));
  test.time += 2 * DAY_MS;
  const renewed = good(await people.enter({ cookie: first.token }));
  assert(renewed.token);
  assertEquals(renewed.session, first.session);
  test.time += 399 * DAY_MS;
  assertEquals(good(await people.enter({ cookie: renewed.token })).person.id, first.person.id);
  assertNotEquals(good(await people.enter({ cookie: first.token })).person.id, first.person.id);
  await people.logout(renewed.token);
  assertNotEquals(good(await people.enter({ cookie: renewed.token })).person.id, first.person.id);
});

Deno.test("ended sessions stay ended after a restart, and are forgotten when they expire", async () => {
  using file = new File();
  let token: string;
  {
    using test = new TestPeople(file.path);
    const people = await test.open();
    const ann = good(await people.login({ name: "ann" }));
    token = ann.token;
    assert(await people.logout(token));
  }
  using test = new TestPeople(file.path);
  const people = await test.open();
  assertMatch(good(await people.enter({ cookie: token })).person.name, /^guest-/);
  assertEquals(test.rows("ended_sessions"), 1);
  test.time += 401 * DAY_MS;
  await people.logout(good(await people.enter({})).token);
  assertEquals(test.rows("ended_sessions"), 1);
});

Deno.test("names and secrets outlast a restart: nobody else takes one, the secret proves it", async () => {
  using file = new File();
  let ann: { person: { id: string }; token: string };
  {
    using test = new TestPeople(file.path);
    ann = good(await (await test.open()).login({ name: "Ann", secret: SECRET }));
  }
  using test = new TestPeople(file.path);
  const people = await test.open();
  using guest = good(await people.enter({}));
  for (const name of ["Ann", "ann", "ANN", "Ａｎｎ"]) {
    const taken = await people.take(guest.person, { name });
    assert(!taken.ok && taken.code === "name_taken", name);
    const again = await people.login({ name }, guest.token);
    assert(!again.ok && again.status === 409, name);
    const wrong = await people.login({ name, secret: "open barley" }, guest.token);
    assert(!wrong.ok && wrong.status === 401, name);
  }
  const elsewhere = good(await people.login({ name: "ann", secret: SECRET }, guest.token));
  assertEquals(elsewhere.person, { id: ann.person.id, name: "Ann" });
  using basic = good(await people.enter({ basic: { user: "ann", password: SECRET } }));
  assertEquals(basic.person, elsewhere.person);
  using browser = good(await people.enter({ cookie: ann.token }));
  assertEquals(browser.person, elsewhere.person);
  using device = good(await people.enter({ cookie: elsewhere.token }));
  assertEquals(device.person, elsewhere.person);
});

Deno.test("a name is its owner's until it was unused for 90 days", async () => {
  using test = new TestPeople();
  let people = await test.open();
  const ann = good(await people.login({ name: "ann" }));
  const isFree = async () => (await people.login({ name: "ann" })).ok;
  test.time += 90 * DAY_MS;
  assert(!await isFree());
  good(await people.enter({ cookie: ann.token }));
  people = await test.open(); // as after a crash: nobody said that the connection ended
  test.time += 90 * DAY_MS;
  assert(!await isFree(), "entering was a use");
  const { token: cookie } = good(await people.login({ name: "ann" }, ann.token));
  test.time += 90 * DAY_MS;
  assert(!await isFree(), "so was a login");
  {
    using _stays = good(await people.enter({ cookie }));
    test.time += 95 * DAY_MS;
    assert(!await isFree(), "who is connected uses it");
  }
  test.time += 90 * DAY_MS;
  assert(!await isFree(), "so it was in use until the end of the connection");
  test.time += DAY_MS;
  assert(await isFree());
  using former = good(await people.enter({ cookie }));
  assertEquals(former.person.id, ann.person.id);
  assertMatch(former.person.name, /^guest-/);
});

Deno.test("changing the server's password ends everyone's entry, not their names", async () => {
  using test = new TestPeople();
  const before = await test.open("first");
  const ann = good(await before.login({ name: "ann", password: "first" }));
  const people = await test.open("second");
  const refused = await people.enter({ cookie: ann.token });
  assert(!refused.ok && refused.status === 401);
  const another = await people.login({ name: "ann", password: "second" });
  assert(!another.ok && another.status === 409);
  const old = await people.login({ name: "ann", password: "first" }, ann.token);
  assert(!old.ok && old.status === 401);
  const back = good(await people.login({ name: "ann", password: "second" }, ann.token));
  assertEquals(back.person, ann.person);
  using entry = good(await people.enter({ cookie: back.token }));
  assertEquals(entry.person, ann.person);
  assertEquals(
    [people.isPassword("second"), people.isPassword("first"), people.isPassword("")],
    [true, false, false],
  );
  assert((await test.open()).isPassword(""));
});

Deno.test("Basic's second part is the server's password, or that and the secret", async () => {
  using test = new TestPeople();
  const people = await test.open("pass:wörd");
  const enter = (user: string, password: string) => people.enter({ basic: { user, password } });
  const ann = good(await enter("ann", "pass:wörd:a:secret"));
  assertEquals((await test.store.byKey("ann"))?.id, ann.person.id);
  const again = good(await enter("ann", "pass:wo\u0308rd:a:secret"));
  assertEquals(again.person.id, ann.person.id, "however the keyboard writes it");
  for (
    const password of ["", "pass", "pass:wörd2", "pass:wörd2:a:secret", ":a:secret", "a:secret"]
  ) {
    const refused = await enter("ann", password);
    assert(!refused.ok && refused.status === 401, password);
  }
  for (const password of ["pass:wörd", "pass:wörd:"]) {
    using bob = good(await enter("bob", password));
    assertEquals(bob.person.name, "bob");
    using nameless = good(await enter("", password));
    assertMatch(nameless.person.name, /^guest-/);
  }
  assertEquals(test.rows("people"), 1);
});

Deno.test("a name held while connected is free when the last connection of its browser ended", async () => {
  using test = new TestPeople();
  const people = await test.open();
  using guest = good(await people.enter({}));
  const held = { basic: { user: "bob", password: "" } };
  const first = good(await people.enter({ ...held, cookie: guest.token }));
  const tab = good(await people.enter({ cookie: guest.token, plain: { name: "Bob" } }));
  assertEquals(tab.person.id, first.person.id, "the same browser under the same name");
  assertNotEquals(tab.person.id, guest.person.id);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  const early = await people.enter(held);
  assert(!early.ok && early.status === 409);
  tab[Symbol.dispose]();
  using other = good(await people.enter(held));
  assertNotEquals(other.person.id, first.person.id);
});

Deno.test("a person who held a name and takes another gives it up, and owns only the other", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const browser = good(await people.enter({}));
  const bob = { basic: { user: "bob", password: "" } };
  using first = good(await people.enter({ ...bob, cookie: browser.token }));
  assertEquals(good(await people.take(first.person, { name: "rob" })).was, "bob");
  assertEquals(first.person.name, "rob");
  using second = good(await people.enter({ ...bob, cookie: browser.token }));
  assertEquals(second.person.name, "bob");
  assertNotEquals(second.person.id, first.person.id, "one id has one name");
  second[Symbol.dispose]();
  using other = good(await people.enter(bob));
  assertNotEquals(other.person.id, first.person.id);
});

Deno.test("a person who held a name and takes it owns it, also when that browser returns", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const bob = { basic: { user: "bob", password: "" }, cookie: good(await people.enter({})).token };
  const first = good(await people.enter(bob));
  assert((await people.take(first.person, { name: "Bob" })).ok);
  first[Symbol.dispose]();
  const other = await people.enter({ basic: bob.basic });
  assert(!other.ok && other.status === 409);
  using again = good(await people.enter(bob));
  assertEquals(again.person, { id: first.person.id, name: "Bob" });
});

Deno.test("a new name frees the former one and keeps the secret, for all of one's connections", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const { token, person } = good(await people.login({ name: "ann", secret: SECRET }));
  using first = good(await people.enter({ cookie: token }));
  using second = good(await people.enter({ cookie: token }));
  const naming = good(await people.take(first.person, { name: "Anna" }));
  assertEquals(naming, {
    ok: true,
    user: { id: person.id, name: "Anna" },
    was: "ann",
    ended: false,
  });
  assertEquals(second.person.name, "Anna");
  assertEquals(
    good(await people.take(second.person, { name: "ANNA" })).was,
    "Anna",
    "another case is a change",
  );
  using guest = good(await people.enter({}));
  const former = guest.person.name;
  assertEquals(good(await people.take(guest.person, { name: "ann" })).was, former);
  assertEquals(good(await people.login({ name: "anna", secret: SECRET })).person.id, person.id);
  good(await people.take(second.person, { name: "anna", secret: "another", old: SECRET }));
  const old = await people.login({ name: "anna", secret: SECRET });
  assert(!old.ok && old.status === 401, "a new secret ends the former");
});

Deno.test("a person who logs in under a free name is renamed, unless that leaves a name with a secret", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const ann = good(await people.login({ name: "ann" }));
  const anna = good(await people.login({ name: "anna", secret: SECRET }, ann.token));
  assertEquals(anna.person, { id: ann.person.id, name: "anna" });
  assertEquals(anna.was, "ann");
  const bob = good(await people.login({ name: "bob" }, anna.token));
  assertNotEquals(bob.person.id, ann.person.id);
  assertEquals(bob.was, undefined);
  assertEquals(good(await people.login({ name: "anna", secret: SECRET })).person, anna.person);
});

Deno.test("names and secrets that can't be are refused in every way in", async () => {
  using test = new TestPeople();
  const people = await test.open();
  using guest = good(await people.enter({}));
  const names = ["a:b", " a", "a\u200b", "\u202ea", "a\nb", "GUEST-1", "x".repeat(33)];
  const given: LoginForm[] = [...names.map((name) => ({ name })), {
    name: "ann",
    secret: "x".repeat(257),
  }];
  for (const form of [{ name: "" }, guest.person, ...given]) {
    const login = await people.login(form);
    assert(!login.ok && login.status === 400, Deno.inspect(form));
  }
  for (const { name, secret } of given) {
    const naming = await people.take(guest.person, { name, secret });
    assert(!naming.ok && naming.code === (secret ? "bad_value" : "bad_name"), name);
    const basic = await people.enter({ basic: { user: name, password: secret ?? "" } });
    assert(!basic.ok && basic.status === 400, name);
  }
  assertEquals(test.rows("people"), 0);
});

Deno.test("too many secrets at once: some people must try again later", async () => {
  using test = new TestPeople();
  const hashes = new SlowHash({ cost: { N: 2, r: 1, p: 1 }, parallel: 1, waiting: 1 });
  const people = await People.open(test.store, { hashes });
  const tries = ["ann", "bob", "eve"].map((name) => people.login({ name, secret: SECRET }));
  const answers = await Promise.all(tries);
  assertEquals(answers.map((answer) => answer.ok ? 200 : answer.status), [200, 200, 429]);
});

Deno.test("a store that fails is an error that reveals no secret", async () => {
  const test = new TestPeople();
  const people = await test.open();
  const { token } = good(await people.login({ name: "ann", secret: SECRET }));
  const entry = good(await people.enter({ cookie: token }));
  test[Symbol.dispose]();
  const tries = [
    () => people.enter({ cookie: token }),
    () => people.enter({ basic: { user: "ann", password: SECRET } }),
    () => people.login({ name: "ann", secret: SECRET }),
    () => people.take(entry.person, { name: "anna", secret: SECRET }),
    () => people.logout(token),
  ];
  for (const run of tries) {
    const error = await assertRejects(run, Error);
    assert(![SECRET, token].some((told) => Deno.inspect(error).includes(told)));
  }
  entry[Symbol.dispose]();
});

/** A name for a data file that is gone afterwards. */
class File implements Disposable {
  readonly #directory = Deno.makeTempDirSync();
  readonly path = `${this.#directory}/hubbub.db`;

  [Symbol.dispose](): void {
    Deno.removeSync(this.#directory, { recursive: true });
  }
}

Deno.test("People finds a name that was stored before look-alikes were refused", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const { person } = good(await people.login({ name: "Mo 10", secret: SECRET }));
  const owner = await test.store.byId(person.id);
  assert(owner !== undefined && owner.key !== "mo 10");
  await test.store.claim({ ...owner, key: "mo 10" });
  const again = good(await people.login({ name: "mo 10", secret: SECRET }));
  assertEquals(again.person.id, person.id);
  const other = await people.login({ name: "Mo 10" });
  assertEquals(other.ok || other.status, 409);
});
