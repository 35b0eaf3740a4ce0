import { assert, assertEquals } from "../../../testing/assert.ts";
import { MemoryStorage } from "../../../testing/storage.ts";
import { arrived, hello, joined, ME, message, openChat, until } from "../chat_fixture.ts";
import type { Chat } from "../chat.ts";
import type { FileSenderHost, MakeFileSender } from "./file_sender.ts";

const ID = "A".repeat(22);
const OTHER = "B".repeat(22);

/** A file sender that the test controls. */
function scriptedUploads() {
  const hosts: FileSenderHost[] = [];
  const forgotten: string[] = [];
  return {
    forgotten,
    /** The host that the newest page has given to its file sender. */
    get host(): FileSenderHost {
      const host = hosts.at(-1);
      assert(host, "nothing was loaded");
      return host;
    },
    load: (): Promise<MakeFileSender> =>
      Promise.resolve((host) => {
        hosts.push(host);
        return { add() {}, update() {}, forget: ({ key }) => forgotten.push(key) };
      }),
  };
}

const file = (name: string, content = "text") => new File([content], name, { type: "text/plain" });
const names = (chat: Chat) => chat.files.inTray("lobby").map(({ name }) => name);

/** Opens a chat in the lobby. */
async function open(uploads: ReturnType<typeof scriptedUploads>, area = new MemoryStorage()) {
  const test = await openChat({ area, tab: "tab", loadUploader: uploads.load });
  hello(test.client);
  test.client.send(joined(0, []));
  await until(() => test.chat.active.value.live.value);
  return test;
}

Deno.test("A message waits for its files, the others of its room wait behind it, and its ids go along", async () => {
  const uploads = scriptedUploads();
  await using test = await open(uploads);
  const { chat, client } = test;
  chat.files.add("lobby", [file("a"), file("b")]);
  await chat.files.prepare();
  const [a, b] = chat.files.inTray("lobby");
  assert(a && b);
  chat.send("with files", 7);
  chat.send("behind");
  assertEquals(names(chat), []);
  assertEquals(chat.outbox.pending.map(({ files }) => files), [[a.key, b.key], undefined]);
  uploads.host.change(b.key, { id: OTHER });
  uploads.host.change(a.key, { id: ID });
  const sent = await client.receive("send");
  assertEquals([sent.text, sent.re, sent.files], ["with files", 7, [ID, OTHER]]);
  const info = { id: ID, name: "a", size: 4, type: "text/plain" };
  client.send({
    type: "message",
    ...message(1, { user: ME, id: sent.id, text: sent.text, files: [info] }),
  });
  const next = await client.receive("send");
  assertEquals([next.text, next.files], ["behind", undefined]);
  await arrived(chat, 1);
});

Deno.test("A file stands as stalled until bytes of it arrive again", async () => {
  const uploads = scriptedUploads();
  await using test = await open(uploads);
  const { files } = test.chat;
  files.add("lobby", [file("a"), file("b")]);
  await files.prepare();
  uploads.host.stalls("a");
  uploads.host.stalls("b");
  uploads.host.stalls("a");
  uploads.host.progress("a", 2);
  assertEquals([...files.stalled.value], ["b"]);
});

Deno.test("Files in the tray and on their way are there after a reload", async () => {
  const uploads = scriptedUploads();
  const area = new MemoryStorage();
  {
    await using test = await open(uploads, area);
    const { files } = test.chat;
    files.add("lobby", [file("sent")]);
    await files.prepare();
    test.chat.send("");
    files.add("lobby", [file("a"), file("b"), file("c")]);
    const [a, b, c] = files.inTray("lobby");
    assert(a && b && c);
    files.move(c.key, -2);
    files.move(a.key, 5);
    assertEquals(names(test.chat), ["c", "b", "a"]);
    files.remove(b.key);
    assertEquals(uploads.forgotten, [b.key]);
  }
  await using test = await open(uploads, area);
  const { chat, client } = test;
  assertEquals(names(chat), ["c", "a"]);
  await chat.files.prepare();
  const waiting = uploads.host.list().find(({ name }) => name === "sent");
  assert(waiting && uploads.host.isWanted(waiting));
  uploads.host.change(waiting.key, { id: ID });
  assertEquals((await client.receive("send")).files, [ID]);
});

