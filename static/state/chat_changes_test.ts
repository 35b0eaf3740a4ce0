/** Changes of messages in a chat: those of others, and one's own that are shown before they are confirmed. */
import { assertEquals } from "../../testing/assert.ts";
import { MemoryStorage } from "../../testing/storage.ts";
import type { ChangedLine, Message } from "../../protocol/mod.ts";
import type { Chat } from "./chat.ts";
import {
  arrived,
  BOB,
  hello,
  joined,
  ME,
  message,
  openChat,
  type ScriptedChat,
  stretch,
  until,
} from "./chat_fixture.ts";
import { targetOf } from "./message_actions.ts";

function changed(changed: Partial<Message> & { seq: number; rev: number }, rest = {}): ChangedLine {
  return {
    ...{ type: "changed", room: "lobby", rev: changed.rev },
    message: message(changed.seq, changed),
    ...rest,
  };
}

/** A chat in the lobby with three messages, of which the last is its person's. */
async function inLobby(options: Parameters<typeof openChat>[0] = {}): Promise<ScriptedChat> {
  const test = await openChat(options);
  hello(test.client);
  await test.client.receive("join");
  test.client.send(joined(3, [...stretch(1, 2), message(3, { user: ME })]));
  await arrived(test.chat, 3);
  return test;
}

/** Ends the connection and accepts the next one. */
async function comeBack({ chat, client, server }: ScriptedChat) {
  client.cut();
  await until(() => chat.connection.state.value.kind === "closed");
  const again = await server.accept();
  hello(again);
  return { again, join: await again.receive("join") };
}

function at(chat: Chat, seq: number): Message {
  const found = chat.active.value.timeline.get(seq);
  if (!found) throw new Error(`There is no message ${seq}`);
  return chat.actions.shown(found).message;
}

function texts(chat: Chat): string[] {
  return chat.active.value.timeline.messages.map(({ seq }) => at(chat, seq).text);
}

/** Resolves once the shown texts are these. */
function shown(chat: Chat, wanted: readonly string[]): Promise<void> {
  return until(() => {
    chat.active.value.revision.value;
    return texts(chat).join() === wanted.join();
  });
}

Deno.test("Changes are applied by their rev, and the last one is used to ask for missed ones", async () => {
  await using test = await inLobby();
  const { chat, client } = test;
  client.send(
    changed({ seq: 1, rev: 2, text: "second" }),
    changed({ seq: 1, rev: 1, text: "stale" }),
    changed({ seq: 2, rev: 3, text: "", deleted: "author" }),
    changed({ seq: 99, rev: 4, text: "not here" }),
  );
  await shown(chat, ["second", "", "text 3"]);
  assertEquals(chat.active.value.changes.rev, 4);

  const { again, join } = await comeBack(test);
  assertEquals([join.after, join.rev], [3, 4]);
  const missed = [message(1, { text: "third", rev: 9 }), message(3, { text: "mine", rev: 10 })];
  again.send(joined(4, stretch(4, 4), { rev: 12, changed: missed, moreChanged: true }));
  assertEquals(await again.receive("changes"), { type: "changes", room: "lobby", rev: 10 });
  // A change that arrives live meanwhile is shown, but closes no gap.
  again.send(changed({ seq: 4, rev: 13, text: "live" }));
  await shown(chat, ["third", "", "mine", "live"]);
  assertEquals(chat.active.value.changes.rev, 10);
  again.send({
    ...{ type: "changes", room: "lobby", rev: 12, more: false },
    messages: [message(2, { text: "", deleted: "author", rev: 11 }), message(4, { rev: 12 })],
  });
  await until(() => chat.active.value.revision.value > 0 && chat.active.value.changes.isComplete);
  assertEquals(texts(chat), ["third", "", "mine", "live"]);
  assertEquals(chat.active.value.changes.rev, 13);
});

Deno.test("A change is shown at once, sent once, and confirmed by its id", async () => {
  await using test = await inLobby();
  const { chat, client } = test;
  chat.actions.edit(targetOf(at(chat, 3)), "better");
  assertEquals(texts(chat), ["text 1", "text 2", "better"]);
  const edit = await client.receive("edit");
  assertEquals([edit.seq, edit.text], [3, "better"]);
  chat.actions.react(targetOf(at(chat, 1)), "👍", true);
  const reactions = [{ emoji: "👍", users: [ME.id], count: 1 }];
  assertEquals(at(chat, 1).reactions, reactions);
  // Another change of the same person is no confirmation.
  client.send(changed({ seq: 3, rev: 1, text: "other" }, { by: ME.id, id: "other" }));
  client.send(
    changed({ seq: 3, rev: 2, text: "better", edited: 5 }, { by: ME.id, id: edit.id }),
  );
  const react = await client.receive("react");
  assertEquals([react.seq, react.emoji, react.on], [1, "👍", true]);
  // It was so already: another tab was quicker.
  client.send(changed({ seq: 1, rev: 3, reactions }), { type: "ok", id: react.id ?? "" });
  await until(() => {
    chat.active.value.revision.value;
    return !chat.actions.has(react.id);
  });
  assertEquals([at(chat, 3).text, at(chat, 1).reactions], ["better", reactions]);
});

