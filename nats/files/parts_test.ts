/** Storing whole files in JetStream. */
import { assert, assertEquals, assertRejects } from "../../testing/assert.ts";
import { natsTest as test } from "../../testing/nats.ts";
import { pieces, randomBytes } from "../../testing/uploads.ts";
import { newContentId } from "../../state/contents.ts";
import { Nats } from "../connection.ts";
import { parseWhole } from "./abouts.ts";
import { FileErasure } from "./erasure.ts";
import { putFile, readParts } from "./parts.ts";
import { RESERVE_MESSAGES } from "./reserve.ts";
import { FileStream } from "./stream.ts";
import { DAY_MS } from "../../lib/time.ts";

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

test("parts of a file whose server was killed before it was whole are used, or go", async (nats) => {
  await using connection = await Nats.connect(nats);
  const stream = new FileStream(connection);
  await using erasure = new FileErasure({ stream, restMs: 0 });
  const [id, bytes] = [newContentId(), randomBytes(600_000)];
  const killed = () => Promise.reject(new Error("killed"));
  const dying = {
    part: killed,
    about: killed,
    erase: killed,
    store: (...message: Parameters<typeof stream.store>) =>
      message[1] === 1 ? killed() : stream.store(...message),
  };
  const put = () => assertRejects(() => putFile(dying, id, pieces(bytes)), Error, "killed");
  const sweep = (isNamed: boolean, days: number) =>
    erasure.sweep(() => isNamed, Date.now() + days * DAY_MS);
  await put();
  await sweep(false, 0);
  await sweep(true, 2);
  assertEquals(await stream.numbers(id), [0]);
  await putFile(stream, id, pieces(bytes));
  await sweep(true, 2);
  assertEquals(await Array.fromAsync(stream.ids("upload")), []);
  assert(await erasure.isWhole(id), "it is named");
  await erasure.eraseAll(id);
  await put();
  await sweep(false, 2);
  await sweep(false, 4);
  const { state } = await connection.manager.streams.info("hubbub_files");
  assertEquals(state.messages, RESERVE_MESSAGES);
});
