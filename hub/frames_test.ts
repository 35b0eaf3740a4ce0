import { assert, assertEquals } from "../testing/assert.ts";
import { ann, SERVER_LINES } from "../testing/example_lines.ts";
import { exceedsFrame, frameOf, frameOfLine, framesOfMessages } from "./frames.ts";
import { NEW_ROOM, parseLine, type ServerLine } from "../protocol/mod.ts";

/** A message whose text repeats `unit`. */
function message(seq: number, unit: string, times: number) {
  return { room: "lobby", seq, id: `m${seq}`, user: ann, text: unit.repeat(times), at: seq };
}

Deno.test("frameOf counts bytes of UTF-8, not characters", () => {
  assertEquals(frameOf("aé李🦊"), { text: "aé李🦊", bytes: 10 });
});

Deno.test("frameOf makes nothing but the frame", () => {
  const text = "x".repeat(60_000);
  const before = Deno.memoryUsage().external;
  for (let i = 0; i < 100; i++) frameOf(`${i}${text}`);
  // Encoding the texts would leave 6 MB until the next collection.
  assert(Deno.memoryUsage().external - before < 1_000_000);
});

Deno.test("exceedsFrame counts the bytes of UTF-8", () => {
  for (const character of ["\n", "é", "€", "🦊"]) {
    const { bytes } = frameOf(character);
    const most = character.repeat(Math.floor(65_536 / bytes));
    const exceeds = [most, most + character].map((text) => exceedsFrame(text, 65_536));
    assertEquals(exceeds, [false, true], character);
  }
});

Deno.test("framesOfMessages prints each message as one line, in order", () => {
  const messages = [message(1, "one\n", 1), message(2, "zwölf", 1), message(3, "three", 1)];
  const [json, ...none] = framesOfMessages(messages, "json");
  assertEquals(none, []);
  assertEquals(
    json?.text.split("\n").map(parseLine),
    messages.map((each) => ({ type: "message" as const, ...each })),
  );
  assertEquals(framesOfMessages(messages, "plain"), [
    frameOf("Ann: one \nAnn: zwölf\nAnn: three"),
  ]);
});

Deno.test("framesOfMessages splits frames of several lines at 32 Ki characters", () => {
  const messages = Array.from({ length: 100 }, (_, i) => message(i + 1, "李", i * 37));
  for (const format of ["json", "plain"] as const) {
    const frames = framesOfMessages(messages, format);
    assert(frames.length > 1);
    assert(frames.every(({ text }) => text.length <= 32 * 1024));
    const whole = framesOfMessages(messages.slice(0, 10), format);
    assert(frames[0]?.text.startsWith(whole[0]?.text ?? "nothing"));
    assertEquals(frames.flatMap(({ text }) => text.split("\n")).length, messages.length);
    assert(frames.every((frame) => frameOf(frame.text).bytes === frame.bytes));
  }
});

Deno.test("framesOfMessages gives a line longer than a frame one of its own", () => {
  const messages = [message(1, "a", 1), message(2, "b", 40_000), message(3, "c", 1)];
  const frames = framesOfMessages(messages, "plain");
  assertEquals(frames.map(({ text }) => text.length), [6, 40_005, 6]);
});

Deno.test("frameOfLine prints every line as JSON", () => {
  for (const line of SERVER_LINES) {
    assertEquals(parseLine(frameOfLine(line, "json")?.text ?? ""), line);
  }
});

Deno.test("frameOfLine prints only messages as plain lines", () => {
  const user = ann;
  const [one, two] = [message(1, "x\ny", 1), message(2, "z", 1)];
  const joined = {
    room: "lobby",
    store: "s1",
    first: 1,
    last: 2,
    members: [user],
    count: 1,
    more: false,
    rev: 0,
    info: NEW_ROOM,
  };
  const table: [line: ServerLine, text: string | undefined][] = [
    [{ type: "message", ...one }, "Ann: x y"],
    [{ type: "joined", ...joined, messages: [one, two] }, "Ann: x y\nAnn: z"],
    [{ type: "joined", ...joined, messages: [] }, undefined],
    [{ type: "left", room: "lobby" }, undefined],
    [{ type: "history", room: "lobby", messages: [one], more: false }, undefined],
    [{ type: "typing", room: "lobby", user }, undefined],
    [{ type: "renamed", user, was: "x" }, undefined],
    [{ type: "error", code: "storage", message: "x" }, undefined],
  ];
  for (const [line, text] of table) assertEquals(frameOfLine(line, "plain")?.text, text, line.type);
});
