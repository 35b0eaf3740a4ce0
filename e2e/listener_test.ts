import { assert, assertEquals } from "../testing/assert.ts";
import { runtimes } from "../testing/executable.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { RawConnection, TestSocket } from "../testing/sockets.ts";

/** Within this time of descriptors being free the server answers again, in ms: usually after less than a second. */
const BACK_MS = 60_000;

/**
 * The number of connections that are refused before that: the listener has failed many times by
 * then.
 */
const REFUSED = 20;

for (const runtime of await runtimes()) {
  Deno.test(`the program (${runtime.name}) serves its clients without free descriptors, and accepts others later`, async () => {
    await using hubbub = await Hubbub.start([], {
      name: runtime.name,
      command: ["bash", "-c", 'ulimit -n 100 && exec "$@"', "bash", ...runtime.command],
    });
    await using ann = await TestSocket.open(hubbub.port);
    await using bob = await TestSocket.open(hubbub.port);

    const halves: RawConnection[] = [];
    let refused = 0;
    for (let tried = 0; refused < REFUSED && tried < 1000; tried++) {
      try {
        const half = await RawConnection.connect(hubbub.port);
        halves.push(half);
        await half.write("GET / HTTP/1.1\r\nHost: x\r\n");
      } catch {
        refused++;
      }
    }
    assertEquals(refused, REFUSED, "half-sent requests did not use up 100 descriptors");
    ann.send("still here?");
    assertEquals(await bob.received(1), ["still here?"]);

    for (const half of halves) half[Symbol.dispose]();
    const back = AbortSignal.timeout(BACK_MS);
    while (!await isAnswering(hubbub, back)) assert(!back.aborted, "the listener is not back");
    bob.send("yes");
    assertEquals(await ann.received(2), ["still here?", "yes"]);
  });
}

async function isAnswering(hubbub: Hubbub, signal: AbortSignal): Promise<boolean> {
  try {
    const answer = await fetch(hubbub.url("/healthz"), { signal });
    assertEquals(await answer.json(), { status: "ok" });
    return true;
  } catch {
    return false;
  }
}
