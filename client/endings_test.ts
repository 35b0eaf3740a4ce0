import { assertEquals } from "../testing/assert.ts";
import { ConnectedClient } from "../testing/connected_client.ts";
import { HubOnState } from "../testing/hub_on_state.ts";

Deno.test("Client cuts the reason of its end to what a close frame can hold", async () => {
  await using the = new HubOnState();
  const ann = the.person("ann");
  await using connected = new ConnectedClient(the, ann.user);
  const client = await connected.client;
  client.dismiss({ code: 1008, reason: `a${"é".repeat(100)}` });
  const { code, reason } = await connected.closed;
  assertEquals([code, reason], [1008, `a${"é".repeat(61)}`]);
});

Deno.test("Client of plain lines is refused a room that has become private, also to its members", async () => {
  await using the = new HubOnState();
  const ann = the.person("ann");
  await the.ask(ann, { type: "create", kind: "public", room: "staff", title: "", topic: "" });
  await the.ask(ann, { type: "make_private", room: "staff" });
  await using connected = new ConnectedClient(the, ann.user, { room: "staff", history: 10 });
  assertEquals((await connected.left).drop, "refused");
  assertEquals((await connected.closed).code, 1008);
});
