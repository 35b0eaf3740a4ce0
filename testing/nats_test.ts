import { exists } from "../state/files.ts";
import { delay } from "../lib/std.ts";
import { assertMatch, assertRejects } from "./assert.ts";
import { TestNats, withoutNats } from "./nats.ts";

Deno.test({
  name: "TestNats says how nats-server ended by itself",
  ignore: withoutNats(),
  fn: async () => {
    const server = await TestNats.start();
    const { pid } = server;
    Deno.kill(pid, "SIGTERM");
    while (exists(`/proc/${pid}`)) await delay(5);
    const said = /by itself with \d[^]*Server Exiting/;
    const { message } = await assertRejects(() => server[Symbol.asyncDispose](), Error);
    assertMatch(message, said);
  },
});
