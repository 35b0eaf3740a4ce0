import { assert, assertEquals } from "../testing/assert.ts";
import { formats, STAMP_BYTES, stampedText, visitStamps } from "./formats.ts";

Deno.test("the messages of every format are found among other lines, in order", () => {
  for (const [name, format] of Object.entries(formats)) {
    for (const size of [STAMP_BYTES, 64, 300]) {
      const sent = [[0, 0], [7, 123], [9999, 9_999_999_999], [1, 1]] as const;
      const lines = sent.map(([sender, sequence]) => {
        const text = stampedText(sender, sequence, size);
        assertEquals(text.length, size);
        return format.message(sender, sequence, text) + "\n";
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

Deno.test("JSON formats make JSON with the text inside", () => {
  const text = stampedText(1, 2, 64);
  const sent = JSON.parse(formats["hubbub.v1"].message(1, 2, text));
  assertEquals([sent.type, sent.room, sent.text], ["send", "lobby", text]);
  assert(/^[A-Za-z0-9_-]{1,64}$/.test(sent.id));
  assertEquals(JSON.parse(formats["repeated hubbub.v1"].message(1, 2, text)).text, text);
  assertEquals(JSON.parse(formats["socket.io"].message(1, 2, text).slice(2)), ["m", text]);
  const [event, message] = JSON.parse(formats["socket.io hubbub.v1"].message(1, 2, text).slice(2));
  assertEquals([event, message.text], ["m", text]);
});
