import { StorageType } from "@nats-io/jetstream";
import { assertEquals } from "../testing/assert.ts";
import { natsTest as test } from "../testing/nats.ts";
import { Nats } from "./connection.ts";
import { deleteMessage } from "./delete_message.ts";

test("deleteMessage deletes one, and is content with one that is not there", async (server) => {
  await using nats = await Nats.connect(server);
  const { streams } = nats.manager;
  await streams.add({ name: "some", subjects: ["some"], storage: StorageType.File });
  for (let i = 0; i < 9; i++) await nats.connection.request("some");
  await streams.purge("some", { seq: 3 });
  // Purged, in the middle, once more, the last one, behind it, and in no stream.
  for (
    const [stream, seq] of [["some", 1], ["some", 5], ["some", 5], ["some", 9], ["some", 99], [
      "none",
      1,
    ]] as const
  ) {
    for (const isErased of [true, false]) await deleteMessage(nats, { stream, seq, isErased });
  }
  assertEquals((await streams.info("some")).state.messages, 5);
});
