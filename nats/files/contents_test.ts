import { NatsContents } from "./contents.ts";
import { Nats } from "../connection.ts";
import { FileCache } from "./cache.ts";
import { FileErasure } from "./erasure.ts";
import { RESERVE_MESSAGES } from "./reserve.ts";
import { FileStream } from "./stream.ts";
import { FileSweep } from "./sweep.ts";
import { openDatabase } from "../../state/database.ts";
import { State } from "../../state/state.ts";
import { DiskContents } from "../../files/disk_contents.ts";
import { delay } from "../../lib/std.ts";
import { DAY_MS, HOUR_MS } from "../../lib/time.ts";
import { ContentsError } from "../../state/contents.ts";
import { assert, assertEquals, assertRejects } from "../../testing/assert.ts";
import { noDisk, smallDisk } from "../../testing/disk.ts";
import { temporaryFolder } from "../../testing/folder.ts";
import { natsTest, TestNats, withoutNats } from "../../testing/nats.ts";
import {
  broken,
  newUpload,
  pieces,
  randomBytes,
  readContent,
  sha256Of,
} from "../../testing/uploads.ts";

const MB = 1024 * 1024;

/** A server's contents, in a folder of its own that goes with it. */
async function open(
  test: Pick<TestNats, "url">,
  { maxBytes = 100 * MB, spareParts = 20, folder = "" } = {},
) {
  await using opening = new AsyncDisposableStack();
  const path = folder || opening.use(await temporaryFolder()).path;
  const nats = opening.use(await Nats.connect(test));
  const local = await DiskContents.open(path);
  const cache = new FileCache({ local, maxBytes });
  await cache.load();
  const stream = new FileStream(nats);
  const contents = opening.use(new NatsContents({ stream, cache, restMs: 0, spareParts }));
  const open = opening.move();
  const cached = () => Array.fromAsync(local.contents(), ({ content }) => content);
  return {
    ...{ contents, cache, nats, stream, cached, folder: path },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

async function upload(
  { contents }: Pick<Awaited<ReturnType<typeof open>>, "contents">,
  bytes: Uint8Array<ArrayBuffer>,
) {
  const upload = newUpload(bytes.length);
  await contents.begin(upload);
  await contents.append(upload.id, 0, pieces(bytes));
  assertEquals((await contents.finish(upload.id)).sha256, sha256Of(bytes));
  await contents.settle(upload.id);
  return upload.id;
}

async function assertProblem(problem: string, run: () => Promise<unknown>) {
  assertEquals((await assertRejects(run, ContentsError)).problem, problem);
}

/** The stream's own counters. */
async function stored({ nats }: { nats: Nats }) {
  const { state } = await nats.manager.streams.info("hubbub_files");
  return { messages: state.messages, bytes: state.bytes };
}

natsTest("NatsContents continues an upload on another server", async (nats) => {
  await using one = await open(nats);
  await using two = await open(nats);
  const bytes = randomBytes(3 * MB + 17);
  const { id, length } = newUpload(bytes.length);
  await one.contents.begin({ ...newUpload(length), id, name: "ä b.bin" });
  await assertRejects(
    () => one.contents.append(id, 0, broken(bytes.subarray(0, 700_001))),
    Error,
    "disconnected",
  );
  const found = await two.contents.find(id);
  assertEquals([found?.offset, found?.name, found?.length], [700_001, "ä b.bin", length]);
  await assertProblem("offset", () => two.contents.append(id, 0, pieces(bytes)));
  const middle = 2 * MB + 5;
  await two.contents.append(id, 700_001, pieces(bytes.subarray(700_001, middle)));
  // The first server finds out that it is behind, and so does its client.
  await assertProblem(
    "offset",
    () => one.contents.append(id, 700_001, pieces(bytes.subarray(700_001))),
  );
  assertEquals((await one.contents.find(id))?.offset, middle);
  await assertProblem("offset", () => one.contents.finish(id));
  await one.contents.append(id, middle, pieces(bytes.subarray(middle)));
  const facts = await one.contents.finish(id);
  assertEquals(facts.sha256, sha256Of(bytes));
  assertEquals(await two.contents.finish(id), facts);
  assertEquals((await two.contents.find(id))?.offset, length);
  await one.contents.settle(id);
  assertEquals(await two.contents.find(id), undefined);
  // Such as a server that has the beginning of it, and finds that old.
  await two.contents.cancel(id);
  assertEquals(await readContent(two.contents, id), bytes);
  await two.contents.settle(id);
  for (const { folder } of [one, two]) {
    assertEquals([...Deno.readDirSync(`${folder}/uploads`)], []);
  }
  assertEquals(
    await readContent(two.contents, id, 700_000, middle + 1),
    bytes.slice(700_000, middle + 1),
  );
});

natsTest(
  "NatsContents fetches what is not on the disk, keeps it there, and removes the oldest",
  async (nats) => {
    await using one = await open(nats);
    await using two = await open(nats, { maxBytes: 3 * MB });
    const files = [2, 1, 1, 6].map((mb) => randomBytes(mb * MB - 1));
    const ids: string[] = [];
    for (const bytes of files) ids.push(await upload(one, bytes));
    assertEquals((await one.cached()).toSorted(), ids.toSorted());
    const [a = "", b = "", c = "", d = ""] = ids;
    for (const id of [a, b, a]) await readContent(two.contents, id);
    assertEquals((await two.cached()).toSorted(), [a, b].toSorted());
    // The one that was not used for the longest time goes.
    assertEquals(await readContent(two.contents, c), files[2]);
    assertEquals((await two.cached()).toSorted(), [a, c].toSorted());
    // It is larger than what may stay, and served all the same.
    assertEquals(await readContent(two.contents, d, MB, 4 * MB), files[3]?.slice(MB, 4 * MB));
    assertEquals((await two.cached()).toSorted(), [a, c].toSorted());
    assertEquals(two.cache.bytes, 3 * MB - 2);
    await using again = await open(nats);
    assertEquals(await readContent(again.contents, b), files[1]);
    assertEquals(await again.contents.open(newUpload(1).id), undefined);
  },
);

natsTest("NatsContents fetches nothing for who opens a file and reads no byte", async (nats) => {
  await using one = await open(nats);
  await using two = await open(nats);
  const fills: Promise<boolean>[] = [];
  const fill = two.cache.fill.bind(two.cache);
  two.cache.fill = (...file) => {
    const filled = fill(...file);
    fills.push(filled);
    return filled;
  };
  for (const size of [MB, 5 * MB]) {
    const bytes = randomBytes(size);
    const id = await upload(one, bytes);
    const content = await two.contents.open(id);
    assertEquals(content?.size, size);
    const unread = content?.read(0, size);
    await unread?.cancel();
    await Promise.all(fills);
    assertEquals(await two.cached(), []);
    const reader = content?.read(size - 1, size).getReader();
    assertEquals((await reader?.read())?.value, bytes.slice(-1));
    assertEquals(await Promise.all(fills.splice(0)), [true]);
    assertEquals(await two.cached(), [id]);
    await two.cache.remove(id);
  }
});

natsTest("NatsContents of two servers appends each part once", async (nats) => {
  await using one = await open(nats);
  await using two = await open(nats);
  const bytes = randomBytes(4 * MB);
  const { id, ...rest } = newUpload(bytes.length);
  await one.contents.begin({ id, ...rest });
  for (let offset = 0; offset < bytes.length;) {
    const both = [one, two].map(({ contents }) =>
      contents.append(id, offset, pieces(bytes.subarray(offset, offset + MB)))
    );
    const results = await Promise.allSettled(both);
    assert(results.some(({ status }) => status === "fulfilled"), JSON.stringify(results));
    offset = (await two.contents.find(id))?.offset ?? 0;
  }
  assertEquals((await two.contents.finish(id)).sha256, sha256Of(bytes));
});

natsTest(
  "NatsContents erases a file on every server once, and what is left of others",
  async (nats) => {
    await using one = await open(nats);
    await using two = await open(nats);
    const kept = await upload(one, randomBytes(MB));
    const before = await stored(one);
    const id = await upload(one, randomBytes(3 * MB));
    await readContent(two.contents, id);
    await Promise.all([one, two].map(({ contents }) => contents.remove(id)));
    await one.contents.remove(id);
    for (const { contents, cached } of [one, two]) {
      assertEquals(await contents.open(id), undefined);
      assert(!(await cached()).includes(id));
    }
    const open_ = newUpload(MB);
    await one.contents.begin(open_);
    await one.contents.append(open_.id, 0, pieces(randomBytes(MB / 2)));
    await two.contents.cancel(open_.id);
    assertEquals(await one.contents.find(open_.id), undefined);
    await assertProblem("gone", () => two.contents.append(open_.id, 0, pieces(randomBytes(1))));
    const abandoned = newUpload(MB);
    await one.contents.begin(abandoned);
    await one.contents.append(abandoned.id, 0, pieces(randomBytes(MB / 2)));
    await using erasure = new FileErasure({ stream: two.stream, restMs: 0 });
    await erasure.sweep((content) => content === kept, Date.now());
    assert(await two.contents.find(abandoned.id), "it may still be gone on with");
    // As if a server had ended while it copied files.
    await one.stream.hold();
    await erasure.sweep((content) => content === kept, Date.now() + 2 * DAY_MS);
    await erasure.sweep((content) => content === kept, Date.now() + 4 * DAY_MS);
    assertEquals(await stored(one), before);
    assertEquals((await readContent(two.contents, kept))?.length, MB);
  },
);

natsTest(
  "NatsContents cancels an upload that another server finishes, or keeps it",
  async (nats) => {
    await using one = await open(nats);
    await using two = await open(nats);
    const bytes = randomBytes(MB + 1);
    const begin = async () => {
      const upload = newUpload(bytes.length);
      await one.contents.begin(upload);
      await one.contents.append(upload.id, 0, pieces(bytes));
      return upload.id;
    };
    const cancelled = await begin();
    const { local } = one.cache;
    const finish = local.finish.bind(local);
    local.finish = async (id) => {
      const facts = await finish(id);
      assertEquals(await two.contents.cancel(id), true);
      return facts;
    };
    await assertProblem("gone", () => one.contents.finish(cancelled));
    local.finish = finish;
    for (const { contents } of [one, two]) assertEquals(await contents.open(cancelled), undefined);
    assertEquals(await one.stream.numbers(cancelled), []);
    const kept = await begin();
    const facts = await one.contents.finish(kept);
    assertEquals(await two.contents.cancel(kept), false);
    assertEquals(await two.contents.finish(kept), facts);
    await one.contents.settle(kept);
    // As if a server had ended before it took its note back.
    await one.stream.store(kept, "gone", "");
    const refused = await begin();
    await one.contents.finish(refused);
    assertEquals(await one.contents.cancel(refused, { isRefused: true }), true);
    assertEquals(await two.contents.open(refused), undefined);
    await using erasure = new FileErasure({ stream: two.stream, restMs: 0 });
    await erasure.sweep((content) => content === kept, Date.now() + 2 * HOUR_MS);
    assertEquals(await Array.fromAsync(two.stream.ids("gone")), []);
    assertEquals(await readContent(two.contents, kept), bytes);
  },
);

natsTest("FileSweep erases no upload because of a wrong clock", async (nats) => {
  await using one = await open(nats);
  using database = openDatabase({ path: ":memory:", sync: "normal" });
  const going = newUpload(MB);
  await one.contents.begin(going);
  let now = Date.now();
  await using sweep = new FileSweep({
    ...{ state: new State(database), contents: one.contents, isCurrent: () => true },
    time: () => Promise.resolve(now),
  });
  // The server's, and then that of NATS, which has dated the upload.
  for (const days of [91, -91, 0]) await sweep.sweep(now + days * DAY_MS);
  now += 91 * DAY_MS;
  await sweep.sweep(now - 91 * DAY_MS);
  assert(await one.contents.find(going.id), "it may still be gone on with");
  await sweep.sweep(now);
  assertEquals(await one.contents.find(going.id), undefined);
});

natsTest("FileErasure is held by the end of its server, which is no trouble", async (nats) => {
  await using one = await open(nats);
  const id = await upload(one, randomBytes(MB));
  const erasure = new FileErasure({ stream: one.stream, restMs: 60_000 });
  const removing = erasure.remove(id);
  await erasure[Symbol.asyncDispose]();
  await assertProblem("held", () => removing);
});

natsTest("NatsContents erases nothing while somebody copies", async (nats) => {
  await using one = await open(nats);
  await using two = await open(nats);
  const id = await upload(one, randomBytes(MB));
  {
    await using _hold = await two.contents.hold();
    await assertProblem("held", () => one.contents.remove(id));
    assertEquals((await readContent(two.contents, id))?.length, MB);
  }
  await one.contents.remove(id);
  await two.contents.remove(id);
  assertEquals(await two.contents.open(id), undefined);
});

natsTest(
  "NatsContents without NATS serves what is on the disk, and takes nothing",
  async (nats) => {
    await using one = await open(nats);
    await using two = await open(nats);
    const bytes = randomBytes(MB);
    const id = await upload(one, bytes);
    const under = newUpload(MB);
    await one.contents.begin(under);
    await nats.stop();
    while (one.nats.connected || two.nats.connected) {
      await delay(10);
    }
    assertEquals(await readContent(one.contents, id), bytes);
    await assertProblem("failed", () => two.contents.open(id));
    await assertProblem("failed", () => one.contents.begin(newUpload(1)));
    await assertProblem("failed", () => one.contents.append(under.id, 0, pieces(bytes)));
    await assertProblem("failed", () => one.contents.find(under.id));
    await nats.start();
    while (!one.nats.connected) await delay(10);
    const { offset = 0 } = await one.contents.find(under.id) ?? {};
    await one.contents.append(under.id, offset, pieces(bytes.subarray(offset)));
    assertEquals((await one.contents.finish(under.id)).sha256, sha256Of(bytes));
  },
);

natsTest("NatsContents takes no more than a part ahead of a slow NATS", async (nats) => {
  await using one = await open(nats);
  const upload = newUpload(20 * MB);
  await one.contents.begin(upload);
  await using folder = await temporaryFolder();
  const disk = await DiskContents.open(folder.path);
  await disk.begin(upload);
  const bytes = randomBytes(upload.length);
  let taken = 0;
  async function* counted() {
    for await (const piece of pieces(bytes)) {
      taken += piece.length;
      yield piece;
    }
  }
  let appended: Promise<unknown>;
  {
    using _halt = nats.halt();
    appended = one.contents.append(upload.id, 0, counted());
    appended.catch(() => {});
    // Meanwhile a disk takes all of the same file.
    assertEquals(await disk.append(upload.id, 0, pieces(bytes)), upload.length);
    assert(taken < 2 * MB, `${taken} bytes were taken`);
  }
  assertEquals(await appended, upload.length);
});

Deno.test({
  name: "NatsContents takes an upload although this server's disk is full, which can't finish it",
  ignore: noDisk || withoutNats(),
  fn: async () => {
    await using nats = await TestNats.start();
    await using disk = await smallDisk("4m");
    await using one = await open(nats, { folder: `${disk.path}/files` });
    const bytes = randomBytes(MB);
    const upload = newUpload(bytes.length);
    await one.contents.begin(upload);
    await one.contents.append(upload.id, 0, pieces(bytes.subarray(0, 1000)));
    await disk.fill();
    const rest = () => pieces(bytes.subarray(1000));
    assertEquals(await one.contents.append(upload.id, 1000, rest()), bytes.length);
    // No reason to stop for a client, which another server may answer next.
    await assertProblem("failed", () => one.contents.finish(upload.id));
    await disk.free();
    assertEquals((await one.contents.finish(upload.id)).sha256, sha256Of(bytes));
  },
});

natsTest("NatsContents refuses an upload in very many small parts", async (nats) => {
  await using one = await open(nats);
  const upload = newUpload(MB);
  await one.contents.begin(upload);
  let offset = 0;
  await assertProblem("full", async () => {
    while (offset < 30) {
      offset = await one.contents.append(upload.id, offset, pieces(new Uint8Array(1)));
    }
  });
  assertEquals(await one.contents.find(upload.id), undefined);
});

natsTest("NatsContents puts a file that has an id, or nothing of it", async (nats) => {
  await using one = await open(nats);
  const bytes = randomBytes(MB + 1);
  const { id } = newUpload(1);
  const empty = newUpload(1).id;
  await assertRejects(() => one.contents.put(id, broken(bytes)), Error, "disconnected");
  assertEquals((await stored(one)).messages, RESERVE_MESSAGES);
  await one.contents.put(id, pieces(bytes));
  await one.contents.put(empty, pieces(new Uint8Array()));
  assertEquals(await readContent(one.contents, id), bytes);
  assertEquals((await readContent(one.contents, empty))?.length, 0);
  // Another server may store the same file at the same time.
  await one.contents.put(id, pieces(bytes));
  await assertProblem("failed", () => one.contents.put(id, pieces(randomBytes(MB + 1))));
  assertEquals(await readContent(one.contents, id), bytes);
});
