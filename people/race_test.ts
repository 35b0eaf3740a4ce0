import { nameKey } from "../protocol/names.ts";
import type { Admission } from "./credentials.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { DAY_MS, good, TestPeople } from "../testing/people.ts";

const SECRET = "open sesame";

Deno.test("of many who take one name at once, one gets it", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const guests: Admission[] = [];
  for (let i = 0; i < 20; i++) guests.push(good(await people.enter({})));
  const tries = guests.map(({ person, token }, i) =>
    i % 3 === 0
      ? people.take(person, { name: "ann" })
      : i % 3 === 1
      ? people.take(person, { name: "Ann", secret: `secret ${i}` })
      : people.login({ name: "ANN", secret: `secret ${i}` }, token)
  );
  const won = (await Promise.all(tries)).flatMap(({ ok }, i) => ok ? [guests[i]?.person.id] : []);
  assertEquals(won, [(await test.store.byKey("ann"))?.id]);
});

Deno.test("two connections of one program that are the first to use its name are one person", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const basic = { user: "bot", password: SECRET };
  const entries = await Promise.all(Array.from({ length: 5 }, () => people.enter({ basic })));
  assertEquals(new Set(entries.map((entry) => good(entry).person.id)).size, 1);
});

Deno.test("whatever happens at once, a name is one person's and a person has one name", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const random = seeded(7);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const cookies: (string | undefined)[] = [undefined];
  for (let i = 0; i < 4; i++) cookies.push(good(await people.enter({})).token);
  const connected = new Set<Admission>();

  const step = async () => {
    const [name, secret, cookie] = [
      pick(["ann", "Ann", "bob"]),
      pick([undefined, "s1", "s2"]),
      pick(cookies),
    ];
    const [entry] = [...connected].slice(Math.floor(random() * connected.size));
    switch (pick(["enter", "basic", "plain", "login", "take", "leave", "leave", "wait"])) {
      case "enter":
        return await people.enter({ cookie });
      case "basic":
        return await people.enter({ cookie, basic: { user: name, password: secret ?? "" } });
      case "plain":
        return await people.enter({ cookie, plain: { name } });
      case "login":
        return void await people.login({ name, secret }, cookie);
      case "take":
        return void (entry && await people.take(entry.person, { name, secret }));
      case "leave":
        if (entry) connected.delete(entry), entry[Symbol.dispose]();
        return;
      case "wait":
        test.time += pick([0, 0, 40]) * DAY_MS;
    }
  };
  let named = 0;
  for (let round = 0; round < 400; round++) {
    const entered = await Promise.all(Array.from({ length: 6 }, step));
    for (const entry of entered) if (entry?.ok) connected.add(entry);
    const names = new Map<string, string>();
    const owners = new Map<string, string>();
    for (const { person } of connected) {
      assertEquals(names.get(person.id) ?? person.name, person.name, "one name a person");
      names.set(person.id, person.name);
      const key = nameKey(person.name);
      if (key === "" || key.startsWith("guest-")) continue;
      assertEquals(owners.get(key) ?? person.id, person.id, "one person a name");
      owners.set(key, person.id);
      const owner = await test.store.byKey(key);
      assertEquals(owner?.id ?? person.id, person.id, "an owned name is shown by its owner only");
      named++;
    }
  }
  assert(named > 100, "something was seen");
});

/** Random numbers in [0, 1) that are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6D2B79F5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
