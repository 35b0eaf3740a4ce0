import { Hub } from "../hub.ts";
import { LOGGED_OUT } from "./effects.ts";
import { LocalPresence } from "./local_presence.ts";
import type { Subscriber } from "./room.ts";
import type { ServerLine } from "../protocol/mod.ts";
import type { Event } from "../state/events.ts";
import { openLocalState } from "../state/local.ts";
import { LocalLog } from "../state/local_log.ts";
import type { EventOutcome } from "../state/outcome.ts";
import { assertEquals } from "../testing/assert.ts";
import { Recorder } from "../testing/recorder.ts";

/** A hub on a log in memory, to which a test appends events itself. */
function start() {
  const store = openLocalState<Subscriber>({ path: ":memory:", sync: "normal" });
  const { messages, actions, memberships, permissions } = store;
  const log = LocalLog.open(store.state);
  const hub = new Hub({
    ...{
      store: "s1",
      log: messages,
      presence: new LocalPresence(),
      actions,
      permissions,
      memberships,
    },
    ...{ maxRooms: 9, maxRoomsPerClient: 9 },
  });
  const run = hub.run();
  return {
    hub,
    db: store.state.database.db,
    /** Delivers outcomes of no event. */
    deliver: (...outcomes: EventOutcome[]) => messages.deliver(outcomes),
    /** Appends events as one batch, and delivers what came of them. */
    append(events: Event[], replace: (outcomes: EventOutcome[]) => EventOutcome[] = (all) => all) {
      log.append(events, (result) => {
        if (result instanceof Error) throw result;
        messages.deliver(replace([...result]));
      });
    },
    async enter(name: string, ...rooms: string[]): Promise<Recorder> {
      const client = new Recorder(name);
      hub.register(client);
      for (const room of rooms) {
        hub.command(client, { type: "join", room });
        await client.first("joined", (line) => line.room === room);
      }
      return client;
    },
    async [Symbol.asyncDispose]() {
      hub.close();
      await run;
      store[Symbol.dispose]();
    },
  };
}

let ids = 0;

function message(text: string, room = "lobby"): Event {
  return { type: "message", room, id: `m${ids++}`, user: { id: "writer", name: "writer" }, text };
}

/** An event whose outcome {@linkcode withEffect} replaces. */
const PLACE: Event = { type: "keep_days", days: 0 };

function withEffect(
  ...effects: NonNullable<Extract<EventOutcome, { type: "changed" }>["effects"]>
) {
  return (outcomes: EventOutcome[]): EventOutcome[] =>
    outcomes.map((outcome) =>
      outcome.type === "message" ? outcome : { type: "changed", effects: effects }
    );
}

Deno.test("Deliverer sends an expelled person nothing of the room that follows in the same batch", async () => {
  await using the = start();
  const [ann, other, bob] = [
    await the.enter("ann", "lobby", "b"),
    await the.enter("ann", "lobby"),
    await the.enter("bob", "lobby"),
  ];
  const expel = { type: "expel", person: ann.user.id, room: "lobby", why: "Removed" } as const;
  the.append(
    [message("one"), message("two", "b"), PLACE, message("three"), message("four", "b")],
    withEffect(expel),
  );
  await bob.first("message", ({ text }) => text === "three");
  await ann.first("message", ({ text }) => text === "four");
  assertEquals(ann.texts, ["one", "two", "four"]);
  assertEquals(other.texts, ["one"]);
  assertEquals(bob.texts, ["one", "three"]);
  for (const client of [ann, other]) {
    assertEquals(client.all("left"), [{ type: "left", room: "lobby", why: "Removed" }]);
  }
  // It is as if it had left: it may not write, and may join again.
  the.hub.command(ann, { type: "send", room: "lobby", id: "x", text: "x" });
  assertEquals((await ann.first("error")).code, "not_joined");
});

Deno.test("Deliverer gathers replies, though each changes what their person has to read", async () => {
  await using the = start();
  const user = { id: "id-of-ann", name: "ann" };
  the.append([{ type: "message", room: "lobby", id: "first", user, text: "first" }]);
  const [ann, bob] = [await the.enter("ann", "lobby"), await the.enter("bob", "lobby")];
  const received = bob.frames.length;
  const replies = Array.from({ length: 20 }, (_, i) => ({ ...message(`reply ${i}`), re: 1 }));
  the.append([...replies, message("last")]);
  await ann.first("message", ({ text }) => text === "last");
  assertEquals(bob.texts, [...replies.map((_, i) => `reply ${i}`), "last"]);
  assertEquals(bob.frames.length - received, 1);
});

Deno.test("Deliverer disconnects all clients of a person, who receive nothing after that", async () => {
  await using the = start();
  the.append([{ type: "name", person: "id-of-ann", name: "ann", key: "ann", used: 1 }]);
  const [ann, other, bob] = [
    await the.enter("ann", "lobby"),
    await the.enter("ann"),
    await the.enter("bob", "lobby"),
  ];
  the.append([
    message("before"),
    { type: "all_sessions_ended", person: "id-of-ann" },
    message("after"),
  ]);
  await bob.first("message", ({ text }) => text === "after");
  assertEquals(ann.texts, ["before"]);
  for (const client of [ann, other]) {
    assertEquals([client.end, client.closing], ["dismissed", LOGGED_OUT]);
  }
  assertEquals(the.hub.size, 1);
});

