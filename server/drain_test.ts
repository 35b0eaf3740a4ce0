import { assert } from "../testing/assert.ts";
import { Assets } from "./assets.ts";
import { openBackend } from "./backend.ts";
import { Server } from "./server.ts";
import { temporaryFolder } from "../testing/folder.ts";

Deno.test("Server has shut down within 5 s, also when its data does not close", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/index.html`, "<p>");
  const backend = await openBackend({ data: { path: ":memory:", sync: "normal" }, keepDays: 0 });
  const closing = Promise.withResolvers<void>();
  const server = new Server({
    settings: {
      ...{ host: "127.0.0.1", port: 0, origins: [], trustProxy: false, idleTimeout: 60_000 },
      ...{ maxClients: 9, maxClientsPerAddress: 0, maxRooms: 9, maxRoomsPerClient: 9 },
      client: { maxMessage: 9, maxFile: 0, rate: 0, sendBuffer: 70_000, writeWait: 9000 },
    },
    assets: Assets.load(new URL(`file://${folder.path}/`)),
    // As with a NATS that has stopped.
    backend: { ...backend, [Symbol.asyncDispose]: () => closing.promise },
    version: "test",
    log: () => {},
  });
  const begun = performance.now();
  const giveUp = setTimeout(() => closing.resolve(), 10_000);
  await server.drain();
  const ms = performance.now() - begun;
  clearTimeout(giveUp);
  closing.resolve();
  await backend[Symbol.asyncDispose]();
  assert(ms < 6000, `it took ${ms} ms`);
});