Deno.test("A refused change is undone with the reason; the text of an edit is kept", async () => {
  const refused: string[] = [];
  await using test = await inLobby({
    onActionRefused: ({ wish }, code) => refused.push(`${wish.kind} ${code}`),
  });
  const { chat, client } = test;
  chat.actions.delete(targetOf(at(chat, 3)));
  assertEquals(at(chat, 3).deleted, "author");
  const { id: ref = "" } = await client.receive("delete");
  client.send({ type: "error", code: "forbidden", message: "", ref });
  await shown(chat, ["text 1", "text 2", "text 3"]);

  chat.actions.edit(targetOf(at(chat, 3)), "too long");
  const edit = await client.receive("edit");
  client.send({ type: "error", code: "too_long", message: "", ref: edit.id });
  await shown(chat, ["text 1", "text 2", "text 3"]);
  assertEquals(refused, ["delete forbidden", "edit too_long"]);
  const [failed] = chat.actions.about(targetOf(at(chat, 3)));
  assertEquals([failed?.failed, failed?.wish], ["too_long", { kind: "edit", text: "too long" }]);
  if (failed) chat.actions.retry(failed);
  const again = await client.receive("edit");
  assertEquals([again.text, again.id === edit.id], ["too long", false]);

  // The message was deleted meanwhile: its place has none for the text, which can be sent as another message.
  client.send({ type: "error", code: "bad_value", message: "", ref: again.id });
  await until(() => {
    chat.active.value.revision.value;
    return chat.outbox.pending.length > 0;
  });
  assertEquals(chat.actions.about(targetOf(at(chat, 3))), []);
  assertEquals(chat.outbox.pending.map(({ text, failed }) => [text, failed]), [
    ["too long", "gone"],
  ]);
  assertEquals(refused.at(-1), "edit no_message");
});

Deno.test("A change made offline is sent after a reload, once and in its last state", async () => {
  const area = new MemoryStorage();
  {
    await using test = await inLobby({ area });
    const { chat, client } = test;
    client.cut();
    await until(() => chat.connection.state.value.kind === "closed");
    const target = targetOf(at(chat, 1));
    for (const on of [true, false, true]) chat.actions.react(target, "🎉", on);
    for (const text of ["one", "two"]) chat.actions.edit(targetOf(at(chat, 3)), text);
    chat.actions.react(target, "👍", true);
    chat.actions.react(target, "👍", false);
    assertEquals(texts(chat), ["text 1", "text 2", "two"]);
  }
  await using test = await inLobby({ area });
  const { chat, client } = test;
  assertEquals(texts(chat), ["text 1", "text 2", "two"]);
  const react = await client.receive("react");
  assertEquals([react.emoji, react.on], ["🎉", true]);
  client.send({ type: "ok", id: react.id ?? "" });
  const edit = await client.receive("edit");
  assertEquals(edit.text, "two");
  // The answer is lost: the same id asks for the outcome.
  const { again } = await comeBack(test);
  again.send(joined(3, [], { rev: 0, changed: [], moreChanged: false }));
  assertEquals((await again.receive("edit")).id, edit.id);
  again.send({ type: "ok", id: edit.id });
  await until(() => {
    chat.active.value.revision.value;
    return !chat.actions.has(edit.id);
  });
});

Deno.test("A message that was never handed over is changed where it waits, else after its acknowledgement", async () => {
  await using test = await openChat();
  const { chat, client } = test;
  chat.send("first");
  chat.send("second");
  const [first, second] = chat.outbox.pending;
  if (!first || !second) throw new Error("Nothing waits");
  chat.actions.edit({ room: "lobby", message: first.id }, "FIRST");
  assertEquals(chat.outbox.pending.map(({ text }) => text), ["FIRST", "second"]);
  hello(client);
  client.send(joined(0, []));
  assertEquals((await client.receive("send")).text, "FIRST");
  chat.actions.edit({ room: "lobby", message: first.id }, "First!");
  chat.actions.delete({ room: "lobby", message: second.id });
  assertEquals(chat.outbox.pending.map(({ text }) => text), ["FIRST"]);
  client.send({ type: "message", ...message(1, { user: ME, id: first.id, text: "FIRST" }) });
  const edit = await client.receive("edit");
  assertEquals([edit.seq, edit.text, chat.outbox.pending], [1, "First!", []]);
});

Deno.test("Edits of another store of the server are shown and not sent", async () => {
  await using test = await inLobby();
  const { chat, client, server } = test;
  client.cut();
  await until(() => chat.connection.state.value.kind === "closed");
  chat.actions.edit(targetOf(at(chat, 3)), "typed with care");
  chat.actions.react(targetOf(at(chat, 1)), "👍", true);
  const again = await server.accept();
  hello(again, "1.0.0", { store: "store-2" });
  await again.receive("join");
  again.send(joined(3, stretch(1, 3), { store: "store-2" }));
  await arrived(chat, 3);
  assertEquals(texts(chat), ["text 1", "text 2", "text 3"]);
  assertEquals(at(chat, 1).reactions, undefined);
  assertEquals(
    chat.outbox.pending.map(({ text, failed }) => [text, failed]),
    [["typed with care", "other_store"]],
  );
});

Deno.test("A deleted message is neither unread nor a mention", async () => {
  await using test = await openChat({ attentive: () => false });
  const { chat, client } = test;
  hello(client, "1.0.0", { role: "member" });
  client.send({
    ...{ type: "state", more: false },
    rooms: [{
      ...{ room: "lobby", since: 1, last: 1, read: 1, unread: 0, mentions: 0, level: "all" },
      order: 1,
    }],
  });
  client.send(joined(1, stretch(1, 1), { role: "member" }));
  await arrived(chat, 1);
  client.send(...[2, 3].map((seq) => ({ type: "message" as const, ...message(seq) })));
  await arrived(chat, 3);
  assertEquals(chat.active.value.unread.value, 2);
  client.send(
    changed({ seq: 2, rev: 1, text: "", deleted: "author", user: BOB }),
    changed({ seq: 1, rev: 2, text: "", deleted: "author", user: BOB }),
  );
  await shown(chat, ["", "", "text 3"]);
  assertEquals(chat.active.value.unread.value, 1);
});
