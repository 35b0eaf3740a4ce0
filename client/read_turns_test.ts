import { assertEquals } from "../testing/assert.ts";
import { ConnectedClient } from "../testing/connected_client.ts";
import { HubOnState } from "../testing/hub_on_state.ts";

Deno.test("Client reads what has waited in several turns of the loop if it is long, and else in one", async () => {
  await using the = new HubOnState();
  await using connected = new ConnectedClient(the, the.person("ann").user);
  const [client, socket] = [await connected.client, await connected.socket];
  const command = the.hub.command.bind(the.hub);
  /** The turns in which messages were read. */
  let turns: number[] = [];
  let turn = 0;
  let onLast = () => {};
  the.hub.command = (sender, line) => {
    if (line.type === "send") {
      turns.push(turn);
      setTimeout(() => turn++, 0);
      if (line.text === "last") onLast();
    }
    return command(sender, line);
  };
  const read = async (length: number) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    turns = [];
    onLast = resolve;
    // All of these wait for the reply to the first.
    const texts = [`{"type":"join","room":"lobby"}`];
    for (let i = 0; i < 8; i++) {
      const message = { room: "lobby", id: `m${length}-${i}`, text: i === 7 ? "last" : "x" };
      texts.push(JSON.stringify({ type: "send", ...message, more: "x".repeat(length) }));
    }
    for (const data of texts) socket.dispatchEvent(new MessageEvent("message", { data }));
    await promise;
    return new Set(turns).size;
  };
  const counts = [await read(10), await read(90_000)];
  client.logout();
  assertEquals(counts, [1, 5]);
});
