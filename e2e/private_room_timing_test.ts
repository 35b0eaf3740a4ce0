/**
 * The time of an answer does not reveal whether a private room, or a file in it, exists: the medians of many answers differ by
 * less than a tenth of their spread. On a busy machine a difference by chance is possible, so that one of a few
 * rounds has to show none; a real one shows in all of them.
 */
import { newHiddenRoom } from "../protocol/addresses.ts";
import { assert } from "../testing/assert.ts";
import { basic, browser, ChatClient } from "../testing/chat_client.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { TusClient } from "../testing/tus.ts";

/** The answers for each of the two rooms in a round. */
const REQUESTS = 2000;
const ROUNDS = 5;
/** The requests of one connection: each is answered by an error, of which it may cause 20. */
const PER_CONNECTION = 18;

for (const command of [{ type: "join" }, { type: "history", after: 0 }]) {
  Deno.test(`${command.type} takes as long for a private room as for one that was never made`, async () => {
    await using hubbub = await Hubbub.start();
    await using ann = await ChatClient.open(hubbub.port, basic("ann:a secret of ann"));
    ann.send({ type: "create", kind: "private", title: "Board", id: "c" });
    const { room } = await ann.take("created");
    await ann.join(room);
    for (let i = 0; i < 50; i++) await ann.say(`${i}`, room);
    await compare(() => measure(hubbub.port, command, [room, newHiddenRoom()]));
  });
}

Deno.test("a file in a private room takes as long to refuse as one that was never uploaded", async () => {
  await using hubbub = await Hubbub.start();
  const ann = basic("ann:a secret of ann");
  await using client = await ChatClient.open(hubbub.port, ann);
  client.send({ type: "create", kind: "private", title: "Board", id: "c" });
  const { room } = await client.take("created");
  await client.join(room);
  const tus = new TusClient(hubbub.port, ann);
  const path = await tus.begin(5, { filename: "a.txt" });
  const { status } = await ended(tus.append(path, 0, new TextEncoder().encode("hello")));
  assert(status === 204);
  const id = path.slice("/files/".length);
  client.send({ type: "send", room, id: "m1", text: "", files: [id] });
  await client.take("message");
  // Each is asked for by somebody with a cookie, as by a browser.
  const ben = new TusClient(hubbub.port, await browser(hubbub.port));
  await compare(async () => {
    const times: [number[], number[]] = [[], []];
    for (let i = 0; i < 2 * REQUESTS; i++) {
      const start = performance.now();
      const answer = await ended(ben.get(i % 2 === 0 ? id : NEVER_UPLOADED, {}, "a.txt"));
      times[i % 2 === 0 ? 0 : 1].push(performance.now() - start);
      assert(answer.status === 404, `${answer.status}`);
    }
    return times;
  });
});

const NEVER_UPLOADED = "N".repeat(22);

async function ended(request: Promise<Response>): Promise<Response> {
  const answer = await request;
  await answer.body?.cancel();
  return answer;
}

/** Measures two answers in rounds, until the medians of one are as good as equal. */
async function compare(measure: () => Promise<[number[], number[]]>): Promise<void> {
  const rounds: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const [hidden, never] = await measure();
    const [a, b] = [quantile(hidden, 0.5), quantile(never, 0.5)];
    const spread = quantile(never, 0.75) - quantile(never, 0.25);
    rounds.push(`${a.toFixed(4)} and ${b.toFixed(4)} ms, spread ${spread.toFixed(4)} ms`);
    if (Math.abs(a - b) < spread / 10) return;
  }
  assert(false, `the medians differ in all rounds: ${rounds.join("; ")}`);
}

/** Gives a command about two rooms in turns, and returns the times of the answers in ms. */
async function measure(port: number, command: object, rooms: readonly [string, string]) {
  const times: [number[], number[]] = [[], []];
  while (times[1].length < REQUESTS) {
    await using client = await ChatClient.open(port);
    for (let i = 0; i < PER_CONNECTION; i++) {
      const which = times[0].length <= times[1].length ? 0 : 1;
      const start = performance.now();
      client.send({ ...command, room: rooms[which] });
      await client.take("error");
      times[which].push(performance.now() - start);
    }
  }
  return times;
}

function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * share)] ?? NaN;
}
