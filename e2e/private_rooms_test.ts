/** Private rooms over real sockets, on one server and on several: to outsiders they don't exist, on any way out. */
import { newHiddenRoom } from "../protocol/addresses.ts";
import type { ServerLine } from "../protocol/mod.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { basic, ChatClient } from "../testing/chat_client.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { natsTest } from "../testing/nats.ts";
import { TestSocket } from "../testing/sockets.ts";

/** Everyone and everything that may receive something, by place. */
interface Chat {
  readonly ports: readonly [number, number, number];
  readonly servers: readonly Hubbub[];
}

Deno.test("a private room leaks nothing to outsiders on one server", async () => {
  await using hubbub = await Hubbub.start();
  await checkLeaks({ ports: [hubbub.port, hubbub.port, hubbub.port], servers: [hubbub] });
});

natsTest("a private room leaks nothing to outsiders on three servers", async (nats) => {
  const start = () => Hubbub.start(["--nats", nats.url]);
  await using one = await start();
  await using two = await start();
  await using three = await start();
  await checkLeaks({ ports: [one.port, two.port, three.port], servers: [one, two, three] });
});

/** A client of a person with a name and a secret. */
function enter(port: number, name: string): Promise<ChatClient> {
  return ChatClient.open(port, basic(`${name}:a secret of ${name}`));
}

/** Joins a room as soon as the person's server knows that it may. */
async function joinWhenAdded(client: ChatClient, room: string) {
  await client.take("room", (line) => line.room === room);
  return await client.join(room);
}

