/** Everyone learns that their message is stored, whatever they do meanwhile. */
import { Hub } from "../hub.ts";
import { LocalPresence } from "./local_presence.ts";
import type { Subscriber } from "./room.ts";
import { openLocalState } from "../state/local.ts";
import { LocalLog } from "../state/local_log.ts";
import { assertEquals } from "../testing/assert.ts";
import { Recorder } from "../testing/recorder.ts";

/** A hub on a log in memory, of which reads wait until they are let through, and one member of the lobby. */
class Fixture implements AsyncDisposable {
  readonly ann = new Recorder("ann");
  readonly store = openLocalState<Subscriber>({ path: ":memory:", sync: "normal" });
  readonly hub: Hub;
  #gate: Promise<void> | undefined;
  readonly #run: Promise<void>;

  constructor() {
    const { messages: log, actions, memberships, permissions } = this.store;
    const read = log.read.bind(log);
    log.read = async (query) => {
      await this.#gate;
      return await read(query);
    };
    this.hub = new Hub({
      ...{ store: "s1", log, presence: new LocalPresence(), actions, permissions, memberships },
      ...{ maxRooms: 9, maxRoomsPerClient: 9 },
    });
    this.#run = this.hub.run();
  }

  static async start(): Promise<Fixture> {
    const fixture = new Fixture();
    await fixture.enter(fixture.ann);
    return fixture;
  }

  async enter(client: Recorder): Promise<void> {
    this.hub.register(client);
    this.hub.command(client, { type: "join", room: "lobby" });
    await client.first("joined");
  }

  /** Makes reads wait. Returns what lets them through, or makes them fail. */
  hold(): { release: () => void; fail: () => void } {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => {});
    this.#gate = promise;
    return { release: resolve, fail: () => reject(new Error("the disk is broken")) };
  }

  send(id: string, client = this.ann): void {
    this.hub.command(client, { type: "send", room: "lobby", id, text: id });
  }

  /** Lets ann join again with reads held, and stores messages of hers before they are read. */
  async rejoin(
    join: { after?: number; newest?: number },
    ids: string[],
  ): Promise<ReturnType<Fixture["hold"]>> {
    const witness = new Recorder("witness");
    await this.enter(witness);
    const held = this.hold();
    this.hub.command(this.ann, { type: "join", room: "lobby", ...join });
    for (const id of ids) this.send(id);
    const last = ids.at(-1);
    await witness.first("message", ({ text }) => text === last);
    return held;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#gate = undefined;
    this.hub.close();
    await this.#run;
    this.store[Symbol.dispose]();
  }
}

/** Resolves when the client has joined for the second time. */
async function joinedAgain(client: Recorder): Promise<void> {
  const before = client.all("joined")[0];
  await client.first("joined", (line) => line !== before && client.all("joined").length > 1);
}

Deno.test("a sender that joins with an after beyond all messages is answered", async () => {
  await using the = await Fixture.start();
  const { ann } = the;
  const held = await the.rejoin({ after: 1000 }, ["one", "two"]);
  held.release();
  await ann.first("message", ({ text }) => text === "two");
  assertEquals(ann.texts, ["one", "two"]);
  the.send("three");
  await ann.first("message", ({ text }) => text === "three");
  assertEquals(ann.texts, ["one", "two", "three"]);
  assertEquals(ann.all("joined")[1]?.messages, []);
});

Deno.test("a sender that joins with an after amid its messages gets each of them once", async () => {
  await using the = await Fixture.start();
  const { ann } = the;
  const held = await the.rejoin({ after: 2 }, ["one", "two", "three"]);
  held.release();
  await joinedAgain(ann);
  await ann.first("message", ({ text }) => text === "two");
  assertEquals(ann.all("joined")[1]?.messages.map(({ text }) => text), ["three"]);
  assertEquals(ann.texts, ["one", "two"]);
});

Deno.test("a sender of more messages than a page of history holds is answered for each", async () => {
  await using the = await Fixture.start();
  const { ann } = the;
  const ids = Array.from({ length: 260 }, (_, i) => `m${i}`);
  const held = await the.rejoin({}, ids);
  held.release();
  await joinedAgain(ann);
  const page = ann.all("joined")[1]?.messages.map(({ text }) => text) ?? [];
  assertEquals([...ann.texts, ...page].sort(), ids.sort());
});

Deno.test("a sender is answered although its history can't be read", async () => {
  await using the = await Fixture.start();
  const { ann } = the;
  const held = await the.rejoin({ after: 0 }, ["one"]);
  held.fail();
  assertEquals((await ann.first("error")).code, "storage");
  assertEquals(ann.texts, ["one"]);
});

Deno.test("a sender that is expelled while its history is read is answered", async () => {
  await using the = await Fixture.start();
  const { ann, store } = the;
  const held = await the.rejoin({ after: 0 }, ["one"]);
  LocalLog.open(store.state).append([{ type: "keep_days", days: 0 }], (result) => {
    if (result instanceof Error) throw result;
    const expel = { type: "expel", person: ann.user.id, room: "lobby", why: "Removed" } as const;
    store.messages.deliver([{ type: "changed", effects: [expel] }]);
  });
  await ann.first("left");
  assertEquals(ann.texts, ["one"]);
  held.release();
  assertEquals((await ann.first("error")).code, "not_joined");
});

Deno.test("a sender that joins twice at once is answered", async () => {
  await using the = await Fixture.start();
  const { ann, hub } = the;
  const held = await the.rejoin({ after: 1000 }, ["one"]);
  hub.command(ann, { type: "join", room: "lobby", after: 1000 });
  the.send("two");
  const witness = new Recorder("late");
  hub.register(witness);
  hub.command(witness, { type: "rooms" });
  await witness.first("rooms");
  held.release();
  await ann.first("message", ({ text }) => text === "two");
  assertEquals(ann.texts.filter((text) => text === "one"), ["one"]);
});
