/** That those who read are kept, however much comes at once. */
import { assertEquals } from "./testing/assert.ts";
import { ChatClient } from "./testing/chat.ts";
import { runtimes } from "./testing/executable.ts";
import { Hubbub } from "./testing/hubbub.ts";

const READERS = 5;
const ROUNDS = 10;
/** A round is two frames of ten messages: 80 KB, more than the least `--send-buffer`. */
const FRAMES = 2;
const PER_FRAME = 10;
const TEXT = "x".repeat(4000);

for (const runtime of await runtimes()) {
  Deno.test(`Bursts (${runtime.name}): whoever reads is kept, though a turn brings more than a buffer`, async () => {
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
}
