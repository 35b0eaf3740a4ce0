/** Files in a chat of several servers: real processes on a real NATS. */
import { Nats } from "../nats/connection.ts";
import { RESERVE_BYTES } from "../nats/files/reserve.ts";
import { delay } from "../lib/std.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { basic, ChatClient } from "../testing/chat_client.ts";
import { withoutNats } from "../testing/nats.ts";
import { randomBytes } from "../testing/sample_files.ts";
import { Servers } from "../testing/servers.ts";
import { TusClient } from "../testing/tus.ts";
import { sha256Of } from "../testing/uploads.ts";

const ANN = basic("ann:open sesame");
const BEN = basic("ben:open sesame");
const EVENTS = [
  ...["file uploaded", "upload failed", "file not read"],
  // Of a server that starts before the one that has them.
  'log on NATS","problem":"\\d+ files are neither in NATS nor here',
];
const MB = 1024 * 1024;
/** The number of times that a server is killed. */
const KILLS = Deno.env.get("HUBBUB_TEST_LONG") === "1" ? 100 : 4;

Deno.test({
  name: "several servers take and serve each other's files, whatever happens to one of them",
  ignore: withoutNats(),
  async fn(t) {
    await using servers = await Servers.start(2, { events: EVENTS });
    const [one = 0, two = 0] = servers.ports;
    await using nats = await Nats.connect({ url: servers.flags[1] });
    const stored = async () => (await nats.manager.streams.info("hubbub_files")).state;
    await using ben = await ChatClient.enter(two, ["lobby"], BEN);
    const [ann1, ann2] = [one, two].map((port) => new TusClient(port, ANN));
    const [ben1, ben2] = [one, two].map((port) => new TusClient(port, BEN));
    assert(ann1 && ann2 && ben1 && ben2);
    const bytes = randomBytes(3 * MB + 5);
    let kept = "";

    await t.step("a file that was uploaded at one is served by the other at once", async () => {
      await using ann = await ChatClient.enter(one, ["lobby"], ANN);
      kept = await ann1.upload(bytes, "plan.bin");
      assertEquals((await ann2.get(kept, { range: "bytes=5-9" })).status, 206);
      assertEquals(await status(ben2.get(kept)), 404);
      ann.send({ type: "send", room: "lobby", id: "m1", text: "look", files: [kept] });
      const { files } = await ben.take("message");
      assertEquals(files?.map(({ id, size }) => [id, size]), [[kept, bytes.length]]);
      assertEquals(await (await ben2.get(kept)).bytes(), bytes);
      const range = await ben2.get(kept, { range: `bytes=${MB}-${2 * MB}` });
      assertEquals(await range.bytes(), bytes.slice(MB, 2 * MB + 1));
      assertEquals(await status(ben1.get(kept)), 200);
    });

    await t.step(
      "a message sent at one names a file that was just uploaded at the other",
      async () => {
        const id = await new TusClient(one, BEN).upload(randomBytes(10), "note.bin");
        ben.send({ type: "send", room: "lobby", id: "m2", text: "", files: [id] });
        assertEquals((await ben.take("message", ({ id }) => id === "m2")).files?.length, 1);
      },
    );

    await t.step("an upload goes on at the other when one is killed in its middle", async () => {
      const path = await ann1.begin(bytes.length, { filename: "again.bin" });
      assertEquals(await status(ann1.append(path, 0, bytes.subarray(0, MB + 7))), 204);
      const before = (await stored()).messages;
      using connection = await Deno.connect({ hostname: "127.0.0.1", port: one });
      // Its client has sent more when the server dies.
      await write(
        connection,
        [
          `PATCH ${path} HTTP/1.1`,
          ...["host: x", "tus-resumable: 1.0.0", "content-type: application/offset+octet-stream"],
          ...[`upload-offset: ${MB + 7}`, `content-length: ${bytes.length - MB - 7}`],
          ...[`authorization: ${ANN.authorization}`, "\r\n"],
        ].join("\r\n"),
        bytes.subarray(MB + 7, 2 * MB + 10_000),
      );
      while ((await stored()).messages < before + 2) await delay(10);
      await servers.end(0, "SIGKILL");
      const offset = await ann2.offset(path);
      assertEquals(offset, 2 * MB + 7);
      assertEquals(await status(ann2.append(path, offset, bytes.subarray(offset))), 204);
      const id = path.slice("/files/".length);
      assertEquals(await (await ann2.get(id)).bytes(), bytes);
      assertEquals(await status(ann2.request("DELETE", path)), 404);
      await using ann = await ChatClient.enter(two, ["lobby"], ANN);
      ann.send({ type: "send", room: "lobby", id: "m3", text: "", files: [id] });
      await ben.take("message", ({ id }) => id === "m3");
    });

    await t.step("a server whose folder is gone fetches what is asked for", async () => {
      servers.deleteCopy(0);
      await servers.start(0);
      const again = new TusClient(servers.ports[0] ?? 0, BEN);
      assertEquals(await (await again.get(kept)).bytes(), bytes);
      assertEquals(servers.contents(0), [kept]);
    });

    await t.step(
      "what no message names any more goes from NATS and from every server",
      async () => {
        await using ann = await ChatClient.enter(servers.ports[0] ?? 0, ["lobby"], ANN);
        // The file and one with the same bytes, which are kept once.
        for (const seq of [1, 3]) {
          ann.send({ type: "delete", room: "lobby", seq });
          await ben.take("changed", ({ message }) => message.seq === seq);
        }
        assertEquals(await status(new TusClient(two, BEN).get(kept)), 404);
        while ((await stored()).bytes > RESERVE_BYTES + MB) await delay(50);
        for (const place of [0, 1]) {
          while (servers.contents(place).includes(kept)) await delay(50);
        }
      },
    );

    await t.step(
      "without NATS, uploads are refused, and files that are here are served",
      async () => {
        const [id] = await ben2.upload(bytes, "last.bin").then((id) => [id]);
        assert(id);
        const path = await ann2.begin(bytes.length);
        await servers.nats[0].stop();
        await servers.until(503);
        assertEquals(await (await ben2.get(id)).bytes(), bytes);
        assertEquals(await status(ann2.create(5)), 503);
        assertEquals(await status(ann2.append(path, 0, bytes)), 503);
        const elsewhere = new TusClient(servers.ports[0] ?? 0, BEN);
        assertEquals(await status(elsewhere.get(id)), 503);
        await servers.nats[0].start();
        await servers.until(200);
        assertEquals(await status(ann2.append(path, await ann2.offset(path), bytes)), 204);
        assertEquals(await (await elsewhere.get(id)).bytes(), bytes);
      },
    );
    await t.step("an emptied NATS gets the files back that a server has", async () => {
      const id = await ben2.upload(bytes.subarray(0, MB), "back.bin");
      ben.send({ type: "send", room: "lobby", id: "m5", text: "", files: [id] });
      await ben.take("message", ({ id }) => id === "m5");
      const subjects = { subjects_filter: `hubbub.file.${id}.*` };
      const partsInNats = async () => {
        const { state } = await nats.manager.streams.info("hubbub_files", subjects);
        return Object.keys(state.subjects ?? {}).length;
      };
      const parts = await partsInNats();
      assert(parts > 0);
      await servers.endAll("SIGTERM");
      await servers.nats[0].wipe();
      await servers.nats[0].start();
      servers.deleteCopy(0);
      await Promise.all([servers.start(0), servers.start(1)]);
      await servers.until(200);
      const elsewhere = new TusClient(servers.ports[0] ?? 0, BEN);
      while (await partsInNats() < parts) await delay(50);
      assertEquals(await (await elsewhere.get(id)).bytes(), bytes.subarray(0, MB));
    });
    await servers.endAll("SIGTERM");
  },
});

