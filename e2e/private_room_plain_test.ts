/** Plain connections of somebody who is no member of a private room any more. */
import { assert, assertEquals } from "../testing/assert.ts";
import { basic, ChatClient } from "../testing/chat_client.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { TestSocket } from "../testing/sockets.ts";

Deno.test("a person who leaves a private room no longer reads it on a plain connection, either", async () => {
  await using hubbub = await Hubbub.start();
  const { port } = hubbub;
  const bobs = basic("bob:open barley");
  await using ann = await ChatClient.open(port, basic("ann:open sesame"));
  await using bob = await ChatClient.open(port, bobs);
  ann.send({ type: "create", id: "c", kind: "private", title: "T", topic: "", history: "all" });
  const { room } = await ann.take("created");
  await ann.join(room);
  ann.send({ type: "add", id: "a", room, person: bob.user.id });
  await bob.take("room", (line) => line.room === room);
  await using plain = await TestSocket.open(port, `/ws?room=${room}`, { headers: bobs });
  await ann.say("for members", room);
  await plain.until(() => plain.lines.some((line) => line.includes("for members")));
  bob.send({ type: "leave", room });
  await bob.take("left");
  assertEquals((await plain.closed).code, 1008);
  await ann.say("for those who have stayed", room);
  assert(!plain.lines.some((line) => line.includes("stayed")));
});
