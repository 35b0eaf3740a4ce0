/**
 * Every pair of a way in and a state of the name, with and without a server's password.
 *
 * @module
 */
import { nameKey } from "../protocol/names.ts";
import type { Person } from "./connected.ts";
import type { People } from "./people.ts";
import { randomId } from "./session.ts";
import { assertEquals } from "../testing/assert.ts";
import { DAY_MS, good, TestPeople } from "../testing/people.ts";

const RIGHT = "open sesame";
const WRONG = "open barley";
const PASSWORD = "pass:word";

/** The states of a name, as seen by the person who asks for it. "I" am the person of the cookie, olga is another. */
const STATES = [
  "free",
  "mine",
  "mine, with a secret",
  "olga's",
  "olga's, with a secret",
  "held by another connection",
  "held by my own browser",
  "olga's with a secret, unused for 91 days",
  "olga's, unused for 91 days",
  "not a name",
  "a guest's",
] as const;
type State = typeof STATES[number];

/**
 * For each way in, the answers in the order of {@linkcode STATES}: `me` or `olga` own the name now, `new`
 * is somebody new who does, `held` a person apart who has it while connected; or the status (409 is
 * `name_taken` and 400 `bad_name` to a command).
 */
// deno-fmt-ignore -- columns
const TABLE = {
  //                        free  mine +secret olga  +secret held  by me unused  unused  bad  guest
  "basic name":           "held  409  409     409   409     409   409   409     held    400  400",
  "basic name, cookie":   "held  me   me      409   409     409   held  409     held    400  400",
  "basic right":          "new   401  me      401   olga    409   409   olga    new     400  400",
  "basic right, cookie":  "new   401  me      401   olga    409   409   olga    new     400  400",
  "basic wrong":          "new   401  401     401   401     409   409   401     new     400  400",
  "basic wrong, cookie":  "new   401  401     401   401     409   409   401     new     400  400",
  "plain name":           "held  409  409     409   409     409   409   409     held    400  400",
  "plain name, cookie":   "held  me   me      409   409     409   held  409     held    400  400",
  "login name":           "new   409  409     409   409     409   409   409     new     400  400",
  "login name, cookie":   "me    me   me      409   409     409   409   409     me      400  400",
  "login right":          "new   401  me      401   olga    409   409   olga    new     400  400",
  "login right, cookie":  "me    me   me      401   olga    409   409   olga    me      400  400",
  "login wrong":          "new   401  401     401   401     409   409   401     new     400  400",
  "login wrong, cookie":  "me    me   401     401   401     409   409   401     me      400  400",
  "command name, cookie": "me    me   me      409   409     409   409   409     me      400  400",
  "command right, cookie":"me    me   me      409   409     409   409   409     me      400  400",
};

/** The server's password, and what is given for it. A cookie gives it when issued under it. */
const ENTRIES = [
  { title: "no password is needed", given: "" },
  { title: "the password is given", asked: PASSWORD, given: PASSWORD },
  { title: "a wrong password is given", asked: PASSWORD, given: "word" },
  { title: "no password is given", asked: PASSWORD, given: "" },
];
type EntryCase = { asked?: string; given: string };

for (const [way, row] of Object.entries(TABLE)) {
  const answers = row.split(/ +/);
  for (const { title, ...entry } of ENTRIES) {
    const admitted = (entry.asked ?? "") === entry.given;
    if (way.startsWith("command") && !admitted) continue; // nobody gets to give a command
    Deno.test(`${way}: ${title}`, async () => {
      const found: string[] = [];
      for (const state of STATES) found.push(`${state}: ${await answer(way, state, entry)}`);
      assertEquals(found, STATES.map((state, i) => `${state}: ${admitted ? answers[i] : "401"}`));
    });
  }
}

async function answer(way: string, state: State, { asked, given }: EntryCase): Promise<string> {
  using test = new TestPeople();
  const people = await test.open(asked);
  const [me, olga] = [randomId(), randomId()];
  const name = state === "not a name" ? "a:n" : state === "a guest's" ? "Guest-aaaa" : "Ann";
  await prepare(state, name, test, people, { me, olga, asked });

  const [kind, what, withCookie] = way.split(/,? /);
  const secret = what === "name" ? undefined : what === "right" ? RIGHT : WRONG;
  const admits = (asked ?? "") === given ? asked : "the password before";
  const cookie = withCookie ? test.sessions(admits).issue(me) : undefined;
  const second = [given, secret].filter(Boolean).join(":");

  let person: Person;
  if (kind === "command") {
    using entry = good(await people.enter({ cookie }));
    const naming = await people.take(entry.person, { name, secret });
    if (!naming.ok) return naming.code === "name_taken" ? "409" : "400";
    person = naming.user;
  } else {
    const entered = kind === "login"
      ? await people.login({ name, secret, password: given }, cookie)
      : kind === "basic"
      ? await people.enter({ cookie, basic: { user: name, password: second } })
      : await people.enter({
        cookie,
        basic: cookie === undefined ? { user: "", password: second } : undefined,
        plain: { name },
      });
    if (!entered.ok) return String(entered.status);
    person = entered.person;
  }

  assertEquals(nameKey(person.name), nameKey(name));
  const owner = await test.store.byKey(nameKey(name));
  if (owner === undefined) return "held";
  assertEquals(owner.id, person.id, "nobody has a name that another owns");
  return owner.id === me ? "me" : owner.id === olga ? "olga" : "new";
}

/** Brings a name into a state. */
async function prepare(
  state: State,
  name: string,
  test: TestPeople,
  people: People,
  { me, olga, asked }: { me: string; olga: string; asked?: string },
): Promise<void> {
  const sessions = test.sessions(asked);
  if (state.startsWith("held")) {
    const holder = state === "held by my own browser" ? me : randomId();
    good(await people.enter({ cookie: sessions.issue(holder), plain: { name } }));
  } else if (state.startsWith("mine") || state.startsWith("olga's")) {
    const owner = sessions.issue(state.startsWith("mine") ? me : olga);
    const secret = state.includes("secret") ? RIGHT : undefined;
    good(await people.login({ name: name.toUpperCase(), secret }, owner));
    if (state.includes("unused")) test.time += 91 * DAY_MS;
  }
}
