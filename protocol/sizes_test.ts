import { countedMessages, frameBytes, lookupsIn } from "./sizes.ts";
import { assertEquals } from "../testing/assert.ts";

Deno.test("frameBytes has room for a text of which every character is escaped, and is at least 64 KiB", () => {
  assertEquals([1, 4096, 16_384, 65_536].map(frameBytes), [65_536, 65_536, 102_400, 397_312]);
  for (const limit of [16_384, 65_536]) {
    const command = { type: "send", room: "x".repeat(64), id: "y".repeat(64), text: "" };
    const line = JSON.stringify({ ...command, text: "\x01".repeat(limit) });
    assertEquals(line.length <= frameBytes(limit), true);
  }
});

Deno.test("countedMessages counts each started 4 KiB of a text as it is printed", () => {
  const counted = (text: string, times: number) => countedMessages(text.repeat(times));
  assertEquals([counted("x", 0), counted("x", 1), counted("x", 4096)], [1, 1, 1]);
  assertEquals([counted("x", 4097), counted("x", 8192), counted("x", 65_536)], [2, 2, 16]);
  assertEquals([counted("\x01", 682), counted("\x01", 683), counted("\x01", 65_536)], [1, 2, 96]);
  assertEquals([counted("€", 1365), counted("€", 1366), counted("\n", 2049)], [1, 2, 2]);
});

Deno.test("countedMessages counts each two signs before names as one more", () => {
  const texts = ["me@chat.example", "@ann @bob", "@a ".repeat(50), "@".repeat(65_536)];
  assertEquals(texts.map((text) => countedMessages(text)), [1, 2, 26, 116]);
});

Deno.test("lookupsIn is no less than the names that a text may have behind its signs, and at most 200", () => {
  assertEquals(lookupsIn("nobody is mentioned"), 0);
  assertEquals(lookupsIn("@ann"), 3);
  assertEquals(lookupsIn("@ann, how are you today? And what about the others?"), 32);
  assertEquals(lookupsIn("@a @b"), 5);
  assertEquals(lookupsIn("@".repeat(16_384)), 200);
  assertEquals(lookupsIn("x".repeat(16_384) + "@"), 0);
});

Deno.test("countedMessages counts each two files as one more", () => {
  assertEquals([0, 1, 3, 4, 8, 10].map((files) => countedMessages("hi", files)), [
    ...[1, 1, 2, 3, 5, 6],
  ]);
});
