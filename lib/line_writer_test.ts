import { LineWriter } from "./line_writer.ts";
import { assertEquals } from "../testing/assert.ts";

/** A stream that takes a few bytes at a time, and none while its reader is stopped. */
class Sink {
  text = "";
  #started = Promise.resolve();
  #start = (): void => {};

  stop(): void {
    ({ promise: this.#started, resolve: this.#start } = Promise.withResolvers<void>());
  }

  start(): void {
    this.#start();
  }

  async write(bytes: Uint8Array): Promise<number> {
    await this.#started;
    const some = bytes.subarray(0, 7);
    this.text += new TextDecoder().decode(some);
    return some.length;
  }
}

Deno.test("LineWriter writes lines in order, whatever the stream takes at once", async () => {
  const sink = new Sink();
  const writer = new LineWriter({ sink, capacity: 10_000 });
  const lines = Array.from({ length: 100 }, (_, i) => `this is line ${i}\n`);
  for (const line of lines) writer.write(line);
  await writer.flushed(20_000);
  assertEquals([sink.text, writer.dropped], [lines.join(""), 0]);
});

Deno.test("LineWriter drops whole lines while the reader is stopped, and says how many", async () => {
  const sink = new Sink();
  const reported: number[] = [];
  const writer = new LineWriter({ sink, capacity: 100 });
  writer.onResume = (dropped) => {
    reported.push(dropped);
    writer.write(`${dropped} dropped\n`);
  };
  sink.stop();
  for (let i = 0; i < 100; i++) writer.write("ten bytes\n");
  assertEquals(writer.dropped, 90);
  await writer.flushed(10);
  assertEquals(sink.text, "");
  sink.start();
  await writer.flushed(20_000);
  assertEquals(sink.text, "ten bytes\n".repeat(10) + "90 dropped\n");
  assertEquals([reported, writer.dropped], [[90], 90]);
});

Deno.test("LineWriter drops and counts the lines of a stream that fails, and continues", async () => {
  let broken = true;
  let text = "";
  const writer = new LineWriter({
    sink: {
      write(bytes) {
        if (broken) return Promise.reject(new Deno.errors.BrokenPipe());
        text += new TextDecoder().decode(bytes);
        return Promise.resolve(bytes.length);
      },
    },
    capacity: 100,
  });
  writer.write("lost\n");
  await writer.flushed(20_000);
  broken = false;
  writer.write("written\n");
  await writer.flushed(20_000);
  assertEquals([text, writer.dropped], ["written\n", 1]);
});
