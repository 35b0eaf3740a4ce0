import { assert, assertEquals } from "../testing/assert.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { natsTest as test } from "../testing/nats.ts";
import { Nats } from "./connection.ts";
import { FileStream } from "./files/stream.ts";
import { LogStream } from "./log_stream.ts";
import { Snapshots } from "./snapshots.ts";

/** How often a stream is made while another server looks for what it has. */
const ROUNDS = 40;
const ID = "a".repeat(43);

/** Ways to make a stream, and what another server does with it that did not. */
const STREAMS: Record<string, (one: Nats, path: string) => Promise<unknown>> = {
  hubbub_log: (one) => LogStream.open(one, {}),
  hubbub_snapshots: (one, path) => {
    return new Snapshots(one, {}).upload(path, { position: 1, entry: "a", epoch: "b" });
  },
  hubbub_files: (one) => new FileStream(one).make(),
};
const LOOKS: Record<string, (other: Nats, path: string) => Promise<unknown>> = {
  hubbub_log: async (other) => (await LogStream.open(other, {})).get(1),
  hubbub_snapshots: (other) => new Snapshots(other, {}).list(),
  hubbub_files: async (other) => {
    const files = new FileStream(other, { makes: false });
    return [await files.about(ID, "whole"), await files.numbers(ID)];
  },
};

test("NATS survives a server that reads what another makes at this moment", async (nats) => {
  await using folder = await temporaryFolder();
  await using one = await Nats.connect({ url: nats.url });
  await using other = await Nats.connect({ url: nats.url });
  const path = `${folder.path}/state`;
  Deno.writeTextFileSync(path, "state");
  const { pid } = nats;
  for (const [name, make] of Object.entries(STREAMS)) {
    const look = LOOKS[name];
    assert(look);
    for (let i = 0; i < ROUNDS; i++) {
      let isMade = false;
      await Promise.all([
        make(one, path).finally(() => isMade = true),
        (async () => {
          while (!isMade) await look(other, path);
        })(),
      ]);
      assert(one.connected && other.connected, `NATS ended when ${name} was made`);
      await one.manager.streams.delete(name);
    }
  }
  assertEquals(nats.pid, pid);
});

test("a log that is being made is not taken for one without entries", async (nats) => {
  await using one = await Nats.connect(nats);
  const stream = await LogStream.open(one, {});
  await stream.begin({ type: "epoch", epoch: "e", was: "d" }, 1);
  const { streams } = one.manager;
  const info = streams.info.bind(streams);
  let looks = 0;
  // As nats-server describes one before it has its store.
  streams.info = async (name) => {
    const found = await info(name);
    if (looks++ % 2 === 1) return found;
    const state = { ...found.state, messages: 0, first_seq: 0, last_seq: 0 };
    return { ...found, created: "0001-01-01T00:00:00Z", state };
  };
  assertEquals([(await stream.state()).last_seq, looks], [1, 2]);
});
