/** What people say about themselves: who changes it, who reads it, and when it goes. */
import { assert, assertEquals } from "../testing/assert.ts";
import { HubOnState, kindOf } from "../testing/hub_on_state.ts";
import type { Recorder } from "../testing/recorder.ts";

Deno.test("a person has one line about themselves, which an admin can only remove", async () => {
  await using the = new HubOnState();
  const [ann, bob, root] = [the.person("ann"), the.person("bob"), the.person("root", "admin")];
  const guest = the.person("guest", "guest");
  const say = async (who: Recorder, text: string, person?: Recorder) =>
    kindOf(
      await the.ask(who, {
        ...{ type: "about", text },
        ...(person !== undefined && { person: person.user.id }),
      }),
    );
  const about = async (person: string, asker = guest) => {
    const line = await the.ask(asker, { type: "profile", person });
    assert(line.type === "profile" && line.person === person);
    return line.about;
  };
  assertEquals(await about(ann.user.id), "");
  assertEquals([await say(ann, "Gardener"), await say(ann, "Gardener")], ["ok", "ok"]);
  assertEquals([await about(ann.user.id), await about("nobody")], ["Gardener", ""]);
  assertEquals(await say(guest, "Hello"), "forbidden");
  assertEquals(await say(bob, "", ann), "forbidden");
  the.append({ type: "mute", person: ann.user.id, by: root.user.id });
  assertEquals(await say(ann, "Muted"), "muted");
  assertEquals(await say(ann, ""), "ok");
  the.append({ type: "mute", person: ann.user.id, by: root.user.id, seconds: 0 });
  assertEquals(await say(ann, "Rude"), "ok");
  // An event with words for another person is refused, too.
  const event = { type: "about", person: ann.user.id, by: root.user.id } as const;
  const [outcome] = the.store.state.append([{ ...event, text: "Fool" }], 1);
  assertEquals(outcome?.type, "refused");
  assertEquals([await say(root, "", ann), await about(ann.user.id)], ["ok", ""]);
  const audit = await the.ask(root, { type: "audit" });
  assert(audit.type === "audit");
  const [entry] = audit.entries;
  assertEquals([entry?.action, entry?.by, entry?.person, entry?.detail], [
    ...["remove_about", root.user.id, ann.user.id, undefined],
  ]);
  // It goes with the account.
  assertEquals(await say(ann, "Last words"), "ok");
  the.append({ type: "account_deleted", person: ann.user.id, generation: 0 });
  assertEquals(await about(ann.user.id), "");
  const { db } = the.store.state.database;
  assertEquals(db.prepare("select * from about").all(), []);
});
