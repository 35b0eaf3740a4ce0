/** Files fill JetStream, and the chat continues. */
import { openCluster } from "../cluster.ts";
import { FullError } from "../errors.ts";
import { FileReserve } from "./reserve.ts";
import { FileStream, PART_BYTES } from "./stream.ts";
import { Nats } from "../connection.ts";
import { delay } from "../../lib/std.ts";
import { newContentId } from "../../state/contents.ts";
import { assert, assertEquals, assertRejects } from "../../testing/assert.ts";
import { TestNats, withoutNats } from "../../testing/nats.ts";

const MB = 1024 * 1024;

Deno.test({
  name: "files that fill JetStream leave room for the chat",
  ignore: withoutNats(),
  fn: async () => {
    await using server = await TestNats.start({
      config: `jetstream { max_file_store: ${48 * MB} }`,
    });
    const url = `nats://127.0.0.1:${server.port}`;
    await using cluster = await openCluster({ url });
    const entries = cluster.messages.entries[Symbol.asyncIterator]();
    let sent = 0;
    async function send(text = "hello"): Promise<string | undefined> {
      const user = { id: "p1", name: "ann" };
      const message = { room: "lobby", id: `m${++sent}`, user, text, at: 0, origin: undefined };
      cluster.messages.append([message]);
      return (await entries.next()).value?.at(0)?.type;
    }
    await using nats = await Nats.connect({ url });
    const stream = new FileStream(nats);
    const ids: string[] = [];
    /** Stores parts of a size until one is refused. Returns the bytes that were taken. */
    async function fill(size: number): Promise<number> {
      const id = newContentId();
      ids.push(id);
      const data = crypto.getRandomValues(new Uint8Array(Math.min(size, 65_536)));
      const part = new Uint8Array(size);
      for (let at = 0; at < size; at += data.length) part.set(data.subarray(0, size - at), at);
      let bytes = 0;
      await assertRejects(async () => {
        for (let number = 0;; number++) {
          await stream.store(id, number, part, bytes);
          bytes += size;
        }
      }, FullError);
      return bytes;
    }
    assertEquals(await send(), "message");
    const taken = await fill(PART_BYTES);
    assert(taken > 8 * MB && taken < 20 * MB, `${taken} bytes were taken`);
    // Small ones don't get what is left either.
    assertEquals(await fill(100), 0);
    for (let i = 0; i < 100; i++) assertEquals(await send("x".repeat(10_000)), "message");
    // Files are taken again as soon as something has gone, while the chat has its room.
    const [first, ...rest] = await stream.numbers(ids[0] ?? "");
    for (const number of [first ?? 0, ...rest.slice(0, 6)]) {
      await stream.erase((await stream.part({ id: ids[0] ?? "", number }))?.seq ?? 0);
    }
    const took = performance.now();
    while (await isFull(stream.store(newContentId(), 0, new Uint8Array(10), 0))) {
      assert(performance.now() - took < 60_000, "files are still refused");
      await delay(100);
    }
    assertEquals(await send(), "message");
  },
});

Deno.test({
  name: "when the chat finds JetStream full, files give it their room",
  ignore: withoutNats(),
  fn: async () => {
    await using server = await TestNats.start({
      config: `jetstream { max_file_store: ${40 * MB} }`,
    });
    const url = `nats://127.0.0.1:${server.port}`;
    await using cluster = await openCluster({ url });
    await using nats = await Nats.connect({ url });
    // One whose last part fits exactly.
    await new FileStream(nats).store(newContentId(), 0, new Uint8Array(10), 0);
    await fillUp(nats);
    const entries = cluster.messages.entries[Symbol.asyncIterator]();
    const user = { id: "p1", name: "ann" };
    const outcomes: (string | undefined)[] = [];
    for (let n = 1; n <= 20 && outcomes.at(-1) !== "message"; n++) {
      const message = { room: "lobby", id: `m${n}`, user, text: "x", at: 0, origin: undefined };
      cluster.messages.append([message]);
      outcomes.push((await entries.next()).value?.at(0)?.type);
    }
    assertEquals(outcomes.at(-1), "message");
  },
});

