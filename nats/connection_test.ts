import { Nats } from "./connection.ts";
import { assertRejects } from "../testing/assert.ts";
import { TestNats, withoutNats } from "../testing/nats.ts";
import { UserError } from "../lib/user_error.ts";

Deno.test({
  name: "Nats refuses a server that takes no entries of half a megabyte, and says what to set",
  ignore: withoutNats(),
  fn: async () => {
    await using server = await TestNats.start({ config: "max_payload: 262144" });
    await assertRejects(
      () => Nats.connect({ url: server.url }),
      UserError,
      "its max_payload is 262144 bytes: set it to at least 532480",
    );
  },
});
