import { Links } from "./link_tokens.ts";
import { openLocalState } from "./local.ts";
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";

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
