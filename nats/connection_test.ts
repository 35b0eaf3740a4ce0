import { Nats } from "./connection.ts";
import { assertEquals, assertRejects } from "../testing/assert.ts";
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

Deno.test({
  name: "Nats names once what its user is not permitted",
  ignore: withoutNats(),
  fn: async () => {
    const config = "authorization { users: [{ user: few, password: swordfish, " +
      'permissions: { publish: { deny: "a.>" } } }] }';
    await using server = await TestNats.start({ config });
    const lines: string[] = [];
    const last = Promise.withResolvers<void>();
    await using nats = await Nats.connect({
      url: server.url.replace("//", "//few:swordfish@"),
      onTrouble: (line) => {
        lines.push(line);
        if (line.includes("a.last")) last.resolve();
      },
    });
    for (const subject of ["a.b", "a.b", "b", "a.last"]) nats.connection.publish(subject, "");
    await last.promise;
    assertEquals(
      lines,
      ["a.b", "a.last"].map((subject) =>
        `NATS does not let this user publish ${subject}: see ops/nats.conf`
      ),
    );
  },
});
