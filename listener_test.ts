import { assert, assertEquals } from "./testing/assert.ts";
import { runtimes } from "./testing/executable.ts";
import { Hubbub } from "./testing/hubbub.ts";
import { TestSocket, Wire } from "./testing/sockets.ts";

for (const runtime of await runtimes()) {
  Deno.test(`Listener (${runtime.name}): out of descriptors, people chat on and others get in later`, async () => {
    await using hubbub = await Hubbub.start([], {
      name: runtime.name,
      command: ["bash", "-c", 'ulimit -n 100 && exec "$@"', "bash", ...runtime.command],
    });
    await using ann = await TestSocket.open(hubbub.port);
    await using bob = await TestSocket.open(hubbub.port);

    const halves: Wire[] = [];
    let refused = false;
    while (!refused && halves.length < 500) {
      try {
        const half = await Wire.connect(hubbub.port);
        halves.push(half);
        await half.write("GET / HTTP/1.1\r\nHost: x\r\n");
      } catch {
        refused = true;
      }
    }
    assert(refused, "500 half-sent requests did not use up 100 descriptors");
    ann.send("still here?");
    assertEquals(await bob.received(1), ["still here?"]);

    for (const half of halves) half[Symbol.dispose]();
    const freedAt = performance.now();
    while (true) {
      try {
        const answer = await fetch(hubbub.url("/healthz"));
        assertEquals(await answer.json(), { status: "ok" });
        break;
      } catch (error) {
        assert(performance.now() - freedAt < 5000, String(error));
      }
    }
    bob.send("yes");
    assertEquals(await ann.received(2), ["still here?", "yes"]);
  });
}
