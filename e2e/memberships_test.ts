/** Memberships and markers of people with several devices, through kills, exports and several servers. */
import type { RoomState } from "../protocol/mod.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { ChatClient, cookieIn, login } from "../testing/chat_client.ts";
import { anyRuntime } from "../testing/executable.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { natsTest } from "../testing/nats.ts";

/** The headers of a person with a name, for any number of devices. */
async function person(hubbub: Hubbub, name: string): Promise<{ cookie: string }> {
  return { cookie: cookieIn(await login(hubbub, { name, secret: `the secret of ${name}` })) };
}

/** The state of a person's rooms as a new device receives it. */
async function stateOf(port: number, headers: { cookie: string }): Promise<readonly RoomState[]> {
  await using device = await ChatClient.open(port, headers);
  return (await device.take("state")).rooms;
}

function markerIn(rooms: readonly RoomState[], name: string): number | undefined {
  return rooms.find(({ room }) => room === name)?.read;
}

for (const runtime of await anyRuntime()) {
  Deno.test(`devices of a person (${runtime.name}) share rooms, markers and levels`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    const headers = await person(hubbub, "Ann");
    await using desk = await ChatClient.open(hubbub.port, headers);
    await using phone = await ChatClient.open(hubbub.port, headers);
    await using bob = await ChatClient.enter(hubbub.port, ["tea"]);
    for (const text of ["one", "two", "Hi @ann"]) await bob.say(text, "tea");
    await desk.join("tea");
    const begun = await phone.take("room", ({ room }) => room === "tea");
    assertEquals([begun.last, begun.read, begun.unread], [3, 3, 0]);
    await bob.say("@Ann, and more", "tea");
    const mentioned = await phone.take("room", ({ room }) => room === "tea");
    assertEquals([mentioned.last, mentioned.unread, mentioned.mentions], [4, 1, 1]);
    desk.send({ type: "read", room: "tea", seq: 4, id: "r1" });
    assertEquals(await desk.take("ok"), { type: "ok", id: "r1" });
    const read = await phone.take("room", ({ read }) => read === 4);
    assertEquals([read.unread, read.mentions], [0, 0]);
    phone.send({ type: "level", room: "tea", level: "mentions" });
    assertEquals((await desk.take("room", ({ level }) => level !== "all")).level, "mentions");
    phone.send({ type: "leave", room: "tea" });
    for (const device of [desk, phone]) await device.take("left", ({ room }) => room === "tea");
    desk.send({ type: "send", room: "tea", id: "x", text: "x" });
    assertEquals((await desk.take("error")).code, "not_joined");
    assertEquals(markerIn(await stateOf(hubbub.port, headers), "tea"), undefined);
  });

  Deno.test(`a killed server (${runtime.name}) loses at most the newest marker, and raises none`, async () => {
    await using folder = await temporaryFolder();
    const flags = ["--data", `${folder.path}/chat.db`];
    let headers = { cookie: "" };
    for (let round = 0; round < 5; round++) {
      await using hubbub = await Hubbub.start(flags, runtime);
      if (round === 0) headers = await person(hubbub, "Ann");
      await using desk = await ChatClient.enter(hubbub.port, ["tea"], headers);
      await using phone = await ChatClient.open(hubbub.port, headers);
      const { last } = await desk.join("tea");
      for (let i = 0; i < 4; i++) await desk.say(`${round} ${i}`, "tea");
      const stored = last + 1;
      desk.send({ type: "read", room: "tea", seq: stored });
      // The other device receives a marker only when it is on disk.
      await phone.take("room", ({ room, read }) => room === "tea" && read >= stored);
      desk.send({ type: "read", room: "tea", seq: last + 3, id: "late" });
      await desk.take("ok", ({ id }) => id === "late");
      hubbub.signal("SIGKILL");
      await desk.closed;
      await using again = await Hubbub.start(flags, runtime);
      const marker = markerIn(await stateOf(again.port, headers), "tea");
      assert(marker === stored || marker === last + 3, `${marker} in ${stored}..${last + 3}`);
    }
  });

  Deno.test(`an export (${runtime.name}) has memberships, and an import gives them back`, async () => {
    await using folder = await temporaryFolder();
    const data = (name: string) => ["--data", `${folder.path}/${name}.db`];
    let headers: { cookie: string };
    let before: readonly RoomState[];
    {
      await using hubbub = await Hubbub.start(data("one"), runtime);
      headers = await person(hubbub, "Ann");
      await using ann = await ChatClient.enter(hubbub.port, ["tea"], headers);
      await using bob = await ChatClient.enter(hubbub.port, ["tea"]);
      await ann.say("one", "tea");
      await bob.say("two, @ann", "tea");
      ann.send({ type: "order", room: "tea", before: "lobby", id: "o" });
      await ann.take("ok", ({ id }) => id === "o");
      before = await stateOf(hubbub.port, headers);
      assertEquals(before.map(({ room, unread, mentions }) => [room, unread, mentions]), [
        ["tea", 1, 1],
        ["lobby", 0, 0],
      ]);
    }
    const exported = await runHubbub(["export", ...data("one")], { runtime });
    assertEquals(exported.code, 0, exported.stderr);
    await Deno.writeTextFile(`${folder.path}/export`, exported.stdout);
    const imported = await runHubbub(["import", `${folder.path}/export`, ...data("two")], {
      runtime,
    });
    assertEquals(imported.code, 0, imported.stderr);
    await using hubbub = await Hubbub.start(data("two"), runtime);
    assertEquals(await stateOf(hubbub.port, headers), before);
  });

  natsTest(
    `three servers (${runtime.name}) agree on rooms, markers, mentions and what was left`,
    async (nats) => {
      const start = () => Hubbub.start(["--nats", nats.url], runtime);
      await using one = await start();
      await using two = await start();
      await using three = await start();
      const headers = await person(one, "Ann");
      await using bob = await ChatClient.enter(three.port, ["tea", "den"]);
      for (const room of ["tea", "den"]) {
        for (const text of ["one", "two"]) await bob.say(text, room);
      }
      await using desk = await ChatClient.enter(one.port, ["tea", "den"], headers);
      await using phone = await ChatClient.open(two.port, headers);
      const has = (client: ChatClient, check: (state: RoomState) => boolean) =>
        client.take("room", check);
      await has(desk, ({ room }) => room === "tea");
      await has(desk, ({ room }) => room === "den");
      await bob.say("three, @ANN", "tea");
      await has(phone, ({ room, mentions }) => room === "tea" && mentions === 1);
      // Both at once: the higher one counts, wherever it was sent.
      desk.send({ type: "read", room: "tea", seq: 3 });
      phone.send({ type: "read", room: "tea", seq: 2 });
      for (const client of [desk, phone]) {
        await has(client, ({ room, read }) => room === "tea" && read === 3);
      }
      phone.send({ type: "read", room: "tea", seq: 1, back: true });
      await has(desk, ({ room, read, unread }) => room === "tea" && read === 1 && unread === 2);
      phone.send({ type: "leave", room: "den" });
      await desk.take("left", ({ room }) => room === "den");
      desk.send({ type: "level", room: "tea", level: "nothing", id: "l" });
      await desk.take("ok", ({ id }) => id === "l");
      await has(phone, ({ room, level }) => room === "tea" && level === "nothing");
      await using third = await ChatClient.open(three.port, headers);
      const states = await Promise.all([one, two].map(({ port }) => stateOf(port, headers)));
      const [state] = await third.settled("state");
      for (const rooms of states) assertEquals(rooms, state?.rooms);
      assertEquals(markerIn(state?.rooms ?? [], "tea"), 1);
      assertEquals(markerIn(state?.rooms ?? [], "den"), undefined);
    },
  );
}
