import { StorageType } from "@nats-io/jetstream";
import { assertEquals, assertRejects } from "../testing/assert.ts";
import { natsTest as test } from "../testing/nats.ts";
import { Nats } from "./connection.ts";
import { makeStream } from "./make_stream.ts";

test("makeStream makes one stream, however many servers make it at the same moment", async (nats) => {
  await using connections = new AsyncDisposableStack();
  const servers: Nats[] = [];
  for (let i = 0; i < 16; i++) {
    servers.push(connections.use(await Nats.connect({ url: nats.url })));
  }
  const names = Array.from({ length: 60 }, (_, i) => `race${i}`);
  for (const name of names) {
    const config = { name, subjects: [`${name}.*`], storage: StorageType.File };
    await Promise.all(servers.map((server) => makeStream(server, config)));
  }
  const [first] = servers;
  const found: string[] = [];
  for await (const name of first?.manager.streams.names() ?? []) found.push(name);
  assertEquals(new Set(found), new Set(names));
});

test("makeStream rejects when the stream of somebody else receives a subject", async (nats) => {
  await using server = await Nats.connect({ url: nats.url });
  const { streams } = server.manager;
  await streams.add({ name: "foreign", subjects: ["mine.*"] });
  const config = { name: "own", subjects: ["mine.first"], storage: StorageType.File };
  await assertRejects(() => makeStream(server, config), Error, "overlap");
});
