/** Finding what there is of a file without a look through all that NATS has. */
import { FileCache } from "./cache.ts";
import { NatsContents } from "./contents.ts";
import { FileErasure } from "./erasure.ts";
import { RESERVE_MESSAGES } from "./reserve.ts";
import { FileStream } from "./stream.ts";
import { Nats } from "../connection.ts";
import { DiskContents } from "../../files/disk_contents.ts";
import { DAY_MS } from "../../lib/time.ts";
import { ContentsError } from "../../state/contents.ts";
import { assertEquals, assertRejects } from "../../testing/assert.ts";
import { temporaryFolder } from "../../testing/folder.ts";
import { natsTest as test, type TestNats } from "../../testing/nats.ts";
import { newUpload, pieces, randomBytes } from "../../testing/uploads.ts";

async function open(server: TestNats) {
  await using opening = new AsyncDisposableStack();
  const { path } = opening.use(await temporaryFolder());
  const nats = opening.use(await Nats.connect(server));
  const stream = new FileStream(nats);
  const cache = new FileCache({ local: await DiskContents.open(path), maxBytes: 1e6 });
  const contents = opening.use(new NatsContents({ stream, cache, restMs: 0 }));
  const open = opening.move();
  return { nats, stream, contents, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

/** Uploads so many parts of 10 bytes, of a file with one byte more. */
async function upload({ contents }: { readonly contents: NatsContents }, parts: number) {
  const upload = newUpload(10 * parts + 1);
  await contents.begin(upload);
  for (let part = 0; part < parts; part++) {
    await contents.append(upload.id, 10 * part, pieces(randomBytes(10)));
  }
  return upload.id;
}

test("no upload, cancelling or deleting has NATS look through all files", async (server) => {
  await using one = await open(server);
  await using two = await open(server);
  // Storing the reserve, it looks once.
  await upload(one, 0);
  await using watcher = await Nats.connect(server);
  const looks: string[] = [];
  watcher.connection.subscribe("$JS.API.>", {
    callback: (_, { subject, data }) => {
      const asked = new TextDecoder().decode(data);
      if (asked.includes("*")) looks.push(`${subject} ${asked}`);
    },
  });
  await watcher.connection.flush();
  const gone: string[] = [];
  for (const parts of [0, 1, 2, 3, 8]) {
    const whole = await upload(one, parts);
    const cancelled = await upload(one, parts);
    gone.push(whole, cancelled);
    for (const { contents } of [one, two]) {
      for (const id of [whole, cancelled]) {
        assertEquals((await contents.find(id))?.offset, 10 * parts);
      }
    }
    await two.contents.append(whole, 10 * parts, pieces(randomBytes(1)));
    assertEquals((await one.contents.find(whole))?.offset, 10 * parts + 1);
    await one.contents.finish(whole);
    await one.contents.settle(whole);
    {
      await using _hold = await two.contents.hold();
      await assertRejects(() => one.contents.remove(whole), ContentsError, "copied");
    }
    await one.contents.remove(whole);
    await two.contents.cancel(cancelled);
    assertEquals(await one.contents.find(cancelled), undefined);
  }
  await watcher.connection.flush();
  assertEquals(looks, []);
  for (const id of gone) assertEquals(await one.stream.numbers(id), []);
});

test("a file whose server ends while it erases it is erased by the next one", async (server) => {
  await using one = await open(server);
  const { stream, contents } = one;
  const cancelled = await upload(one, 5);
  const whole = await upload(one, 5);
  await contents.append(whole, 50, pieces(randomBytes(1)));
  await contents.finish(whole);
  for (const id of [whole, cancelled]) {
    const ending = new FileErasure({ stream, restMs: 60_000 });
    const erasing = ending.erase(id);
    const erased = stream.erase.bind(stream);
    const { promise: hasErased, resolve } = Promise.withResolvers<void>();
    stream.erase = async (seq) => {
      await erased(seq);
      // Its descriptions go first.
      if ((await stream.numbers(id)).length === (id === whole ? 5 : 4)) resolve();
    };
    await hasErased;
    await ending[Symbol.asyncDispose]();
    await assertRejects(() => erasing, ContentsError, "the server ends");
    stream.erase = erased;
    await contents.erasure.erase(id);
    assertEquals(await stream.numbers(id), []);
  }
  // Another server that was at it, too, has stored a part behind the last one.
  await stream.store(cancelled, 7, "late", 70);
  await contents.erasure.sweep(() => false, Date.now() + DAY_MS / 2);
  const { state } = await one.nats.manager.streams.info("hubbub_files");
  assertEquals(state.messages, RESERVE_MESSAGES);
});