Deno.test({
  name: "files can be copied out of a JetStream that is full",
  ignore: withoutNats(),
  fn: async () => {
    await using server = await TestNats.start({
      config: `jetstream { max_file_store: ${40 * MB} }`,
    });
    await using nats = await Nats.connect(server);
    const stream = new FileStream(nats);
    await stream.store(newContentId(), 0, new Uint8Array(10), 0);
    await fillUp(nats);
    assert(await stream.hold() > 0);
  },
});

/** Fills JetStream with what is not Hubbub's. */
async function fillUp(nats: Nats): Promise<void> {
  await nats.manager.streams.add({ name: "other", subjects: ["other"] });
  for (let size = 512 * 1024; size > 1; size = size >> 1) {
    for (;;) {
      const reply = await nats.connection.request("other", new Uint8Array(size));
      if (reply.json<{ error?: unknown }>().error) break;
    }
  }
}

/** The stream of the files in memory, and servers that each have a reserve in it. */
class SharedStream {
  readonly stored = new Map<string, { readonly seq: number; readonly data: Uint8Array }>();
  /** How often all names were asked for. */
  walks = 0;
  #seq = 0;

  /** @param store Called before a message is stored; what it throws keeps it out. */
  server(store: (name: string) => Promise<void> | void, isEnding = () => false): FileReserve {
    return new FileReserve({
      store: async (name, data) => {
        await store(name);
        const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
        const found = this.stored.get(name) ?? { seq: ++this.#seq, data: bytes };
        this.stored.set(name, found);
        return found.seq;
      },
      find: (name) => Promise.resolve(this.stored.get(name)),
      names: () => {
        this.walks++;
        return Promise.resolve([...this.stored.keys()]);
      },
      remove: (seq) => {
        if (isEnding()) return Promise.reject(new Error("the server ends"));
        for (const [name, found] of this.stored) if (found.seq === seq) this.stored.delete(name);
        return Promise.resolve();
      },
      used: () => Promise.resolve(0),
    });
  }
}

Deno.test("a reserve that a server which ended has stored in part gives its room to the chat, too", async () => {
  for (const missing of [[], ["0", "3"]]) {
    const stream = new SharedStream();
    const reserve = stream.server((name) => {
      if (name === "5") throw new Error("the server ends");
    }, () => true);
    await assertRejects(() => reserve.require(), Error, "the server ends");
    assertEquals(stream.stored.size, 5);
    for (const name of missing) stream.stored.delete(name);
    await stream.server(() => {}).release();
    assertEquals(stream.stored.size, 0);
  }
});

Deno.test("a reserve that is gone is not looked for at each refusal, but once it may be there again", async () => {
  const stream = new SharedStream();
  let isFailing = true;
  const reserve = stream.server((name) => {
    if (isFailing && name === "5") throw new Error("the server ends");
  }, () => isFailing);
  for (let i = 0; i < 5; i++) await reserve.release();
  assertEquals(stream.walks, 1);
  reserve.reconsider();
  await assertRejects(() => reserve.require(), Error, "the server ends");
  assertEquals(stream.stored.size, 5);
  isFailing = false;
  for (let i = 0; i < 5; i++) await reserve.release();
  assertEquals([stream.stored.size, stream.walks], [0, 3]);
});

Deno.test("of two servers that fill the reserve at once, none counts on what the other takes back", async () => {
  for (const last of ["63", "whole"]) {
    const stream = new SharedStream();
    const [reached, left] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const one = stream.server(async (name) => {
      if (name !== last) return;
      reached.resolve();
      await left.promise;
    });
    const full = stream.server((name) => {
      if (name === "40") throw new FullError("there is no room");
    });
    const filled = one.require();
    await reached.promise;
    await assertRejects(() => full.require(), FullError);
    left.resolve();
    await assertRejects(() => filled, FullError);
    assertEquals(stream.stored.size, 0);
  }
});

async function isFull(stored: Promise<unknown>): Promise<boolean> {
  try {
    await stored;
    return false;
  } catch (error) {
    if (error instanceof FullError) return true;
    throw error;
  }
}