async function checkLeaks({ ports: [a, b, c], servers }: Chat): Promise<void> {
  await using ann = await enter(a, "ann");
  await using bob = await enter(b, "bob");
  await using dan = await enter(b, "dan");
  await using carl = await enter(c, "carl");
  await using guest = await ChatClient.open(c);
  for (const client of [ann, bob, dan, carl, guest]) await client.join("lobby");

  const created = await ann.ask({
    ...{ type: "create", kind: "private", title: "title-of-it", topic: "topic-of-it" },
    history: "joined",
  });
  assert(created.type === "created");
  const { room } = created;
  await ann.join(room);
  await ann.ask({ type: "add", room, person: bob.user.id });
  await joinWhenAdded(bob, room);
  await ann.say("secret-1", room);
  await ann.ask({ type: "add", room, person: dan.user.id });
  const joined = await joinWhenAdded(dan, room);
  assertEquals([joined.first, joined.messages], [2, []]);
  await bob.say("secret-2", room);
  // A message that dan may not see is changed in every way; then one that dan may see, which shows that all has come.
  const place = { room, seq: 1 };
  await ann.ask({ type: "edit", ...place, text: "secret-1 edited" });
  await ann.ask({ type: "react", ...place, emoji: "👍", on: true });
  await ann.ask({ type: "pin", ...place, on: true });
  ann.send({ type: "send", room, id: "reply", text: "secret-2, a reply", re: 1 });
  await bob.ask({ type: "react", room, seq: 2, emoji: "🎉", on: true });
  const { message } = await dan.take("changed", ({ message }) => message.reactions !== undefined);
  assertEquals(message.seq, 2);
  for (
    const command of [
      { type: "edit", ...place, text: "other" },
      { type: "delete", ...place },
      { type: "react", ...place, emoji: "👍", on: true },
      { type: "reactions", ...place, emoji: "👍" },
    ]
  ) {
    const answers = [];
    for (const seq of [1, 999]) answers.push(await dan.ask({ ...command, seq }));
    const [hidden, never] = answers;
    assert(hidden?.type === "error" && never?.type === "error");
    assertEquals([hidden.code, hidden.message], [never.code, never.message]);
  }
  for (const command of [{ type: "changes", rev: 0 }, { type: "pins" }]) {
    const answer = await dan.ask({ ...command, room });
    assert(answer.type === "changes" || answer.type === "pins");
    assertEquals(answer.messages.filter(({ seq }) => seq < 2), []);
  }
  dan.send({ type: "typing", room });
  await ann.take("typing");
  await ann.ask({ type: "remove", room, person: bob.user.id });
  const { why } = await bob.take("left", (line) => line.room === room);
  assertEquals(why, "You were removed from the room");
  const removedAt = bob.lines.length;
  await ann.say("secret-3", room);
  dan.send({ type: "typing", room });
  await ann.ask({ type: "set_room", room, setting: "topic", value: "topic-of-now" });
  await ann.ask({ type: "set_room", room, setting: "title", value: "title-of-now" });
  await dan.take("message", ({ text }) => text === "secret-3");

  // One that was public leads nobody but its members to its new address. Other people know only the old one.
  const plans = { type: "create", kind: "public", room: "plans", title: "Plans", topic: "" };
  await ann.ask(plans);
  await ann.join("plans");
  await guest.join("plans");
  await ann.ask({ type: "make_private", room: "plans" });
  const { to: plansNow } = await ann.take("moved");
  await guest.take("left", (line) => line.room === "plans");
  for (const client of [carl, guest]) {
    for (const command of [{ type: "join" }, { type: "join", after: 0 }, { type: "members" }]) {
      const id = crypto.randomUUID();
      client.send({ ...command, room: "plans", id });
      const { code } = await client.take("error", ({ ref }) => ref === "plans" || ref === id);
      assertEquals(code, "no_room", command.type);
    }
  }

  // Somebody with history from joining sees nothing of before, whatever is asked.
  await dan.join(room, 0);
  dan.send({ type: "join", room, after: 9, rev: 0 });
  const { changed } = await dan.take("joined", (line) => line.changed !== undefined);
  assertEquals(changed?.map(({ seq }) => seq), [2]);
  for (const query of [{ after: 0 }, { before: 2 }, { before: 99 }, { at: 0 }]) {
    dan.send({ type: "history", room, ...query });
    await dan.take("history");
  }
  const seenByDan = JSON.stringify(dan.lines);
  assert(!seenByDan.includes("secret-1") && seenByDan.includes("secret-2"));

  // Every command, and every list.
  const never = newHiddenRoom();
  const secrets = [room, plansNow, "secret-", "title-of", "topic-of"];
  const outsiders = [
    () => enter(c, "carl"),
    () => ChatClient.open(c),
    () => enter(b, "bob"),
  ];
  for (const open of outsiders) {
    // Each connection may cause 20 errors.
    for (let i = 0; i < COMMANDS.length; i += 9) {
      await using client = await open();
      for (const command of COMMANDS.slice(i, i + 9)) {
        const answers = [];
        for (const asked of [room, never]) {
          const answer = await answerTo(client, { ...command, room: asked });
          answers.push(JSON.stringify(answer).replaceAll(asked, "R"));
        }
        assertEquals(answers[0], answers[1], JSON.stringify(command));
        for (const secret of secrets) assert(!answers[0]?.includes(secret), answers[0]);
      }
    }
  }
  for (const client of [carl, guest, bob]) {
    for (const command of [{ type: "directory" }, { type: "directory", text: "title" }]) {
      await client.ask(command);
    }
    client.send({ type: "rooms" });
    await client.take("rooms");
  }

  // Plain clients end in the same way, whether there is such a room or not.
  for (const query of ["", "&name=stranger", "&history=50"]) {
    for (const headers of [{}, basic("bob:a secret of bob"), basic("eve:another")]) {
      const ends = [];
      for (const asked of [room, never]) {
        await using plain = await TestSocket.open(c, `/ws?room=${asked}${query}`, { headers })
          .catch(() => undefined);
        ends.push(plain === undefined ? "refused" : [await plain.closed, plain.lines]);
      }
      assertEquals(ends[0], ends[1], query);
    }
  }

  // Nothing that anybody has received names it, or has a word of it.
  const received = {
    carl: carl.lines,
    guest: guest.lines,
    bob: bob.lines.slice(removedAt),
  };
  for (const [who, lines] of Object.entries(received)) {
    for (const secret of secrets) {
      assert(!JSON.stringify(lines).includes(secret), `${who} has received ${secret}`);
    }
  }
  await checkInvitations({ ann, bob, carl, guest });
  for (const hubbub of servers) {
    const metrics = await (await fetch(hubbub.url("/metrics"))).text();
    for (const secret of secrets) assert(!metrics.includes(secret), `the metrics tell ${secret}`);
  }
  for (const hubbub of servers) {
    hubbub.signal("SIGTERM");
    const log = await hubbub.stderr;
    for (const secret of secrets) assert(!log.includes(secret), `the log tells ${secret}`);
  }
}

