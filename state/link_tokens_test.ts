import { Links } from "./link_tokens.ts";
import { openLocalState } from "./local.ts";
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { HubOnState, kindOf } from "../testing/hub_on_state.ts";

Deno.test("Links has another server wait until it knows a link, and shows nobody the position", async () => {
  using store = openLocalState({ path: ":memory:", sync: "normal" });
  const reached: number[] = [];
  const links = new Links({
    ...{ state: store.state, events: store.events, now: Date.now },
    reach: (position) => {
      reached.push(position);
      return Promise.resolve();
    },
  });
  const token = await links.offerClaim();
  assert(token !== undefined);
  assertMatch(token, /^[\w-]{24}\.[\w-]{22}$/);
  assertEquals((await links.find(token))?.kind, "claim");
  const { position } = store.state.progress;
  const [secret = ""] = token.split(".");
  // Of a former version; and what somebody has changed asks for nothing.
  for (const ending of [`.${position.toString(36)}`, "", `.${"A".repeat(22)}`]) {
    assertEquals((await links.find(secret + ending))?.kind, "claim", ending);
  }
  assertEquals(reached, [position, position, 0, 0]);
});

Deno.test("links are made in the turns of whoever asks, and nothing is appended for those who may not", async () => {
  await using the = new HubOnState();
  const [root, bob] = [the.person("root", "admin"), the.person("bob")];
  const { events, state } = the.store;
  const { position } = state.progress;
  const commands = [
    { type: "reset_link", person: bob.user.id },
    { type: "invite" },
    { type: "invite", room: `~${"a".repeat(20)}` },
  ] as const;
  for (const asker of [bob, the.person("eve", "guest")]) {
    for (const command of commands) {
      const expected = "room" in command ? "no_room" : "forbidden";
      assertEquals(kindOf(await the.ask(asker, command)), expected);
    }
  }
  assertEquals(state.progress.position, position);
  let applied = 0;
  const own = Array.from({ length: 300 }, async (_, i) => {
    await events.append({ type: "all_read", person: `p${i}` });
    applied++;
  });
  for (const command of commands.slice(0, 2)) {
    assertEquals(kindOf(await the.ask(root, command)), "link");
  }
  assert(applied < own.length, `after ${applied} events of the server`);
  await Promise.all(own);
});
