import { assert, assertEquals } from "../testing/assert.ts";
import { deadline } from "../lib/std.ts";
import { hubbub } from "./contestants.ts";
import { formats, STAMP_BYTES, stampedText, visitStamps } from "./formats.ts";
import { ServerProcess } from "./server_process.ts";
import { RawSocket } from "../testing/raw_socket.ts";

Deno.test("visitStamps finds the messages of every format among other lines, in order", () => {
  for (const [name, format] of Object.entries(formats)) {
    for (const size of [STAMP_BYTES, 64, 300]) {
      const sent = [[0, 0], [7, 123], [9999, 9_999_999_999], [1, 1]] as const;
      const lines = sent.map(([sender, sequence]) => {
        const text = stampedText(sender, sequence, size);
        assertEquals(text.length, size);
        return format.message({ room: "lobby", sender, sequence, seq: 1, text }) + "\n";
      });
      const all = "behind\n" + lines.slice(0, 2).join("") + '{"type":"presence"}\n2\n' +
        lines.slice(2).join("");
      const found: [number, number][] = [];
      const bytes = new TextEncoder().encode(all + stampedText(3, 3, size));
      visitStamps(bytes, 7, all.length, size, (sender, sequence) => found.push([sender, sequence]));
      assertEquals(found, sent.map(([sender, sequence]) => [sender, sequence]), name);
    }
  }
});

Deno.test("formats of JSON make JSON with the text inside", () => {
  const text = stampedText(1, 2, 64);
  const message = { room: "r1", sender: 1, sequence: 2, seq: 3, text };
  const sent = JSON.parse(formats["hubbub.v1"].message(message));
  assertEquals([sent.type, sent.room, sent.text], ["send", "r1", text]);
  assert(/^[A-Za-z0-9_-]{1,64}$/.test(sent.id));
  assertEquals(JSON.parse(formats["repeated hubbub.v1"].message(message)).text, text);
  assertEquals(JSON.parse(formats["socket.io"].message(message).slice(2)), ["m", text]);
  const [event, line] = JSON.parse(formats["socket.io hubbub.v1"].message(message).slice(2));
  assertEquals([event, line.text], ["m", text]);
});

Deno.test("formats for peers have the fields and the length of Hubbub's own lines", async () => {
  const { launch } = await hubbub(undefined);
  const env = { ...launch.env, HUBBUB_DATA: ":memory:" };
  await using server = await ServerProcess.start({ ...launch, env });
  const { enter, message: print, path, protocol } = formats["hubbub.v1"];
  const outgoing = { room: "r1", sender: 1, sequence: 2, seq: 1, text: stampedText(1, 2, 64) };
  using socket = await RawSocket.connect({ port: server.port, path: path("r1"), protocol });
  const line = Promise.withResolvers<string>();
  const ended = socket.receive((bytes, from, to) => {
    const lines = new TextDecoder().decode(bytes.subarray(from, to)).trimEnd().split("\n");
    const message = lines.find((line) => line.startsWith('{"type":"message"'));
    if (message !== undefined) line.resolve(message);
  });
  for (const step of enter("r1")) if ("send" in step) socket.send(step.send);
  socket.send(print(outgoing));
  const own = await deadline(line.promise, 60_000);
  const repeated = formats["repeated hubbub.v1"].message(outgoing);
  const shape = (line: string) => line.replaceAll(/"id":"\w{20}"|guest-\w{4}|\d+/g, "");
  assertEquals(shape(repeated.replace(/"id":"\w+-/, "")), shape(own.replace(/"id":"\w+-/, "")));
  assertEquals(repeated.length, own.length);
  socket.close();
  await ended;
});
