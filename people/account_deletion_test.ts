import { assert, assertEquals } from "../testing/assert.ts";
import { good, TestPeople } from "../testing/people.ts";

const SECRET = "open sesame";

Deno.test("an account is deleted for its cookie, its name and its secret, and for nothing less", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const ann = good(await people.login({ name: "Ann", secret: SECRET }));
  const bob = good(await people.login({ name: "bob", secret: SECRET }));
  const guest = good(await people.enter({}));
  const cases: [name: string, secret: string | undefined, cookie: string | undefined, number][] = [
    ["Ann", SECRET, undefined, 401],
    ["Ann", SECRET, guest.token, 401],
    ["Ann", SECRET, "forged", 401],
    ["Ann", SECRET, bob.token, 400],
    ["bob", SECRET, ann.token, 400],
    ["", SECRET, ann.token, 400],
    ["Ann", undefined, ann.token, 401],
    ["Ann", "", ann.token, 401],
    ["Ann", "wrong", ann.token, 401],
    ["Ann", "x".repeat(1000), ann.token, 401],
  ];
  for (const [name, secret, cookie, status] of cases) {
    const form = secret === undefined ? { name } : { name, secret };
    const answer = await people.deleteAccount(form, cookie);
    assertEquals<unknown>(answer.ok || answer.status, status, `${name} ${secret?.slice(0, 20)}`);
  }
  assertEquals((await test.store.byId(ann.person.id))?.name, "Ann");
  good(await people.deleteAccount({ name: "ANN", secret: SECRET }, ann.token));
  assertEquals(await test.store.byId(ann.person.id), undefined);
  assertEquals((await test.store.byId(bob.person.id))?.name, "bob");
  using next = good(await people.enter({ cookie: ann.token }));
  assert(next.person.id !== ann.person.id, "nobody is the deleted person");
  const again = good(await people.login({ name: "Ann" }, ann.token));
  assert(again.person.id !== ann.person.id && again.person.id !== guest.person.id);
});

Deno.test("an account whose secret changes between the check and the deletion stays", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const { person, token } = good(await people.login({ name: "ann", secret: SECRET }));
  const owner = await test.store.byId(person.id);
  assert(owner !== undefined);
  const { deleteAccount } = test.store;
  test.store.deleteAccount = async (id, generation) => {
    test.store.deleteAccount = deleteAccount;
    assert(await test.store.claim({ ...owner, secret: "another hash" }));
    return await test.store.deleteAccount(id, generation);
  };
  const answer = await people.deleteAccount({ name: "ann", secret: SECRET }, token);
  assertEquals(answer.ok || answer.status, 401);
  assertEquals((await test.store.byId(person.id))?.name, "ann");
});

Deno.test("the browser of a muted person stays muted after the account is deleted", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const { person, token } = good(await people.login({ name: "ann", secret: SECRET }));
  test.mute(person.id, 3600);
  const deleted = good(await people.deleteAccount({ name: "ann", secret: SECRET }, token));
  using guest = good(await people.enter({ cookie: deleted.token }));
  assert(guest.person.id !== person.id && guest.aliases.includes(person.id));
  // So does one that keeps the former cookie.
  using former = good(await people.enter({ cookie: token }));
  assert(former.person.id !== person.id && former.aliases.includes(person.id));
});
