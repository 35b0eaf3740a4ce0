/** What members do with files, and the chat meanwhile. */
import type { Cluster } from "../cluster.ts";
import { type ContentReader, newContentId } from "../../state/contents.ts";
import { assert, assertEquals } from "../../testing/assert.ts";
import { LogServer } from "../../testing/jetstream.ts";
import { draft } from "../../testing/message_log_cases.ts";
import { TestNats, withoutNats } from "../../testing/nats.ts";
import { pieces, randomBytes } from "../../testing/uploads.ts";

/** NATS closes a connection for which more bytes wait, by default 64 MiB. */
const MAX_PENDING = 8 * 1024 * 1024;
/** The parts of so many are more. */
const DOWNLOADS = 60;
/** A message is stored meanwhile in this time, in ms. */
const STORED_MS = 2000;

async function firstByte({ contents }: Cluster<number>, id: string, reader: ContentReader) {
  const content = await contents.open(id, reader);
  assert(content);
  return (await new Response(content.read(0, 1)).bytes())[0];
}

Deno.test({
  name: "many downloads at once of what is not on the disk leave NATS to the chat",
  ignore: withoutNats(),
  fn: async () => {
    await using nats = await TestNats.start({ config: `max_pending: ${MAX_PENDING}` });
    let lost = 0;
    const outage = { lost: () => void lost++, back: () => {} };
    await using server = await LogServer.open(nats, { fileCache: 1, outage });
    const id = newContentId();
    const bytes = randomBytes(600_000);
    await server.cluster.contents.put(id, pieces(bytes));
    const read = (person: string) =>
      firstByte(server.cluster, id, { network: "192.0.2.1", person });
    const downloads = Array.from({ length: DOWNLOADS }, () => read("mallory"));
    let done = 0;
    for (const download of downloads) download.then(() => done++, () => {});
    const other = read("bob").then((byte) => ({ byte, done }));
    const all = Promise.allSettled(downloads).finally(() => done = DOWNLOADS);
    let [longest, sent] = [0, 0];
    while (done < DOWNLOADS) {
      const begun = performance.now();
      const [outcome] = await server.append(draft(`${sent++}`));
      assertEquals(outcome?.type, "message");
      longest = Math.max(longest, performance.now() - begun);
    }
    for (const result of await all) {
      assertEquals(result, { status: "fulfilled", value: bytes[0] ?? 0 });
    }
    assertEquals(lost, 0);
    assert(longest < STORED_MS, `one of ${sent} messages was stored after ${longest} ms`);
    const { byte, done: before } = await other;
    assertEquals(byte, bytes[0]);
    assert(before < DOWNLOADS / 2, `${before} of the first one's downloads came first`);
  },
});
