/**
 * A random walk of members and outsiders of private rooms over real connections, on one server and on three. A checker
 * knows who was a member when: nobody is sent a line of a room that they could not read when it was caused.
 * `HUBBUB_TEST_LONG=1` takes 10,000 steps, on three servers, too, and HUBBUB_WALK_SEED repeats those of an earlier run.
 */
// deno-lint-ignore-file no-console -- the seed is needed to repeat a run
import { assert, assertEquals } from "../testing/assert.ts";
import { basic, ChatClient } from "../testing/chat_client.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { TestNats, withoutNats } from "../testing/nats.ts";
import { pick, type Random, seeded } from "../testing/random.ts";
import type { ServerLine } from "../protocol/mod.ts";

const LONG = Deno.env.get("HUBBUB_TEST_LONG") === "1";
const STEPS = LONG ? 10_000 : 150;
const SEED = Number(Deno.env.get("HUBBUB_WALK_SEED") ?? Math.floor(Math.random() * 2 ** 32));
const ROOMS = 3;
const PEOPLE = ["bob", "cleo", "dan", "eve", "finn"];
/** The words of messages, titles and topics, each of which is another one. */
const WORD = /secret\d+x/g;
/** A message of somebody else than ann. */
const OUTSIDE = "from outside";

interface Walker {
  readonly client: ChatClient;
  /** The words that the person may have been sent. */
  readonly mayKnow: Set<string>;
  /** The lines that were checked. */
  checked: number;
}

interface PrivateRoom {
  readonly room: string;
  readonly history: "all" | "joined";
  /** The words of each message in its present and former states, by its place. */
  readonly messages: string[][];
  /** The words of its title and topic. */
  readonly about: Set<string>;
  readonly members: Map<Walker, { from: number }>;
}

Deno.test(`no outsider learns of a private room, on one server (seed ${SEED})`, async () => {
  await using hubbub = await Hubbub.start(["--data", ":memory:", "--rate", "0"]);
  await walk([hubbub.port], seeded(SEED));
});

Deno.test({
  name: `no outsider learns of a private room, on three servers (seed ${SEED})`,
  ignore: !LONG || withoutNats(),
  async fn() {
    await using nats = await TestNats.start();
    const start = () => Hubbub.start(["--nats", nats.url, "--rate", "0"]);
    await using one = await start();
    await using two = await start();
    await using three = await start();
    await walk([one.port, two.port, three.port], seeded(SEED));
  },
});