Deno.test("A refused upload refuses its message, and trying again tries both", async () => {
  const uploads = scriptedUploads();
  await using test = await open(uploads);
  const { chat, client } = test;
  chat.files.add("lobby", [file("a")]);
  await chat.files.prepare();
  chat.send("look");
  chat.send("behind");
  const [pending] = chat.outbox.pending;
  const [a] = uploads.host.list();
  assert(pending && a);
  uploads.host.change(a.key, { failed: "file_disk_full" });
  assertEquals(chat.outbox.find(pending.id)?.failed, "file_disk_full");
  // The others of the room continue.
  const { id, text } = await client.receive("send");
  assertEquals(text, "behind");
  client.send({ type: "message", ...message(1, { user: ME, id, text }) });
  await arrived(chat, 1);
  chat.retry(pending.id);
  assertEquals(chat.files.find(a.key)?.failed, undefined);
  uploads.host.change(a.key, { id: ID });
  assertEquals((await client.receive("send")).files, [ID]);
  // A lost file stays lost.
  chat.files.add("lobby", [file("b")]);
  const [b] = chat.files.inTray("lobby");
  chat.send("");
  const last = chat.outbox.pending.at(-1);
  assert(b && last);
  uploads.host.change(b.key, { failed: "file_lost" });
  chat.retry(last.id);
  assertEquals(chat.outbox.find(last.id)?.failed, "file_lost");
});

Deno.test("Files that the server has removed meanwhile are uploaded again", async () => {
  const uploads = scriptedUploads();
  await using test = await open(uploads);
  const { chat, client } = test;
  chat.files.add("lobby", [file("a")]);
  await chat.files.prepare();
  const [a] = uploads.host.list();
  assert(a);
  uploads.host.change(a.key, { id: ID });
  chat.send("late");
  const { id } = await client.receive("send");
  client.send({ type: "error", code: "no_file", message: "gone", ref: id });
  await until(() => chat.files.find(a.key)?.id === undefined);
  assertEquals(uploads.host.isWanted(a), true);
  uploads.host.change(a.key, { id: OTHER });
  const again = await client.receive("send");
  assertEquals([again.id, again.files], [id, [OTHER]]);
});

Deno.test("Too many files, empty and too large ones are refused at once", async () => {
  const uploads = scriptedUploads();
  await using test = await open(uploads);
  const { chat } = test;
  const limit = chat.limits.value;
  assert(limit);
  chat.limits.value = { ...limit, file: 10, files: 3 };
  const left = chat.files.add("lobby", [
    ...[file("a"), file("large", "x".repeat(11)), file("empty", ""), file("left")],
  ]);
  assertEquals(left, 1);
  assertEquals(chat.files.inTray("lobby").map(({ failed }) => failed), [
    ...[undefined, "file_too_large", "file_empty"],
  ]);
  chat.limits.value = { ...limit, file: 0 };
  chat.files.add("other", [file("a")]);
  assertEquals(chat.files.inTray("other")[0]?.failed, "no_files");
});

Deno.test("A message whose files are on their way in another tab holds up none of this one", async () => {
  for (const isReloaded of [true, false]) {
    const area = new MemoryStorage();
    const uploads = scriptedUploads();
    await using one = await open(uploads, area);
    const before = isReloaded ? undefined : await openChat({ area, tab: "other" });
    if (before) hello(before.client);
    one.chat.files.add("lobby", [file("large")]);
    await one.chat.files.prepare();
    one.chat.send("with a file");
    await using other = before ?? await openChat({ area, tab: "other" });
    if (before) before.client.cut();
    const client = before ? await before.server.accept() : other.client;
    hello(client);
    client.send(joined(0, []));
    await until(() => other.chat.active.value.live.value);
    assertEquals(other.chat.outbox.pending.map(({ text }) => text), ["with a file"]);
    other.chat.send("at once");
    assertEquals(other.chat.outbox.pending.map(({ fresh }) => fresh), [true, undefined]);
    assertEquals((await client.receive("send")).text, "at once");
  }
});

Deno.test("A file in the tray before the server has said who is at the page is theirs, not the former owner's", async () => {
  const area = new MemoryStorage();
  const uploads = scriptedUploads();
  {
    await using test = await open(uploads, area);
    test.chat.files.add("lobby", [file("Ann's")]);
  }
  {
    await using test = await openChat({ area, tab: "tab", loadUploader: uploads.load });
    const { chat, client } = test;
    chat.files.add("lobby", [file("the guest's")]);
    const [, own] = chat.files.inTray("lobby");
    assert(own);
    hello(client, "1.0.0", { user: { id: "guest", name: "guest-1" } });
    await until(() => chat.me.value?.id === "guest");
    assertEquals(names(chat), ["the guest's"]);
    client.send(joined(0, []));
    await until(() => chat.active.value.live.value);
    chat.send("with it");
    await chat.files.prepare();
    uploads.host.change(own.key, { id: ID });
    assertEquals((await client.receive("send")).files, [ID]);
  }
  await using test = await open(uploads, area);
  assertEquals([names(test.chat), test.chat.outbox.pending], [["Ann's"], []]);
});