Deno.test("Deliverer disconnects a guest, who is not stored, when all sessions end", async () => {
  await using the = start();
  const [guest, bob] = [await the.enter("guest", "lobby"), await the.enter("bob", "lobby")];
  the.append([{ type: "all_sessions_ended", person: "id-of-guest" }, message("after")]);
  await bob.first("message");
  assertEquals([guest.end, guest.closing, guest.texts], ["dismissed", LOGGED_OUT, []]);
});

Deno.test("Deliverer closes the connections of all sessions when the signing key is replaced", async () => {
  await using the = start();
  const enter = (rotation?: number) => {
    const client = new Recorder("guest");
    const session = { id: "s", person: "id-of-guest", generation: 0 };
    client.session = rotation === undefined ? session : { ...session, rotation };
    the.hub.register(client);
    return client;
  };
  const early = enter();
  const bot = await the.enter("bot", "lobby");
  const key = new Uint8Array(32).fill(1).toBase64();
  the.append([{ type: "keys_rotated", key }, message("after")]);
  await bot.first("message");
  assertEquals(early.closing, LOGGED_OUT);
  // One that was let in before that, and arrives only now; and one with a cookie of the new key.
  const [late, next] = [enter(), enter(1)];
  await the.enter("last", "lobby");
  assertEquals([late.closing, next.closing, bot.closing], [LOGGED_OUT, undefined, undefined]);
});

Deno.test("Deliverer sends a line to a room, to people or to everyone, in order with messages", async () => {
  await using the = start();
  const [ann, bob, carl] = [
    await the.enter("ann", "lobby"),
    await the.enter("bob", "lobby"),
    await the.enter("carl", "b"),
  ];
  const line = (name: string): ServerLine => ({
    ...{ type: "renamed", user: { id: "x", name }, was: "" },
  });
  the.append(
    [message("one"), PLACE, message("two")],
    withEffect(
      { type: "send", to: { room: "lobby" }, line: line("room") },
      { type: "send", to: { people: [bob.user.id, carl.user.id, "nobody"] }, line: line("people") },
      { type: "send", to: { room: "empty" }, line: line("nobody") },
      { type: "send", to: "everyone", line: line("everyone") },
    ),
  );
  await bob.first("message", ({ text }) => text === "two");
  await carl.first("renamed", ({ user }) => user.name === "everyone");
  const received = (client: Recorder) =>
    client.lines.flatMap((line) =>
      line.type === "message" ? [line.text] : line.type === "renamed" ? [line.user.name] : []
    );
  assertEquals(received(ann), ["one", "room", "everyone", "two"]);
  assertEquals(received(bob), ["one", "room", "people", "everyone", "two"]);
  assertEquals(received(carl), ["people", "everyone"]);
});

Deno.test("Deliverer sends a line of a room to a joining member after its history", async () => {
  await using the = start();
  const ann = await the.enter("ann", "lobby");
  const bob = new Recorder("bob");
  the.hub.register(bob);
  the.hub.command(bob, { type: "join", room: "lobby" });
  const line: ServerLine = { type: "renamed", user: { id: "x", name: "x" }, was: "" };
  for (let i = 0; i < 5; i++) {
    the.append(
      [message(`a${i}`), PLACE, message(`b${i}`)],
      withEffect({ type: "send", to: { room: "lobby" }, line }),
    );
    await ann.first("message", ({ text }) => text === `b${i}`);
  }
  await bob.first("joined");
  the.append([message("last")]);
  await bob.first("message", ({ text }) => text === "last");
  await ann.first("message", ({ text }) => text === "last");
  const types = bob.lines.map(({ type }) => type).filter((type) => type !== "presence");
  assertEquals(types[0], "joined");
  const { messages } = await bob.first("joined");
  assertEquals([...messages.map(({ text }) => text), ...bob.texts], ann.texts);
});

Deno.test("Deliverer ends those who may have missed a change or a membership, because the disk can't be read", async () => {
  await using the = start();
  const [ann, bob, carl] = [
    await the.enter("ann", "lobby"),
    await the.enter("bob", "b"),
    await the.enter("carl", "c"),
  ];
  the.append([message("secret")]);
  const { type: _, ...changed } = await ann.first("message");
  the.db.exec("drop table membership");
  the.deliver({
    type: "changed",
    effects: [
      { type: "changed", room: "lobby", rev: 1, message: { ...changed, rev: 1 }, partial: true },
      { type: "membership", person: carl.user.id, room: "lobby" },
      { type: "send", to: { people: [bob.user.id] }, line: { type: "left", room: "c" } },
    ],
  });
  await bob.first("left");
  // They reconnect and resume.
  assertEquals([ann.end, bob.end, carl.end], ["failed", undefined, "failed"]);
});