async function walk(ports: readonly number[], random: Random): Promise<void> {
  await using open = new AsyncDisposableStack();
  let places = 0;
  const enter = async (name: string): Promise<Walker> => {
    const port = ports[places++ % ports.length] ?? 0;
    const client = await ChatClient.open(port, basic(`${name}:a secret of ${name}`));
    return { client: open.use(client), mayKnow: new Set(), checked: 0 };
  };
  // Everything is decided by ann, and so in the order in which she asks.
  const ann = await enter("ann");
  const others: Walker[] = [];
  for (const name of PEOPLE) others.push(await enter(name));
  const everyone = [ann, ...others];
  let words = 0;
  const word = () => `secret${words++}x`;
  const rooms: PrivateRoom[] = [];
  const seen = { messages: 0, refused: 0, read: 0, moves: 0 };

  const knows = (room: PrivateRoom, text: string, seq: number) => {
    for (const [walker, { from }] of room.members) if (seq >= from) walker.mayKnow.add(text);
  };
  for (let i = 0; i < ROOMS; i++) {
    const title = word();
    ann.mayKnow.add(title);
    const history = i % 2 === 0 ? "all" : "joined";
    const created = await ask(ann, { type: "create", kind: "private", title, history });
    assert(created.type === "created");
    const room: PrivateRoom = {
      ...{ room: created.room, history, messages: [], about: new Set([title]) },
      members: new Map([[ann, { from: 1 }]]),
    };
    rooms.push(room);
    await ann.client.join(room.room);
  }

  /** Looks at what everyone has been sent. */
  function check(): void {
    for (const walker of everyone) {
      const { lines } = walker.client;
      for (; walker.checked < lines.length; walker.checked++) {
        const printed = JSON.stringify(lines[walker.checked]);
        for (const [found] of printed.matchAll(WORD)) {
          assert(walker.mayKnow.has(found), `${walker.client.user.name} was sent ${printed}`);
        }
      }
    }
  }

  for (let step = 0; step < STEPS; step++) {
    const room = pick(random, rooms);
    const who = pick(random, others);
    const member = room.members.get(who);
    const what = random();
    const seq = 1 + Math.floor(random() * room.messages.length);
    if (what < 0.3) {
      const text = word();
      room.messages.push([text]);
      knows(room, text, room.messages.length);
      await ann.client.say(text, room.room);
      seen.messages++;
    } else if (what < 0.4 && room.messages.length > 0) {
      // Only its author edits a message.
      if (room.messages[seq - 1]?.[0] === OUTSIDE) continue;
      const text = word();
      room.messages[seq - 1]?.push(text);
      knows(room, text, seq);
      await ask(ann, { type: "edit", room: room.room, seq, text });
    } else if (what < 0.45) {
      const topic = word();
      room.about.add(topic);
      for (const walker of room.members.keys()) walker.mayKnow.add(topic);
      await ask(ann, { type: "set_room", room: room.room, setting: "topic", value: topic });
    } else if (what < 0.6) {
      seen.moves++;
      const person = who.client.user.id;
      if (member !== undefined) {
        room.members.delete(who);
        await ask(ann, { type: "remove", room: room.room, person });
      } else {
        const answer = await give(ann, { type: "add", room: room.room, person });
        if (answer.type === "error") {
          // Nobody is added more than 50 times in a short while: somebody else takes the place.
          assertEquals(answer.code, "rate_limited");
          const other = await enter(`${PEOPLE[others.indexOf(who)]}${everyone.length}`);
          everyone.push(other);
          others[others.indexOf(who)] = other;
          continue;
        }
        const from = room.history === "all" ? 1 : room.messages.length + 1;
        room.members.set(who, { from });
        for (const text of room.about) who.mayKnow.add(text);
        for (const text of room.messages.slice(from - 1).flat()) who.mayKnow.add(text);
      }
    } else {
      const some = room.messages.at(-1)?.[0] ?? "secret";
      // A connection with too many errors is closed.
      const isPatient = member !== undefined || random() < 0.4;
      const command = !isPatient ? { type: "rooms" } as const : pick(random, [
        { type: "join", room: room.room },
        { type: "join", room: room.room, after: 0, rev: 0 },
        { type: "history", room: room.room, after: 0 },
        { type: "changes", room: room.room, rev: 0 },
        { type: "members", room: room.room },
        { type: "pins", room: room.room },
        { type: "reactions", room: room.room, seq, emoji: "👍" },
        { type: "send", room: room.room, id: crypto.randomUUID(), text: OUTSIDE, re: seq },
        { type: "react", room: room.room, seq, emoji: "👍", on: random() < 0.5 },
        { type: "report", room: room.room, seq, reason: "spam" },
        { type: "typing", room: room.room },
        { type: "search", text: some },
        { type: "directory", text: some },
        { type: "rooms" },
        { type: "inbox" },
      ]);
      if (command.type === "send" && member !== undefined) room.messages.push([OUTSIDE]);
      who.client.send(
        command.type === "send" || command.type === "join" ||
          command.type === "typing" || command.type === "rooms" || command.type === "history"
          ? command
          : { ...command, id: crypto.randomUUID() },
      );
      if (command.type === "send") {
        const { id } = command;
        const isAnswer = (line: ServerLine) =>
          line.type === "error" ? line.ref === id : line.type === "message" && line.id === id;
        await who.client.until(() => who.client.lines.slice(-50).some(isAnswer));
        // Another server has added the person a moment ago: a message that this one refused was not sent.
        const answer = who.client.lines.findLast(isAnswer);
        if (answer?.type === "error" && member !== undefined) room.messages.pop();
        if (answer?.type === "message") assertEquals(answer.seq, room.messages.length);
      }
      seen.read++;
    }
    if (step % 10 === 9) {
      for (const { client } of everyone) await client.settled("hello");
      check();
    }
  }
  for (const { client } of everyone) await client.settled("hello");
  check();
  for (const walker of everyone) {
    const sent = walker.client.lines.filter((line) => line.type === "error").length;
    seen.refused += sent;
  }
  console.log(`${STEPS} steps, ${ports.length} servers, seed ${SEED}: ${JSON.stringify(seen)}`);
  assert(seen.refused > STEPS / 100 && seen.moves > STEPS / 20 && seen.messages > STEPS / 10);
}

async function ask(walker: Walker, command: object): Promise<ServerLine> {
  const answer = await give(walker, command);
  assert(answer.type !== "error", JSON.stringify(answer));
  return answer;
}

/** Gives a command, and returns its answer. */
async function give({ client }: Walker, command: object): Promise<ServerLine> {
  const id = crypto.randomUUID();
  client.send({ ...command, id });
  const isAnswer = (line: ServerLine) =>
    line.type === "error" ? line.ref === id : "id" in line && line.id === id;
  const from = client.lines.length;
  await client.until(() => client.lines.slice(from).some(isAnswer));
  const answer = client.lines.slice(from).find(isAnswer);
  assert(answer !== undefined);
  return answer;
}
