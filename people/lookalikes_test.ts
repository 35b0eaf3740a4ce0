import { assert, assertEquals } from "../testing/assert.ts";
import { DAY_MS, good, TestPeople } from "../testing/people.ts";

const SECRET = "open sesame";

Deno.test("People refuses names that look like owned or held ones, a guest's or a group", async () => {
  using test = new TestPeople();
  const people = await test.open();
  const bill = good(await people.login({ name: "Bill", secret: SECRET }));
  using _holder = good(await people.enter({ plain: { name: "Oscar" } }));
  let others = 0;
  for (const name of ["BiII", "Bi1l", "\u0412ill", "bi|l", "0scar", "\u041escar", "OSC\u0410R"]) {
    const other = good(await people.login({ name: `another ${others++}` }));
    const results = [
      await people.login({ name }, other.token),
      await people.enter({ plain: { name } }),
      await people.take(other.person, { name: name }),
    ];
    const codes = results.map((result) =>
      result.ok ? "taken" : "status" in result ? result.status : result.code
    );
    assertEquals(codes, [409, 409, "name_taken"], name);
    await people.logout(other.token);
  }
  for (const name of ["guest\u02d7x", "gu\u0435st-x", "GUEST\u2043x", "r\u043eom", "\u0410ll"]) {
    const login = await people.login({ name });
    const naming = await people.take(bill.person, { name: name });
    assertEquals([login.ok || login.status, naming.ok || naming.code], [400, "bad_name"], name);
  }
  const own = await people.take(bill.person, { name: "BILL" });
  assert(own.ok, "the owner may spell the name in another way");
});

/** Pairs of names of which one passes for the other, as it is written. */
const MISTAKABLE = [["BiII", "Bill"], ["AIice", "Alice"], ["\u039d\u0399CK", "NICK"], [
  "mIo",
  "mlo",
]];

Deno.test("People refuses whichever of two look-alike names is asked for second", async () => {
  for (const [a = "", b = ""] of MISTAKABLE.flatMap(([a, b]) => [[a, b], [b, a]])) {
    for (const first of ["owned", "held"]) {
      using test = new TestPeople();
      const people = await test.open();
      if (first === "owned") good(await people.login({ name: a }));
      using _holder = first === "held" ? good(await people.enter({ plain: { name: a } })) : null;
      const guest = good(await people.enter({}));
      const results = [
        await people.login({ name: b }),
        await people.login({ name: b, secret: SECRET }),
        await people.enter({ basic: { user: b, password: "" } }),
        await people.enter({ plain: { name: b } }),
        await people.take(guest.person, { name: b }),
      ];
      const codes = results.map((result) =>
        result.ok ? "taken" : "status" in result ? result.status : result.code
      );
      assertEquals(codes, [409, 409, 409, 409, "name_taken"], `${b} after ${a}, ${first}`);
    }
  }
});

Deno.test("of two who take look-alike names at once, one gets it", async () => {
  for (const [a = "", b = ""] of MISTAKABLE) {
    using test = new TestPeople();
    const people = await test.open();
    const logins = await Promise.all(
      Array.from({ length: 6 }, (_, i) => people.login({ name: i % 2 ? a : b })),
    );
    assertEquals(logins.filter(({ ok }) => ok).length, 1, `${a} and ${b}`);
  }
});

Deno.test("People frees a look-alike that was unused for too long", async () => {
  using test = new TestPeople();
  const people = await test.open();
  good(await people.login({ name: "BiII" }));
  test.time += 91 * DAY_MS;
  good(await people.login({ name: "Bill" }));
  assertEquals((await people.login({ name: "BiII" })).ok, false);
});
