import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { browser, ChatClient, range, seqs } from "../testing/chat_client.ts";
import { anyRuntime } from "../testing/executable.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { NEW_ROOM } from "../protocol/mod.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { TestSocket } from "../testing/sockets.ts";

for (const runtime of await anyRuntime()) {
  Deno.test(`hello (${runtime.name}) names the person and the limits`, async () => {
    const flags = ["--rate", "7", "--max-message", "123", "--max-file", "456"];
    await using hubbub = await Hubbub.start(flags, runtime);
    await using ann = await ChatClient.open(hubbub.port);
    const { protocol, user, limits } = ann.hello;
    assertEquals(protocol, "hubbub.v1");
    assertMatch(user.name, /^guest-\w{4}$/);
    assertEquals(limits, {
      message: 123,
      frame: 65_536,
      rate: 7,
      burst: 21,
      history: 200,
      title: 80,
      topic: 250,
      newRooms: 20,
      directPeople: 8,
      reactions: 20,
      pins: 50,
      file: 456,
      files: 10,
    });
  });

  Deno.test(`join (${runtime.name}) gives the newest messages, or those after a seq, and the members`, async (t) => {
    await using hubbub = await Hubbub.start([], runtime);
    await using ann = await ChatClient.open(hubbub.port);
    assertEquals(await ann.join("lobby"), {
      type: "joined",
      room: "lobby",
      store: ann.hello.store,
      first: 1,
      last: 0,
      members: [ann.user],
      count: 1,
      messages: [],
      more: false,
      rev: 0,
      info: NEW_ROOM,
    });
    for (let i = 1; i <= 250; i++) {
      ann.send({ type: "send", room: "lobby", id: `${i}`, text: `text ${i}` });
    }
    await ann.take("message", ({ seq }) => seq === 250);

    await using bob = await ChatClient.open(hubbub.port);
    const cases: [what: string, after: number | undefined, messages: number[], more: boolean][] = [
      ["without after: the 50 newest", undefined, range(201, 250), true],
      ["after 0: the 200 oldest", 0, range(1, 200), true],
      ["after 50: just all", 50, range(51, 250), false],
      ["after the one before the last", 249, [250], false],
      ["after the last", 250, [], false],
      ["after what is not yet there", 9000, [], false],
    ];
    for (const [what, after, messages, more] of cases) {
      await t.step(what, async () => {
        const joined = await bob.join("lobby", after);
        assertEquals(seqs(joined.messages), messages);
        assertEquals({ ...joined, messages: [] }, {
          type: "joined",
          room: "lobby",
          store: ann.hello.store,
          first: 1,
          last: 250,
          members: [ann.user, bob.user],
          count: 2,
          messages: [],
          more,
          rev: 0,
          info: NEW_ROOM,
        });
      });
    }
    await t.step("a message has all it needs", async () => {
      const { messages: [message] } = await bob.join("lobby", 249);
      assert(message !== undefined && message.at > Date.now() - 60_000 && message.at <= Date.now());
      assertEquals(message, {
        room: "lobby",
        seq: 250,
        id: "250",
        user: ann.user,
        text: "text 250",
        at: message.at,
      });
    });
    await t.step("joining again is told to nobody, and live messages go on", async () => {
      await ann.take("presence", ({ joined }) => joined.some(({ id }) => id === bob.user.id));
      await ann.say("on");
      await bob.take("message", ({ seq }) => seq === 251);
      assertEquals((await bob.join("lobby", 250)).count, 2);
      await ann.say("and on");
      await bob.take("message", ({ seq }) => seq === 252);
      const told = (await ann.settled("presence")).flatMap(({ joined }) => joined);
      assertEquals(told.map(({ id }) => id), [ann.user.id, bob.user.id]);
      assertEquals(seqs(await bob.settled("message")), [251, 252]);
    });
  });

  Deno.test(`rooms (${runtime.name}) are separate, and a person with two tabs is one member`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    const headers = await browser(hubbub.port);
    await using tab = await ChatClient.enter(hubbub.port, ["one", "two"], headers);
    await using other = await ChatClient.enter(hubbub.port, ["two"], headers);
    await using bob = await ChatClient.open(hubbub.port);
    assertEquals(other.user, tab.user);
    const { members, count } = await bob.join("two");
    assertEquals([members, count], [[tab.user, bob.user], 2]);

    assertEquals((await tab.say("first", "one")).seq, 1);
    assertEquals((await bob.say("second", "two")).seq, 1);
    await other.take("message", ({ room }) => room === "two");
    assertEquals((await other.settled("message")).length, 1);
    assertEquals((await bob.settled("message")).length, 1);
    await tab.take("message", ({ room }) => room === "two");

    tab.send({ type: "leave", room: "two" });
    assertEquals(await tab.take("left"), { type: "left", room: "two" });
    await bob.say("third", "two");
    await other.take("message", ({ seq }) => seq === 2);
    assertEquals((await tab.settled("message")).length, 2, "it left only with one tab");

    await other[Symbol.asyncDispose]();
    const { left, count: still } = await bob.take("presence", ({ left }) => left.length > 0);
    assertEquals([left, still], [[tab.user], 1]);
  });

  Deno.test(`history (${runtime.name}) goes both ways between its bounds`, async (t) => {
    await using hubbub = await Hubbub.start([], runtime);
    await using ann = await ChatClient.enter(hubbub.port);
    for (let i = 1; i <= 450; i++) ann.send({ type: "send", room: "lobby", id: `${i}`, text: "x" });
    await ann.take("message", ({ seq }) => seq === 450);
    const cases: [asked: object, messages: number[], more: boolean][] = [
      [{ before: 451 }, range(251, 450), true],
      [{ before: 251 }, range(51, 250), true],
      [{ before: 51 }, range(1, 50), false],
      [{ before: 11, limit: 3 }, [8, 9, 10], true],
      [{ before: 4, limit: 3 }, [1, 2, 3], false],
      [{ before: 1 }, [], false],
      [{ before: 0 }, [], false],
      [{ before: 9000, limit: 1 }, [450], true],
      [{ after: 0 }, range(1, 200), true],
      [{ after: 400 }, range(401, 450), false],
      [{ after: 448, limit: 1 }, [449], true],
      [{ after: 449, limit: 1 }, [450], false],
      [{ after: 450 }, [], false],
      [{ after: 9000 }, [], false],
      [{ after: 0, limit: 5000 }, range(1, 200), true],
    ];
    for (const [asked, messages, more] of cases) {
      await t.step(JSON.stringify(asked), async () => {
        ann.send({ type: "history", room: "lobby", ...asked });
        const history = await ann.take("history");
        assertEquals([seqs(history.messages), history.more], [messages, more]);
      });
    }
  });

  Deno.test(`send (${runtime.name}) comes back once, however often it is sent`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    const headers = await browser(hubbub.port);
    await using ann = await ChatClient.enter(hubbub.port, ["lobby", "other"], headers);
    await using tab = await ChatClient.enter(hubbub.port, ["lobby"], headers);
    await using bob = await ChatClient.enter(hubbub.port);
    const first = await ann.say("hello", "lobby", "m1");
    assertEquals(await ann.say("another text", "lobby", "m1"), first);
    assertEquals(await tab.take("message"), await bob.take("message"));
    assertEquals(await tab.say("a third", "lobby", "m1"), first);

    assertEquals((await bob.say("bob's own m1", "lobby", "m1")).seq, 2);
    assertEquals((await ann.say("in another room", "other", "m1")).seq, 1);
    await ann.take("message", ({ seq }) => seq === 2);
    await tab.take("message", ({ seq }) => seq === 2);
    assertEquals(seqs(await ann.settled("message")), [1, 1, 2, 1]);
    assertEquals(seqs(await tab.settled("message")), [1, 1, 2]);
    assertEquals(seqs(await bob.settled("message")), [1, 2]);
  });

  Deno.test(`send (${runtime.name}) of an id sent twice comes back in its place`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    await using ann = await ChatClient.enter(hubbub.port);
    const send = (id: string) => ({ type: "send", room: "lobby", id, text: id });
    ann.send(send("a"), send("b"), send("b"), send("c"));
    await ann.take("message", ({ id }) => id === "c");
    assertEquals(seqs(await ann.settled("message")), [1, 2, 3, 2]);
  });

  Deno.test(`send (${runtime.name}) keeps a text as it is`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    await using ann = await ChatClient.enter(hubbub.port);
    const texts: [sent: string, kept: string][] = [
      ["two\nlines\r\n\tand a tab ", "two\nlines\r\n\tand a tab "],
      ['<b>"&\u2028\u0001 🦊 李', '<b>"&\u2028\u0001 🦊 李'],
      ["a\u0000b\ud800c", "a\ufffdb\ufffdc"],
      ["x".repeat(4096), "x".repeat(4096)],
    ];
    for (const [sent, kept] of texts) assertEquals((await ann.say(sent)).text, kept);
    await using bob = await ChatClient.open(hubbub.port);
    const { messages } = await bob.join("lobby");
    assertEquals(messages.map(({ text }) => text), texts.map(([, kept]) => kept));
  });

  Deno.test(`typing (${runtime.name}) reaches the others once a second`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    const headers = await browser(hubbub.port);
    await using ann = await ChatClient.enter(hubbub.port, ["lobby", "two"], headers);
    await using tab = await ChatClient.enter(hubbub.port, ["lobby"], headers);
    await using bob = await ChatClient.enter(hubbub.port);
    const typing = { type: "typing", room: "lobby" };
    const beganAt = performance.now();
    ann.send(...Array(100).fill(typing));
    assertEquals(await bob.take("typing"), { type: "typing", room: "lobby", user: ann.user });
    ann.send({ type: "typing", room: "two" });
    await ann.settled("typing");
    assertEquals((await bob.settled("typing")).length, 1);
    while ((await bob.settled("typing")).length < 2) {
      ann.send(typing);
      await ann.settled("typing");
    }
    assert(performance.now() - beganAt >= 1000, "it is throttled");
    assertEquals((await ann.settled("typing")).length, 0);
    assertEquals((await tab.settled("typing")).length, 0);
    assertEquals((await (await ChatClient.enter(hubbub.port)).settled("typing")).length, 0);
  });

  Deno.test(`typing (${runtime.name}) reaches the others a few times in all rooms together`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    const rooms = Array.from({ length: 30 }, (_, i) => `room-${i}`);
    await using ann = await ChatClient.enter(hubbub.port, rooms);
    await using bob = await ChatClient.enter(hubbub.port, rooms);
    ann.send(...rooms.map((room) => ({ type: "typing", room })));
    await ann.say("what was typed", "room-0");
    await bob.take("message");
    const typed = (await bob.settled("typing")).map(({ room }) => room);
    assertEquals(typed.slice(0, 5), rooms.slice(0, 5));
    assert(typed.length < 15, `${typed.length} rooms`);
  });

  Deno.test(`renamed (${runtime.name}) reaches all who share a room once, and oneself`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    const headers = await browser(hubbub.port);
    await using ann = await ChatClient.enter(hubbub.port, ["a", "b"], headers);
    await using idle = await ChatClient.open(hubbub.port, headers);
    await using bob = await ChatClient.enter(hubbub.port, ["a", "b"]);
    await using eve = await ChatClient.enter(hubbub.port, ["c"]);
    ann.send({ type: "name", name: "Ann" });
    const { id, name: was } = ann.user;
    const renamed = { type: "renamed", user: { id, name: "Ann" }, was };
    for (const client of [ann, idle, bob]) {
      assertEquals<object>(await client.take("renamed"), renamed);
    }
    assertEquals((await ann.say("hi", "a")).user, { id, name: "Ann" });
    const counts = [ann, idle, bob, eve].map(async (each) =>
      (await each.settled("renamed")).length
    );
    assertEquals(await Promise.all(counts), [1, 1, 1, 0]);
    await using late = await ChatClient.open(hubbub.port, headers);
    assertEquals(late.user, { id, name: "Ann" });
    const { members } = await eve.join("a");
    assertEquals(members.map(({ name }) => name), ["Ann", bob.user.name, eve.user.name]);
  });

  Deno.test(`rooms (${runtime.name}) lists the fullest rooms first, then the last written to`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    await using ann = await ChatClient.enter(hubbub.port, ["empty", "full", "left"]);
    await using bob = await ChatClient.enter(hubbub.port, ["full"]);
    const left = await ann.say("bye", "left");
    ann.send({ type: "leave", room: "left" });
    await ann.take("left");
    await ann.say("hi", "full");
    const full = await bob.say("hi", "full");
    bob.send({ type: "rooms" });
    assertEquals((await bob.take("rooms")).rooms, [
      { room: "full", count: 2, last: 2, at: full.at },
      { room: "empty", count: 1, last: 0, at: 0 },
      { room: "left", count: 0, last: 1, at: left.at },
    ]);
  });

  Deno.test(`the program (${runtime.name}) lets plain and JSON clients chat`, async (t) => {
    await using hubbub = await Hubbub.start([], runtime);
    await using ann = await ChatClient.enter(hubbub.port, ["tea"]);
    await using bob = await TestSocket.open(hubbub.port, "/ws?room=tea&name=bob");
    await using mute = await TestSocket.open(hubbub.port, "/ws?room=tea");
    await using elsewhere = await TestSocket.open(hubbub.port, "/ws?name=carl");
    const { name } = ann.user;

    await t.step("each in the own form", async () => {
      await ann.say("two\nlines\r\nand a third", "tea");
      assertEquals(await bob.received(1), [`${name}: two lines and a third`]);
      bob.send("from\nbob");
      const fromBob = await ann.take("message", ({ seq }) => seq === 2);
      assertEquals([fromBob.user.name, fromBob.text], ["bob", "from bob"]);
      await bob.received(2);
      mute.send("from nobody");
      const fromMute = await ann.take("message", ({ seq }) => seq === 3);
      assertEquals([fromMute.user.name, fromMute.text], ["", "from nobody"]);
      const lines = [`${name}: two lines and a third`, "bob: from bob", "from nobody"];
      for (const socket of [bob, mute]) assertEquals(await socket.received(3), lines);
      assertEquals(elsewhere.lines, []);
    });
    await t.step("members are people of both kinds", async () => {
      const { members, count } = await ann.join("tea");
      assertEquals([members.map((user) => user.name), count], [[name, "bob", ""], 3]);
    });
    await t.step("history only for who asks, then live", async () => {
      await using late = await TestSocket.open(hubbub.port, "/ws?room=tea&history=2");
      assertEquals(await late.received(2), ["bob: from bob", "from nobody"]);
      await using later = await TestSocket.open(hubbub.port, "/ws?room=tea&history=0");
      await ann.say("live", "tea");
      assertEquals(await later.received(1), [`${name}: live`]);
      assertEquals(await late.received(3), ["bob: from bob", "from nobody", `${name}: live`]);
    });
    await t.step("a name of a plain client is not to be had while it is connected", async () => {
      assertEquals((await ann.refused({ type: "name", name: "BOB" })).code, "name_taken");
      bob.socket.close();
      await ann.take("presence", ({ left }) => left.some((user) => user.name === "bob"));
      ann.send({ type: "name", name: "BOB" });
      await ann.take("renamed", ({ user }) => user.name === "BOB");
      await mute.received(4);
      await ann.say("as bob", "tea");
      assertEquals((await mute.received(5)).at(-1), "BOB: as bob");
    });
  });

  Deno.test(`messages (${runtime.name}) survive a restart, and a client that was away misses nothing`, async () => {
    await using folder = await temporaryFolder();
    const flags = ["--data", `${folder.path}/chat.db`];
    const headers: Record<string, string> = {};
    let first;
    {
      await using hubbub = await Hubbub.start(flags, runtime);
      Object.assign(headers, await browser(hubbub.port));
      await using ann = await ChatClient.enter(hubbub.port, ["lobby"], headers);
      for (let i = 1; i <= 3; i++) first = await ann.say(`text ${i}`, "lobby", `m${i}`);
      hubbub.signal("SIGTERM");
      assertEquals((await ann.closed).code, 1001);
      await hubbub.status;
    }
    await using hubbub = await Hubbub.start(flags, runtime);
    await using ann = await ChatClient.open(hubbub.port, headers);
    const { first: oldest, last, messages, more } = await ann.join("lobby", 1);
    assertEquals([oldest, last, seqs(messages), more], [1, 3, [2, 3], false]);
    assertEquals(messages.at(-1), first);
    assertEquals(await ann.say("sent again", "lobby", "m3"), first);
    assertEquals((await ann.say("new", "lobby", "m4")).seq, 4);
  });
}
