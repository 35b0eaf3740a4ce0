/**
 * Whether a private room exists can't be told from the time of an answer: the medians of many answers differ by
 * less than a tenth of their spread. On a busy machine a difference by chance is possible, so that one of a few
 * rounds has to show none; a real one shows in all of them.
 */
import { newHiddenRoom } from "../protocol/addresses.ts";
import { assert } from "../testing/assert.ts";
import { basic, ChatClient } from "../testing/chat_client.ts";
import { Hubbub } from "../testing/hubbub.ts";

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
    const rounds: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const [hidden, never] = await measure(hubbub.port, command, [room, newHiddenRoom()]);
      const [a, b] = [quantile(hidden, 0.5), quantile(never, 0.5)];
      const spread = quantile(never, 0.75) - quantile(never, 0.25);
      rounds.push(`${a.toFixed(4)} and ${b.toFixed(4)} ms, spread ${spread.toFixed(4)} ms`);
      if (Math.abs(a - b) < spread / 10) return;
    }
    assert(false, `the medians differ in all rounds: ${rounds.join("; ")}`);
  });
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