Deno.test({
  name: "several servers keep the files of each acknowledged message, whichever of them is killed",
  ignore: withoutNats(),
  async fn() {
    await using servers = await Servers.start(2, { events: EVENTS });
    const sent = new Map<string, string>();
    /** What nobody should have waited for in vain, and refusals. */
    const unanswered: string[] = [];
    let ended = false;
    const send = async (person: number) => {
      for (let i = 0; !ended; i++) {
        const bytes = randomBytes(300_000 + i);
        const port = servers.ports[i % 2] ?? 0;
        const [name, id] = [basic(`person ${person}:open sesame`), `${person}-${i}`];
        try {
          const file = await new TusClient(port, name).upload(bytes, "a.bin");
          await using client = await ChatClient.enter(
            servers.ports[(i + 1) % 2] ?? 0,
            ["lobby"],
            name,
          );
          client.send({ type: "send", room: "lobby", id, text: "", files: [file] });
          const answer = await Promise.race([
            client.take("message", (message) => message.id === id),
            client.take("error"),
            client.closed.then(() => Promise.reject(new Error("closed"))),
          ]);
          if (answer.type === "message") sent.set(file, sha256Of(bytes));
          else if (answer.code !== "storage") unanswered.push(answer.message);
        } catch (error) {
          // Its server was killed, and nothing was acknowledged.
          if (!(error instanceof Error) || error.name === "TimeoutError") {
            unanswered.push(String(error));
          }
          await delay(100);
        }
      }
    };
    const sending = [1, 2, 3].map(send);
    for (let kill = 0; kill < KILLS; kill++) {
      const before = sent.size;
      while (sent.size < before + 5) await delay(50);
      await servers.end(kill % 2, "SIGKILL");
      if (kill % 3 === 2) servers.deleteCopy(kill % 2);
      await servers.start(kill % 2);
    }
    ended = true;
    await Promise.all(sending);
    assertEquals(unanswered, []);
    await servers.until(200);
    for (const port of servers.ports) {
      const reader = new TusClient(port, basic("person 1:open sesame"));
      for (const [file, hash] of sent) {
        assertEquals(sha256Of(await (await reader.get(file)).bytes()), hash);
      }
    }
    await servers.endAll("SIGTERM");
  },
});

async function status(answer: Promise<Response>): Promise<number> {
  const { status, body } = await answer;
  await body?.cancel();
  return status;
}

async function write(connection: Deno.Conn, head: string, body: Uint8Array): Promise<void> {
  const all = [new TextEncoder().encode(head), body];
  for (const bytes of all) {
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  }
}
