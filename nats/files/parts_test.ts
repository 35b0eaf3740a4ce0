/** Storing whole files in JetStream. */
import { assert, assertEquals, assertRejects } from "../../testing/assert.ts";
import { natsTest as test } from "../../testing/nats.ts";
import { pieces, randomBytes } from "../../testing/uploads.ts";
import { newContentId } from "../../state/contents.ts";
import { Nats } from "../connection.ts";
import { parseWhole } from "./abouts.ts";
import { putFile, readParts } from "./parts.ts";
import { FileStream } from "./stream.ts";

test("a file keeps its parts if no answer says whether its description was stored", async (nats) => {
  await using connection = await Nats.connect(nats);
  const stream = new FileStream(connection);
  const [id, bytes] = [newContentId(), randomBytes(600_000)];
  const mute = {
    part: (which: Parameters<typeof stream.part>[0]) => stream.part(which),
    about: (...which: Parameters<typeof stream.about>) => stream.about(...which),
    erase: (seq: number) => stream.erase(seq),
    store: async (...message: Parameters<typeof stream.store>) => {
      const seq = await stream.store(...message);
      if (message[1] === "whole") throw new Error("no answer");
      return seq;
    },
  };
  await assertRejects(() => putFile(mute, id, pieces(bytes)), Error, "no answer");
  const about = await stream.about(id, "whole");
  const whole = about && parseWhole(about.data);
  assert(whole);
  const read = ReadableStream.from(readParts(stream, whole.parts, 0, whole.size));
  assertEquals(await new Response(read).bytes(), bytes);
});

test("a file that another server has stored in part, and given up, is no whole one", async (nats) => {
  await using connection = await Nats.connect(nats);
  const stream = new FileStream(connection);
  const [id, bytes] = [newContentId(), randomBytes(600_000)];
  const first = await stream.store(id, 0, bytes.subarray(0, 512 * 1024), 0);
  assert(first);
  const giving = async function* () {
    yield bytes.slice(0, 550_000);
    await stream.erase(first);
    yield bytes.slice(550_000);
  };
  await assertRejects(() => putFile(stream, id, giving()), Error, "another server");
  assertEquals([await stream.about(id, "whole"), await stream.numbers(id)], [undefined, []]);
  await putFile(stream, id, pieces(bytes));
  assert(await stream.about(id, "whole"));
});

test("a file that another server has completed keeps the parts of one that fails", async (nats) => {
  await using connection = await Nats.connect(nats);
  const stream = new FileStream(connection);
  const [id, bytes] = [newContentId(), randomBytes(600_000)];
  const failing = async function* () {
    yield bytes.slice(0, 512 * 1024);
    await putFile(stream, id, pieces(bytes));
    throw new Error("disconnected");
  };
  await assertRejects(() => putFile(stream, id, failing()), Error, "disconnected");
  const about = await stream.about(id, "whole");
  const whole = about && parseWhole(about.data);
  assert(whole);
  const read = ReadableStream.from(readParts(stream, whole.parts, 0, whole.size));
  assertEquals(await new Response(read).bytes(), bytes);
});
