/** Uploads that nobody has room for, files that nobody may read any more, and crashes between two steps. */
import { assert, assertEquals } from "../testing/assert.ts";
import { basic, browser, ChatClient } from "../testing/chat_client.ts";
import { delay } from "../lib/std.ts";
import { freePort } from "../testing/free_port.ts";
import { noDisk, smallDisk } from "../testing/disk.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { randomBytes } from "../testing/sample_files.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { TusClient } from "../testing/tus.ts";

const ANN = basic("ann:open sesame");
const BEN = basic("ben:open sesame");
/** How often a server is killed. */
const KILLS = Deno.env.get("HUBBUB_TEST_LONG") === "1" ? 30 : 2;
const SAME = randomBytes(100_000);

Deno.test({
  name: "the program refuses what the disk has no room for, keeps nothing of it, and chats on",
  ignore: noDisk,
  async fn() {
    await using disk = await smallDisk("40m");
    await using hubbub = await Hubbub.start(["--data", `${disk.path}/chat.db`]);
    await using ann = await ChatClient.enter(hubbub.port, ["lobby"], ANN);
    const tus = new TusClient(hubbub.port, ANN);
    await tus.upload(randomBytes(20_000_000), "fits");
    const [one, other] = [await tus.begin(14_000_000), await tus.begin(14_000_000)];
    const ends = await Promise.all([one, other].map(async (path) => {
      return await ended(tus.append(path, 0, randomBytes(14_000_000)));
    }));
    assert(ends.includes(507), `${ends}`);
    assertEquals(await ended(tus.create(25_000_000)), 507);
    const refused = ends[0] === 507 ? one : other;
    assertEquals((await tus.request("HEAD", refused)).status, 404);
    assertEquals((await ann.say("on we chat")).text, "on we chat");
    assertEquals(await hubbub.health(), 200);
    await hubbub.logged(/"event":"uploads refused".*disk full/);
  },
});

Deno.test("the program takes as many bytes as --max-files says, and room again from a deletion", async () => {
  await using hubbub = await Hubbub.start(["--max-files", "150000"]);
  await using ann = await ChatClient.enter(hubbub.port, ["lobby"], ANN);
  const tus = new TusClient(hubbub.port, ANN);
  const id = await tus.upload(randomBytes(100_000), "first");
  assertEquals(await ended(tus.create(60_000)), 507);
  // Two that fit alone: the second one to be whole does not fit any more.
  const [one, other] = [await tus.begin(40_000), await tus.begin(40_000)];
  assertEquals(await ended(tus.append(one, 0, randomBytes(40_000))), 204);
  assertEquals(await ended(tus.append(other, 0, randomBytes(40_000))), 507);
  assertEquals((await tus.request("HEAD", other)).status, 404);
  ann.send({ type: "send", room: "lobby", id: "m", text: "", files: [id] });
  const { seq } = await ann.take("message");
  ann.send({ type: "delete", room: "lobby", seq });
  await ann.take("changed");
  assertEquals(await ended(tus.create(60_000)), 201);
  // Bytes count that are no file yet, and may never be one.
  const [half, more] = [await tus.begin(60_000), await tus.begin(60_000)];
  assertEquals(await ended(tus.append(half, 0, randomBytes(59_999))), 204);
  assertEquals(await ended(tus.append(more, 0, randomBytes(59_999))), 507);
  assertEquals((await tus.request("HEAD", more)).status, 404);
  assertEquals(await ended(tus.create(60_000)), 507);
  assertEquals(await ended(tus.request("DELETE", half)), 204);
  assertEquals(await ended(tus.create(60_000)), 201);
});

