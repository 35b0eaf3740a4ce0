import { headers, type Msg } from "@nats-io/transport-node";
import { Nats } from "./connection.ts";
import { sequenceOf } from "./republished_sequence.ts";
import { assertEquals } from "../testing/assert.ts";
import { natsTest } from "../testing/nats.ts";

natsTest("the place in the stream is read as the client reads it", async (server) => {
  await using nats = await Nats.connect({ url: server.url });
  const { connection, manager } = nats;
  await manager.streams.add({
    name: "stream",
    subjects: ["in.>"],
    republish: { src: "in.>", dest: "out.>" },
  });
  const heard: Msg[] = [];
  connection.subscribe("out.>", { callback: (_, message) => void heard.push(message) });
  const other = headers();
  other.set("Other", "Nats-Sequence: 7");
  // Payloads that look like headers, that come in many pieces, and that are empty.
  const payloads = ["", "\r\nNats-Sequence: 9\r\n\r\n", "x".repeat(300_000), "x"];
  for (let i = 0; i < 1000; i++) {
    const payload = payloads[i % payloads.length];
    connection.publish(`in.${i}`, payload);
    // Not from the stream, and behind messages that are.
    if (i % 10 === 0) connection.publish("out.plain", payload);
    if (i % 10 === 1) connection.publish("out.other", payload, { headers: other });
    if (i % 100 === 0) await connection.flush();
  }
  while (heard.length < 1200) await connection.flush();
  assertEquals(
    heard.map(sequenceOf),
    heard.map(({ headers }) => Number(headers?.get("Nats-Sequence") || NaN)),
  );
  assertEquals(heard.filter((message) => sequenceOf(message) > 0).length, 1000);
});