/** Invitations to a private room, which are made, used, revoked and ended at different servers. */
async function checkInvitations(
  { ann, bob, carl, guest }: Record<"ann" | "bob" | "carl" | "guest", ChatClient>,
): Promise<void> {
  const created = await ann.ask({
    ...{ type: "create", kind: "private", title: "title-of-other", topic: "", history: "joined" },
  });
  assert(created.type === "created");
  const { room } = created;
  await ann.join(room);
  await ann.say("secret-before", room);
  const invite = async (options = {}) => {
    const made = await ann.ask({ type: "invite", room, ...options });
    assert(made.type === "link");
    return made.token;
  };
  const accept = async (client: ChatClient, link: string) => {
    const answer = await client.ask({ type: "accept", link });
    return answer.type === "error" ? answer.code : answer.type;
  };
  const once = await invite({ uses: 1 });
  assertEquals(await accept(guest, once), "forbidden");
  assertEquals(await accept(bob, once), "ok");
  assertEquals((await joinWhenAdded(bob, room)).messages, []);
  assertEquals((await ann.take("member", (line) => line.room === room)).user.id, bob.user.id);
  assertEquals(await accept(carl, once), "stale");

  const revoked = await invite();
  const list = await ann.ask({ type: "invites" });
  assert(list.type === "invites");
  const [newest] = list.invites;
  await ann.ask({ type: "revoke", link: newest?.link });
  assertEquals(await accept(carl, revoked), "stale");

  // A removal ends all of them, since the one who is removed may know them.
  const known = await invite();
  await ann.ask({ type: "remove", room, person: bob.user.id });
  assertEquals([await accept(bob, known), await accept(carl, known)], ["stale", "stale"]);
  const later = await invite();
  assertEquals(await accept(carl, later), "ok");
  assertEquals((await joinWhenAdded(carl, room)).messages, []);
  // Whoever moderates the room no more has invited nobody.
  await ann.ask({ type: "moderator", room, person: carl.user.id, on: true });
  await carl.take("room", (line) => line.role === "moderator");
  await carl.ask({ type: "moderator", room, person: ann.user.id, on: false });
  assertEquals(await accept(bob, later), "stale");
}

/** Every command about a room that an outsider can give. */
const COMMANDS = [
  { type: "join" },
  { type: "join", after: 0 },
  { type: "join", create: false },
  { type: "leave" },
  { type: "leave", keep: true },
  { type: "history", after: 0 },
  { type: "history", before: 9 },
  { type: "history", at: 0 },
  { type: "send", id: "m1", text: "hello" },
  { type: "send", id: "m1", text: "hello", re: 1 },
  { type: "edit", id: "c", seq: 1, text: "other" },
  { type: "delete", id: "c", seq: 1 },
  { type: "react", id: "c", seq: 1, emoji: "👍", on: true },
  { type: "pin", id: "c", seq: 1, on: true },
  { type: "changes", id: "c", rev: 0 },
  { type: "reactions", id: "c", seq: 1, emoji: "👍" },
  { type: "pins", id: "c" },
  { type: "join", after: 0, rev: 0 },
  { type: "typing" },
  { type: "members", id: "c" },
  { type: "set_room", id: "c", setting: "topic", value: "x" },
  { type: "set_room", id: "c", setting: "archived", value: true },
  { type: "add", id: "c", person: "p1" },
  { type: "remove", id: "c", person: "p1" },
  { type: "moderator", id: "c", person: "p1", on: true },
  { type: "make_private", id: "c" },
  { type: "delete_room", id: "c" },
];

/** Gives a command that is refused, and returns all that came of it. */
async function answerTo(client: ChatClient, command: object): Promise<ServerLine[]> {
  const before = client.lines.length;
  client.send(command, { type: "rooms" });
  await client.until(() => client.lines.slice(before).some(({ type }) => type === "rooms"));
  await client.take("rooms");
  return client.lines.slice(before).filter(({ type }) => type === "error" || type === "left");
}
