import { Nats } from "./connection.ts";
import { RoomStreams } from "./room_streams.ts";
import { assert, assertEquals, assertRejects } from "../testing/assert.ts";
import { LogServer } from "../testing/jetstream.ts";
import { draft } from "../testing/message_log_cases.ts";
import { natsTest, TestNats, withoutNats } from "../testing/nats.ts";

natsTest("a message is gone only when its stream says so", async (server) => {
  await using the = await LogServer.open(server);
  await the.append(draft("a"), draft("b"), draft("c"), draft("d"));
  const streams = new RoomStreams(the.nats);
  const kept = (seq: number) => streams.get("lobby", seq).then((message) => message?.id);
  const all = () => Promise.all([1, 2, 3, 4].map(kept));
  assertEquals(await all(), ["a", "b", "c", "d"]);
  await assertRejects(() => kept(5), Error, "Cannot read message 5 of lobby");

  await streams.begin("lobby", 2);
  assertEquals(await all(), [undefined, "b", "c", "d"]);
  assertEquals((await streams.state("lobby"))?.gaps, false);

  await the.nats.manager.streams.deleteMessage("hubbub_room_lobby", 3);
  assertEquals(await all(), [undefined, "b", undefined, "d"]);
  assertEquals((await streams.state("lobby"))?.gaps, true);
  await assertRejects(() => kept(5), Error, "Cannot read message 5 of lobby");
});

Deno.test({
  name: "no room is left out when the server of NATS that has it is away",
  ignore: withoutNats(),
  fn: async () => {
    const servers = await TestNats.startCluster(3);
    await using all = new AsyncDisposableStack();
    for (const server of servers) all.use(server);
    const rooms = Array.from({ length: 9 }, (_, i) => `room-${i}`);
    const [one] = servers;
    assert(one !== undefined);
    await using the = await LogServer.open(one);
    await the.append(...rooms.map((room) => draft("a", { room })));
    const { cluster } = await the.nats.manager.streams.info("hubbub_room_room-0");
    const holder = servers[Number(cluster?.leader?.at(-1))];
    const other = servers.find((server) => server !== holder);
    assert(holder !== undefined && other !== undefined);

    await using nats = await Nats.connect({ url: other.url });
    const streams = new RoomStreams(nats);
    const listed = async () => (await Array.fromAsync(streams.list())).map(({ room }) => room);
    assertEquals((await listed()).toSorted(), rooms);
    await holder.stop();
    await assertRejects(listed);
    await holder.start();
    let again: string[] | undefined;
    while (again === undefined) again = await listed().catch(() => undefined);
    assertEquals(again.toSorted(), rooms);
  },
});
