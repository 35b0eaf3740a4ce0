import type { RoomMember } from "../../protocol/mod.ts";
import { assertEquals } from "../../testing/assert.ts";
import type { ScriptedClient } from "../../testing/scripted_server.ts";
import { BOB, hello, joined, ME, openChat, until } from "./chat_fixture.ts";
import { MentionSearch } from "./mention_search.ts";

const CARL: RoomMember = { id: "carl", name: "Carl Lee", role: "member" };

/** Receives a request for members and answers it; returns the text that was asked for. */
async function answer(
  client: ScriptedClient,
  members: readonly RoomMember[],
  next?: string,
): Promise<string | undefined> {
  const { id = "", text } = await client.receive("members");
  client.send({ type: "members", id, room: "lobby", members, ...(next !== undefined && { next }) });
  return text;
}

/** A chat whose person shows the lobby, and what searches its members. */
async function begin() {
  const scene = await openChat();
  const { chat, client } = scene;
  hello(client);
  await client.receive("join");
  client.send(joined(0, []));
  const room = chat.active.value;
  await until(() => room.live.value);
  const search = new MentionSearch(chat, room);
  return {
    ...{ chat, client, room, search },
    async [Symbol.asyncDispose]() {
      search[Symbol.dispose]();
      await scene[Symbol.asyncDispose]();
    },
  };
}

Deno.test("MentionSearch asks once for the members of a small room, also for those who are away", async () => {
  const scene = await begin();
  const { client, room, search } = scene;
  await using _ = scene;
  search.search("");
  search.search("");
  assertEquals(await answer(client, [{ ...BOB, role: "member" }, CARL]), undefined);
  await until(() => search.people.value.length > 0);
  assertEquals(search.people.value.map(({ name }) => name), ["Bob", "Carl Lee"]);
  assertEquals(search.everyone.value, false);
  room.role.value = "member";
  assertEquals(search.everyone.value, true);
  search.search("lee");
  // Somebody was added: the members are asked for again.
  const dora: RoomMember = { id: "dora", name: "Dora", role: "member" };
  client.send({
    type: "member",
    room: "lobby",
    user: { id: "dora", name: "Dora" },
    role: "member",
  });
  await until(() => room.memberRevision.value > 0);
  search.search("lee");
  assertEquals(await answer(client, [CARL, dora]), undefined);
  await until(() => search.people.value.length === 3);
});

Deno.test("MentionSearch looks for names in a large room, where moderators alone mention everyone", async () => {
  const scene = await begin();
  const { client, room, search } = scene;
  await using _ = scene;
  room.role.value = "member";
  search.search("l");
  search.search("le");
  search.search("lee");
  assertEquals(await answer(client, [{ ...BOB, role: "member" }], "1.bob"), undefined);
  // The last text alone; the first part of the room has nobody with it.
  assertEquals(await answer(client, [], "2.x"), "lee");
  assertEquals(await answer(client, [CARL], "3.carl"), "lee");
  await until(() => search.people.value.length === 2);
  assertEquals(search.everyone.value, false);
  room.role.value = "moderator";
  assertEquals(search.everyone.value, true);
});

Deno.test("MentionSearch knows that a room of 51 is too large for everyone to mention all", async () => {
  const scene = await begin();
  const { client, room, search } = scene;
  await using _ = scene;
  room.role.value = "member";
  search.search("");
  const members = Array.from({ length: 51 }, (_, i) => ({ ...CARL, id: `p${i}`, name: `P ${i}` }));
  await answer(client, members);
  await until(() => search.people.value.length === 51);
  assertEquals(search.everyone.value, false);
  assertEquals(search.people.value.some(({ id }) => id === ME.id), false);
});

Deno.test("MentionSearch asks again after an answer that failed", async () => {
  const scene = await begin();
  const { chat, client, search } = scene;
  await using _ = scene;
  search.search("");
  const { id = "" } = await client.receive("members");
  client.send({ type: "error", code: "rate_limited", message: "later", ref: id });
  // The answers arrive in order.
  const asked = chat.requests.ask({ type: "members", room: "lobby" });
  await answer(client, []);
  await asked;
  search.search("");
  await answer(client, [CARL]);
  await until(() => search.people.value.length === 1);
});