Deno.test("the program ends access to a file with the removal from its room", async () => {
  await using folder = await temporaryFolder();
  await using hubbub = await Hubbub.start(["--data", `${folder.path}/chat.db`]);
  const { port } = hubbub;
  await using ann = await ChatClient.open(port, ANN);
  await using ben = await ChatClient.open(port, BEN);
  ann.send({ type: "create", id: "c", kind: "private", title: "Plans" });
  const { room } = await ann.take("created");
  ann.send({ type: "add", id: "a", room, person: ben.user.id });
  await ann.take("ok", (line) => line.id === "a");
  await ann.join(room);
  const [tus, other] = [new TusClient(port, ANN), new TusClient(port, BEN)];
  const id = await tus.upload(randomBytes(1000), "plan");
  assertEquals(await ended(other.get(id)), 404);
  ann.send({ type: "send", room, id: "m", text: "", files: [id] });
  await ann.take("message");
  assertEquals(await ended(other.get(id)), 200);
  assertEquals(await ended(new TusClient(port, await browser(port)).get(id)), 404);
  ann.send({ type: "remove", id: "r", room, person: ben.user.id });
  await ann.take("ok", (line) => line.id === "r");
  assertEquals(await ended(other.get(id, { "if-none-match": `"${id}"` })), 404);
});

Deno.test("the program makes a file of an upload that was whole when it was killed", async () => {
  await using folder = await temporaryFolder();
  const flags = ["--data", `${folder.path}/chat.db`];
  let path = "";
  const bytes = randomBytes(5_000_000);
  {
    await using hubbub = await Hubbub.start(flags);
    const tus = new TusClient(hubbub.port, ANN);
    path = await tus.begin(bytes.length);
    // The last bytes arrive, and it is killed before it answers, or right after.
    const last = tus.append(path, 0, bytes).catch(() => {});
    const part = `${folder.path}/chat.db.files/uploads/${path.slice(7)}`;
    while (await sizeOf(part) < bytes.length && await sizeOf(`${part}.json`) > 0);
    hubbub.signal("SIGKILL");
    await hubbub.status;
    await last;
  }
  await using hubbub = await Hubbub.start(flags);
  const tus = new TusClient(hubbub.port, ANN);
  assertEquals(await tus.offset(path), bytes.length);
  const answer = await tus.get(path.slice("/files/".length));
  assertEquals(await answer.bytes(), bytes);
  const left = [...Deno.readDirSync(`${folder.path}/chat.db.files/uploads`)];
  assertEquals(left.map(({ name }) => name), []);
});

Deno.test("the program keeps the files of each acknowledged message, however often it is killed", async () => {
  await using folder = await temporaryFolder();
  const port = freePort();
  const start = () => Hubbub.start(["--data", `${folder.path}/chat.db`, "--port", `${port}`]);
  let hubbub = await start();
  const sent = new Map<string, Uint8Array>();
  let isOver = false;
  const send = async (person: number) => {
    const name = basic(`person ${person}:open sesame`);
    for (let i = 0; !isOver; i++) {
      try {
        // Some have equal contents.
        const bytes = i % 4 === 3 ? SAME : randomBytes(200_000 + i);
        const file = await new TusClient(port, name).upload(bytes, "a.bin");
        await using client = await ChatClient.enter(port, ["lobby"], name);
        const id = `${person}-${i}`;
        client.send({ type: "send", room: "lobby", id, text: "", files: [file] });
        await Promise.race([
          client.take("message", (message) => message.id === id),
          client.closed.then(() => Promise.reject(new Error("closed"))),
        ]);
        sent.set(file, bytes);
      } catch {
        // It was killed, and nothing was acknowledged.
        await delay(100);
      }
    }
  };
  const sending = [1, 2, 3].map(send);
  for (let kill = 0; kill < KILLS; kill++) {
    const before = sent.size;
    while (sent.size < before + 5) await delay(20);
    hubbub.signal("SIGKILL");
    await hubbub.status;
    hubbub = await start();
  }
  isOver = true;
  await Promise.all(sending);
  const reader = new TusClient(port, basic("person 1:open sesame"));
  for (const [file, bytes] of sent) assertEquals(await (await reader.get(file)).bytes(), bytes);
  await hubbub[Symbol.asyncDispose]();
});

async function ended(answer: Response | Promise<Response>): Promise<number> {
  const { status, body } = await answer;
  await body?.cancel();
  return status;
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await Deno.stat(path)).size;
  } catch {
    return 0;
  }
}
