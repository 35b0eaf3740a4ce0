/** People who do not want to be disturbed. */
import { assert, assertEquals } from "../testing/assert.ts";
import { HubOnState, kindOf } from "../testing/hub_on_state.ts";
import { LASTING } from "./restrictions.ts";

Deno.test("do not disturb is sent to all devices of the person, also to later ones, and to nobody else", async () => {
  await using the = new HubOnState();
  const [ann, phone, bob, root] = [
    the.person("ann"),
    the.person("ann"),
    the.person("bob"),
    the.person("root", "admin"),
  ];
  for (const client of [bob, root]) await client.first("state");
  const before = [bob, root].map(({ lines }) => lines.length);
  const start = Date.now();
  assertEquals(kindOf(await the.ask(ann, { type: "do_not_disturb", seconds: 3600 })), "ok");
  for (const client of [ann, phone]) {
    const until = client.all("you").at(-1)?.undisturbed;
    assert(until !== undefined && until >= start + 3_600_000 && until <= Date.now() + 3_600_000);
  }
  const until = phone.all("you").at(-1)?.undisturbed;
  assertEquals(the.store.permissions.welcome(ann.user.id).undisturbed, until);
  assertEquals(the.store.permissions.welcome(bob.user.id).undisturbed, undefined);
  await the.ask(phone, { type: "do_not_disturb" });
  assertEquals(ann.all("you").at(-1)?.undisturbed, LASTING);
  await the.ask(phone, { type: "do_not_disturb", seconds: 0 });
  assertEquals(ann.all("you").at(-1)?.undisturbed, undefined);
  const told = ann.all("you").length;
  await the.ask(phone, { type: "do_not_disturb", seconds: 0 });
  assertEquals(ann.all("you").length, told);
  // Their answers show that nothing else was on the way.
  for (const client of [bob, root]) await the.ask(client, { type: "all_read" });
  assertEquals([bob, root].map(({ lines }, i) => lines.length - (before[i] ?? 0)), [1, 1]);
  const audit = await the.ask(root, { type: "audit" });
  assert(audit.type === "audit" && audit.entries.every(({ person }) => person !== ann.user.id));
});

Deno.test("do not disturb is not for guests, and goes with the name", async () => {
  await using the = new HubOnState();
  const [ann, eve] = [the.person("ann"), the.person("eve", "guest")];
  assertEquals(kindOf(await the.ask(eve, { type: "do_not_disturb" })), "forbidden");
  await the.ask(ann, { type: "do_not_disturb" });
  the.append({ type: "name_expired", person: ann.user.id, used: 1 });
  assertEquals(the.store.permissions.access(ann.user.id).undisturbed, undefined);
  assertEquals(the.store.state.database.db.prepare("select * from do_not_disturb").all(), []);
});
