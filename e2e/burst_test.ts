/** That those who read are kept, and get all soon, however much comes at once. */
import { RawSocket } from "../testing/raw_socket.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { ChatClient } from "../testing/chat_client.ts";
import { runtimes } from "../testing/executable.ts";
import { Hubbub } from "../testing/hubbub.ts";

const READERS = 5;
const ROUNDS = 10;
/** A round is two frames of ten messages: 80 KB, more than the least `--send-buffer`. */
const FRAMES = 2;
const PER_FRAME = 10;
const TEXT = "x".repeat(4000);
/** Much more than the runtime is given at once for one client, in messages. */
const BACKLOG = 4000;
/** It is a second's work; one look at the runtime every 100 ms would take 25 s. */
const BACKLOG_MS = 20_000;

for (const runtime of await runtimes()) {
  Deno.test(`the program (${runtime.name}) keeps a client that reads, though a turn brings more than a buffer`, async () => {
    await using hubbub = await Hubbub.start(["--send-buffer", "65536"], runtime);
    await using sender = await ChatClient.enter(hubbub.port);
    const enter = () => ChatClient.enter(hubbub.port);
    const all = [sender, ...await Promise.all(Array.from({ length: READERS }, enter))];
    const dropped = Promise.race(all.map((client) => client.closed));
    for (let sent = 0; sent < ROUNDS * FRAMES * PER_FRAME;) {
      for (let frame = 0; frame < FRAMES; frame++) {
        sender.send(
          ...Array.from(
            { length: PER_FRAME },
            () => ({ type: "send", room: "lobby", id: `m${sent++}`, text: TEXT }),
          ),
        );
      }
      const told = ({ lines }: ChatClient) => lines.filter(({ type }) => type === "message").length;
      const round = Promise.all(all.map((client) => client.until(() => told(client) === sent)));
      assertEquals(await Promise.race([round.then(() => "all told"), dropped]), "all told");
    }
    await Promise.all(all.map((client) => client[Symbol.asyncDispose]()));
  });

  Deno.test(`the program (${runtime.name}) sends a backlog at once to a client that reads at once`, async () => {
    await using hubbub = await Hubbub.start(["--send-buffer", "100000000"], runtime);
    using sender = await RawSocket.connect({ port: hubbub.port, path: "/ws" });
    using reader = await RawSocket.connect({ port: hubbub.port, path: "/ws" });
    void sender.receive(() => {});
    const start = performance.now();
    let bytes = 0;
    const all = new Promise<void>((resolve, reject) => {
      const ending = reader.receive((_, from, to) => {
        bytes += to - from;
        if (bytes === BACKLOG * (TEXT.length + 1)) resolve();
      });
      void ending.then(({ reason }) => reject(new Error(reason)));
    });
    for (let i = 0; i < BACKLOG; i++) sender.send(TEXT);
    await all;
    const took = performance.now() - start;
    assert(took < BACKLOG_MS, `it took ${took} ms`);
  });
}
