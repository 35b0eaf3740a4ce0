/** Downloads of what only NATS has. */
import { assert, assertEquals } from "../../testing/assert.ts";
import { natsTest as test } from "../../testing/nats.ts";
import { pieces, randomBytes } from "../../testing/uploads.ts";
import { NetworkMemory } from "../../lib/network_memory.ts";
import { newContentId } from "../../state/contents.ts";
import { Nats } from "../connection.ts";
import { parseWhole } from "./abouts.ts";
import { FileFetcher } from "./fetcher.ts";
import { putFile } from "./parts.ts";
import { FileStream, PART_BYTES } from "./stream.ts";

const NETWORK = "192.0.2.1";
/** The parts that one network may have. */
const PARTS = 4;

/** Stores a file of so many bytes. */
async function store(connection: Nats, size: number) {
  const stream = new FileStream(connection);
  const [id, bytes] = [newContentId(), randomBytes(size)];
  await putFile(stream, id, pieces(bytes));
  const about = await stream.about(id, "whole");
  const whole = about && parseWhole(about.data);
  assert(whole);
  return { stream, bytes, whole };
}

test("those who do not read what was fetched for them hold up their network alone, until they go", async (nats) => {
  await using connection = await Nats.connect(nats);
  const { stream, bytes, whole } = await store(connection, PART_BYTES + 1000);
  const memory = new NetworkMemory(8 * PARTS * PART_BYTES);
  const fetcher = new FileFetcher(stream, memory);
  const open = (network: string, person: string) =>
    fetcher.stream(whole, [0, whole.size], { network, person }).getReader();
  const unread = Array.from({ length: PARTS }, () => open(NETWORK, "mallory"));
  for (const reader of unread) assert(!(await reader.read()).done);
  let isHeld = true;
  const waiting = open(NETWORK, "ann").read().then((part) => {
    isHeld = false;
    return part;
  });
  const other = open("198.51.100.1", "bob");
  assertEquals((await other.read()).value, bytes.slice(0, PART_BYTES));
  assert(isHeld);
  await unread.pop()?.cancel();
  assert(!(await waiting).done);
  // One that is read to its end, and one that ends before it has its part, hold nothing.
  for (const reader of unread) while (!(await reader.read()).done);
  const gone = open(NETWORK, "mallory");
  const pending = gone.read();
  await gone.cancel();
  await pending;
  await other.cancel();
  // That of ann has a part.
  assert(memory.take(NETWORK, (PARTS - 1) * PART_BYTES));
});

test("a download over HTTP holds nothing once it has ended", async (nats) => {
  await using connection = await Nats.connect(nats);
  const { stream, bytes, whole } = await store(connection, 2 * PART_BYTES);
  const memory = new NetworkMemory(8 * PARTS * PART_BYTES);
  const fetcher = new FileFetcher(stream, memory);
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => {
    const body = fetcher.stream(whole, [0, whole.size], { network: NETWORK, person: "ann" });
    return new Response(body, { headers: { "content-length": `${whole.size}` } });
  });
  const url = `http://127.0.0.1:${server.addr.port}/`;
  for (let i = 0; i < PARTS + 2; i++) {
    const answer = await fetch(url);
    if (i % 2 === 0) assertEquals((await answer.bytes()).length, bytes.length);
    else await answer.body?.cancel();
  }
  while (!memory.take(NETWORK, PARTS * PART_BYTES)) await new Promise((done) => setTimeout(done));
});
