import { assertEquals } from "../../testing/assert.ts";
import { hello, joined, openChat, until } from "./chat_fixture.ts";
import { makeRoom } from "./making_rooms.ts";

const NEW = { type: "create", kind: "public", room: "bee", title: "", topic: "" } as const;

for (const elsewhere of [undefined, "garden"]) {
  const name = elsewhere === undefined
    ? "A room that was made is shown"
    : "Who has gone elsewhere before a room was made stays there";
  Deno.test(name, async () => {
    await using test = await openChat();
    const { chat, client } = test;
    hello(client, "1.0.0", { role: "member" });
    client.send(joined(0, []));
    await until(() => chat.active.value.live.value);
    const made = makeRoom(chat, NEW);
    const { id } = await client.receive("create");
    if (elsewhere !== undefined) chat.open(elsewhere, { create: true });
    client.send({ type: "created", id, room: "bee" });
    assertEquals(await made, undefined);
    assertEquals(chat.active.value.name, elsewhere ?? "bee");
  });
}
