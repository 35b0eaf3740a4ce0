import { assert, assertEquals } from "../testing/assert.ts";
import { HubOnState } from "../testing/hub_on_state.ts";
import { openLocalState } from "./local.ts";

Deno.test("members finds those with a text in any part of their name, of large rooms part by part", async () => {
  await using the = new HubOnState();
  const [mod, bob] = [the.person("mod"), the.person("bob")];
  await the.ask(mod, { type: "create", kind: "public", title: "", topic: "", room: "tea" });
  await the.join(bob, "tea");
  // The membership follows the join.
  await bob.until(() => bob.all("room").length > 0);
  const { db } = the.store.state.database;
  const id = db.prepare("select id from room where name = 'tea'").get()?.id ?? 0;
  const person = db.prepare("insert into people (id, name, key, used) values (?1, ?2, ?1, 0)");
  const member = db.prepare(`
    insert into membership (person, room, visible_from, level, read, place, since)
    values (?, ?, 1, 'all', 0, 1, ?)
  `);
  for (let i = 0; i < 1_050; i++) {
    const key = `p${String(i).padStart(4, "0")}`;
    person.run(key, i % 350 === 349 ? `Zoë ${i} Lee` : `Number ${i}`);
    member.run(key, id, 2 ** 41 + i);
  }
  const pages = async (text: string) => {
    const found: string[][] = [];
    let after: string | undefined;
    do {
      const line = await the.ask(bob, {
        ...{ type: "members", room: "tea", text },
        ...(after !== undefined && { after }),
      });
      assert(line.type === "members");
      found.push(line.members.map(({ name }) => name));
      after = line.next;
    } while (after !== undefined);
    return found;
  };
  assertEquals(await pages("lEE"), [["Zoë 349 Lee"], ["Zoë 699 Lee"], ["Zoë 1049 Lee"]]);
  assertEquals((await pages("zoë")).flat().length, 3);
  assertEquals(await pages("O"), await pages(" o "));
  assertEquals((await pages("mod")).flat(), ["mod"]);
  const all = (await pages("")).map(({ length }) => length);
  assertEquals(all, [...Array.from({ length: 10 }, () => 100), 52]);
  assertEquals((await pages("number")).flat().length, 1_047);
});

Deno.test("members of a room that is made private receive it after the one who did that, a few at a time", () => {
  using store = openLocalState({ path: ":memory:", sync: "normal" });
  const user = { id: "ann", name: "ann" };
  const [, , , , made] = store.state.append([
    { type: "name", person: "ann", name: "ann", key: "ann", used: 1 },
    { type: "name", person: "bob", name: "bob", key: "bob", used: 1 },
    { type: "message", room: "tea", id: "m", user, text: "x" },
    { type: "join", person: "bob", room: "tea" },
    { type: "room_private", room: "tea", to: "~abcdefghijklmnopqrst", by: "ann" },
  ], 1);
  assert(made?.type === "changed");
  const memberships = made.effects?.filter(({ type }) => type === "membership");
  assertEquals(memberships, [
    { type: "membership", person: "ann", room: "~abcdefghijklmnopqrst" },
    { type: "membership", person: "bob", room: "~abcdefghijklmnopqrst", late: true },
  ]);
});
