/** A client that resumes receives each changed message once, however often it was changed. */
import { assert, assertEquals } from "../testing/assert.ts";
import { HubOnState } from "../testing/hub_on_state.ts";
import type { Event } from "./events.ts";

const CHANGES = 10_000;
const BATCH = 500;

Deno.test("resuming after 10,000 changes of one message costs one entry", async () => {
  await using the = new HubOnState();
  const [ann, bob] = [the.person("ann"), the.person("bob")];
  const room = "lobby";
  const send = (id: string): Event => ({ type: "message", room, id, user: ann.user, text: id });
  the.append(send("one"), send("two"));
  await the.join(bob, room);
  const { last = 0, rev = 0 } = bob.all("joined")[0] ?? {};
  assertEquals([last, rev], [2, 0]);
  the.hub.unregister(bob);
  const person = ann.user.id;
  for (let done = 0; done < CHANGES; done += BATCH) {
    the.append(...Array.from({ length: BATCH }, (_, i): Event => {
      const [place, n] = [{ room, seq: 1, person }, done + i];
      if (n % 2 === 0) return { type: "edit", ...place, id: `e${n}`, text: `text ${n}` };
      return { type: "react", ...place, emoji: "👍", on: n % 4 === 1 };
    }));
  }
  const again = the.person("bob");
  the.hub.command(again, { type: "join", room, after: last, rev });
  const joined = await again.first("joined");
  assertEquals([joined.messages, joined.rev, joined.moreChanged], [[], CHANGES, false]);
  const [message, ...others] = joined.changed ?? [];
  assert(message?.edited !== undefined);
  const { edited: _, at: _at, ...rest } = message;
  assertEquals([rest, others], [
    { room, seq: 1, id: "one", user: ann.user, text: `text ${CHANGES - 2}`, rev: CHANGES },
    [],
  ]);
  const answer = await the.ask(again, { type: "changes", room, rev: 5 });
  assert(answer.type === "changes");
  assertEquals([answer.messages.map(({ seq }) => seq), answer.rev, answer.more], [
    [1],
    CHANGES,
    false,
  ]);
});
