import { NetworkMemory } from "../lib/network_memory.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { PendingReply } from "./pending_reply.ts";
import { ReplyMemory } from "./reply_memory.ts";

const MIB = 1024 * 1024;
const HISTORY = { type: "history", room: "tea", before: 1, limit: 200 } as const;
const LARGE = 256 * 1024;

/** Makes a request; `isReady` once it has the memory for its reply. */
function request(network: string, memory: ReplyMemory) {
  const reply = new PendingReply(network, memory);
  const made = { reply, isReady: false };
  const ready = reply.ready(HISTORY);
  if (ready === undefined) made.isReady = true;
  else void ready.then(() => made.isReady = true);
  return made;
}

Deno.test("PendingReply waits for the memory of its network while others do not read theirs", async () => {
  const memory = new NetworkMemory(256 * MIB);
  const replies = new ReplyMemory(memory);
  const all = Array.from({ length: 500 }, () => request("192.0.2.1", replies));
  const ready = () => all.filter(({ isReady }) => isReady);
  assertEquals([ready().length, memory.total], [64, 32 * MIB]);
  assert(request("198.51.100.1", replies).isReady, "another network");
  const [first, second] = ready();
  // A large one takes its memory until it is written, others as long as they are made.
  for (const each of [first, second]) void each?.reply.to(HISTORY);
  first?.reply.end(LARGE);
  second?.reply.end(100);
  await Promise.resolve();
  assertEquals(ready().length, 65);
  first?.reply.free();
  await Promise.resolve();
  assertEquals(ready().length, 66);
  for (const { reply } of all) {
    reply.end();
    reply.free();
  }
  await Promise.resolve();
  assertEquals(memory.total, MIB / 2);
});

Deno.test("PendingReply ends its waiting with its client, and takes no memory for a short reply", async () => {
  const memory = new NetworkMemory(MIB, MIB / 2);
  const replies = new ReplyMemory(memory);
  const first = request("192.0.2.1", replies);
  const gone = request("192.0.2.1", replies);
  assertEquals([first.isReady, gone.isReady], [true, false]);
  assertEquals(
    new PendingReply("192.0.2.1", replies).ready({ type: "leave", room: "tea" }),
    undefined,
  );
  gone.reply.end();
  await Promise.resolve();
  assert(gone.isReady, "it is told");
  first.reply.free();
  gone.reply.free();
  assertEquals(memory.total, 0);
  assert(request("192.0.2.1", replies).isReady);
});
