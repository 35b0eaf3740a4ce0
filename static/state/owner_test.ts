import { assertEquals } from "../../testing/assert.ts";
import { MemoryStorage } from "../../testing/storage.ts";
import type { Chat } from "./chat.ts";
import { hello, joined, message, openChat, stretch, until } from "./chat_fixture.ts";

Deno.test("What another tab has written is never sent in the name of who comes next, and shown to them", async () => {
  const area = new MemoryStorage();
  const user = { id: "guest", name: "guest-1" };
  const waiting = ({ outbox }: Chat) => outbox.pending.map(({ text, failed }) => [text, failed]);
  const target = { room: "lobby", message: "id-3", seq: 3 };
  {
    await using ann = await openChat({ area, tab: "one" });
    hello(ann.client);
    await until(() => ann.chat.me.value !== undefined);
  }
  await using one = await openChat({ area, tab: "one" });
  {
    // Both tabs were restored, and the session has ended.
    await using two = await openChat({ area, tab: "two" });
    two.chat.send("to the others");
    two.chat.actions.edit(target, "better");
    two.chat.actions.react({ ...target, message: "id-2", seq: 2 }, "👍", true);
    hello(one.client, "1.0.0", { user });
    await until(() => one.chat.me.value?.id === user.id);
    assertEquals(waiting(one.chat), []);
  }
  await using two = await openChat({ area, tab: "two" });
  const { chat, client } = two;
  hello(client, "1.0.0", { user });
  await until(() => chat.me.value?.id === user.id);
  assertEquals(waiting(chat), [["to the others", "other_person"], ["better", "other_person"]]);
  client.send(joined(3, [...stretch(1, 2), message(3, { user })]));
  await until(() => chat.active.value.live.value);
  const wishes = [2, 3].flatMap((seq) =>
    chat.actions.about({ ...target, message: `id-${seq}`, seq })
  );
  assertEquals(wishes, []);
});

Deno.test("What a guest writes behind a text stays one draft, also when words of another tab come along", async () => {
  const area = new MemoryStorage();
  const user = { id: "guest", name: "guest-1" };
  {
    await using ann = await openChat({ area, tab: "one" });
    hello(ann.client);
    await until(() => ann.chat.me.value !== undefined);
  }
  await using one = await openChat({ area, tab: "one" });
  {
    await using two = await openChat({ area, tab: "two" });
    two.chat.send("to the others");
    hello(one.client, "1.0.0", { user });
    await until(() => one.chat.me.value?.id === user.id);
    one.chat.drafts.set("lobby", "half a thought");
  }
  // The page was loaded again, and the guest goes on before the server has named them.
  await using two = await openChat({ area, tab: "two" });
  const { chat, client } = two;
  chat.drafts.set("lobby", `${chat.drafts.get("lobby")} more`);
  const { value: writer } = chat.drafts.writer;
  hello(client, "1.0.0", { user });
  await until(() => chat.me.value?.id === user.id);
  assertEquals(chat.outbox.pending.map(({ text }) => text), ["to the others"]);
  assertEquals(chat.drafts.get("lobby"), "half a thought more");
  assertEquals(chat.drafts.writer.value, writer);
});
