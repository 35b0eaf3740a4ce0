import { assert, assertEquals, assertStringIncludes } from "../testing/assert.ts";
import { ann, COMMANDS, SERVER_LINES } from "../testing/lines.ts";
import {
  type ErrorCode,
  type ErrorLine,
  frameLines,
  HISTORY_LIMIT,
  parseCommand,
  parseLine,
  parsePlain,
  printLine,
  printMessage,
  printPlain,
} from "./mod.ts";

const LIMITS = { message: 100 };

function refused(line: string): ErrorLine {
  const parsed = parseCommand(line, LIMITS);
  assert(parsed.type === "error", `${line.slice(0, 200)} was taken`);
  return parsed;
}

Deno.test("every command printed is read back the same, on one line", () => {
  for (const command of COMMANDS) {
    const line = printLine(command);
    assertEquals(parseCommand(line, LIMITS), command);
    assert(!/[\r\n]/.test(line), line);
  }
});

Deno.test("every line of the server printed is read back the same, on one line", () => {
  for (const said of SERVER_LINES) {
    const line = printLine(said);
    assertEquals(parseLine(line), said);
    assert(!/[\r\n]/.test(line), line);
  }
});

Deno.test("a line with spaces around it or fields it does not know is read as without", () => {
  const command = parseCommand(
    ' {"room":"lobby", "x":{"y":[1]}, "__proto__":{"after":3}, "type":"join"}\r',
    LIMITS,
  );
  assertEquals(command, { type: "join", room: "lobby" });
  assertEquals(parseLine('{"type":"left","room":"lobby","why":null}'), {
    type: "left",
    room: "lobby",
  });
});

Deno.test("a field given twice counts as given last", () => {
  assertEquals(parseCommand('{"type":"leave","room":"a","room":"b"}', LIMITS), {
    type: "leave",
    room: "b",
  });
});

Deno.test("a limit of history is 200 if absent or more", () => {
  for (const limit of ["", ',"limit":200', ',"limit":201', ',"limit":9007199254740991']) {
    const line = `{"type":"history","room":"lobby","before":5${limit}}`;
    assertEquals(parseCommand(line, LIMITS), {
      type: "history",
      room: "lobby",
      before: 5,
      limit: HISTORY_LIMIT,
    });
  }
});

Deno.test("a text keeps its form but for what can't be kept", () => {
  const line = '{"type":"send","room":"lobby","id":"x","text":" a\\u0000\\ud800\\n\\u001b "}';
  assertEquals(parseCommand(line, LIMITS), {
    type: "send",
    room: "lobby",
    id: "x",
    text: " a\ufffd\ufffd\n\u001b ",
  });
});

Deno.test("a name is read in NFC", () => {
  assertEquals(parseCommand('{"type":"name","name":"Zoe\\u0308"}', LIMITS), {
    type: "name",
    name: "Zoë",
  });
});

Deno.test("a text may have as many bytes of UTF-8 as the limit says, and no more", () => {
  for (const [unit, bytes] of [["x", 1], ["é", 2], ["李", 3], ["\ud800", 3], ["🦊", 4]] as const) {
    const room = "lobby";
    const fits = unit.repeat(12);
    const limits = { message: bytes * 12 };
    const send = (text: string) => printLine({ type: "send", room, id: "x", text });
    assertEquals(parseCommand(send(fits), limits).type, "send");
    const error = parseCommand(send(fits + "x"), limits);
    assert(error.type === "error");
    assertEquals(error.code, "too_long");
    assertStringIncludes(error.message, `received ${bytes * 12 + 1}`);
  }
});

Deno.test("what is wrong with a line gets its code, and the id or room it is about", () => {
  const deep = "[".repeat(30_000);
  const table: [code: ErrorCode, ref: string | undefined, lines: string[]][] = [
    ["bad_json", undefined, [
      "",
      " ",
      "{",
      "hello",
      "null",
      "1",
      '"join"',
      "[]",
      '[{"type":"rooms"}]',
      '{"type":"rooms"}{"type":"rooms"}',
      '{"type":"rooms",}',
      "{'type':'rooms'}",
      '\ufeff{"type":"rooms"}',
      '{"type":"send","room":"lobby","id":"x","text":"a\nb"}',
      deep,
      deep + "]".repeat(30_000),
      '{"type":'.repeat(5000),
      "\ud800",
      "NaN",
    ]],
    ["unknown_type", undefined, [
      "{}",
      '{"type":null}',
      '{"type":7}',
      '{"type":["join"],"room":"lobby"}',
      '{"type":"Join","room":"lobby"}',
      '{"type":"hello"}',
      '{"type":"error"}',
      '{"type":"message","room":"lobby"}',
      '{"type":"toString"}',
      '{"type":"__proto__"}',
      '{"__proto__":{"type":"rooms"}}',
      '{"constructor":{"type":"rooms"}}',
      `{"type":"${"x".repeat(50_000)}"}`,
      '{"type":"\\ud800"}',
      `{"type":${deep}${"]".repeat(30_000)}}`,
    ]],
    ["bad_room", undefined, [
      '{"type":"join"}',
      '{"type":"join","room":null}',
      '{"type":"join","room":5}',
      '{"type":"leave","room":["lobby"]}',
      '{"type":"typing","room":{"room":"lobby"}}',
      '{"type":"history","before":1}',
      `{"type":"join","room":"${"a".repeat(65)}"}`,
      '{"__proto__":{"room":"lobby"},"type":"join"}',
      '{"type":"send","id":"not an id","text":"hi"}',
    ]],
    ["bad_room", "Lobby", ['{"type":"join","room":"Lobby"}', '{"type":"leave","room":"Lobby"}']],
    ["bad_room", "a\ufffd", ['{"type":"typing","room":"a\\ud800"}']],
    ["bad_room", "m1", [
      '{"type":"send","id":"m1","text":"hi"}',
      '{"type":"send","room":"a b","id":"m1","text":"hi"}',
    ]],
    ["bad_id", "lobby", [
      '{"type":"send","room":"lobby","text":"hi"}',
      '{"type":"send","room":"lobby","id":"","text":"hi"}',
      '{"type":"send","room":"lobby","id":7,"text":"hi"}',
      '{"type":"send","room":"lobby","id":"a b","text":"hi"}',
      '{"type":"send","room":"lobby","id":"a\\n","text":"hi"}',
      `{"type":"send","room":"lobby","id":"${"a".repeat(65)}","text":"hi"}`,
    ]],
    ["bad_value", "m1", [
      '{"type":"send","room":"lobby","id":"m1"}',
      '{"type":"send","room":"lobby","id":"m1","text":null}',
      '{"type":"send","room":"lobby","id":"m1","text":["hi"]}',
    ]],
    ["too_long", "m1", [
      `{"type":"send","room":"lobby","id":"m1","text":"${"x".repeat(101)}"}`,
      `{"type":"send","room":"lobby","id":"m1","text":"${"李".repeat(34)}"}`,
      `{"type":"send","room":"lobby","id":"m1","text":"${" ".repeat(101)}"}`,
    ]],
    ["empty", "m1", [
      '{"type":"send","room":"lobby","id":"m1","text":""}',
      '{"type":"send","room":"lobby","id":"m1","text":" \\r\\n\\t\\u00a0\\u3000"}',
    ]],
    ["bad_value", "lobby", [
      '{"type":"join","room":"lobby","after":null}',
      '{"type":"join","room":"lobby","after":"5"}',
      '{"type":"join","room":"lobby","after":-1}',
      '{"type":"join","room":"lobby","after":0.5}',
      '{"type":"join","room":"lobby","after":9007199254740992}',
      '{"type":"join","room":"lobby","after":1e400}',
      '{"type":"history","room":"lobby"}',
      '{"type":"history","room":"lobby","limit":5}',
      '{"type":"history","room":"lobby","before":5,"after":1}',
      '{"type":"history","room":"lobby","before":5,"after":null}',
      '{"type":"history","room":"lobby","before":null}',
      '{"type":"history","room":"lobby","before":-5}',
      '{"type":"history","room":"lobby","after":"5"}',
      '{"type":"history","room":"lobby","after":5,"limit":0}',
      '{"type":"history","room":"lobby","after":5,"limit":-1}',
      '{"type":"history","room":"lobby","after":5,"limit":1.5}',
      '{"type":"history","room":"lobby","after":5,"limit":"5"}',
      '{"type":"history","room":"lobby","after":5,"limit":null}',
    ]],
    ["bad_name", undefined, [
      '{"type":"name"}',
      '{"type":"name","name":null}',
      '{"type":"name","name":7}',
      '{"type":"name","name":""}',
      '{"type":"name","name":"guest-1"}',
      '{"type":"name","name":"a\\u200bb"}',
      '{"type":"name","name":"\\ud800"}',
      `{"type":"name","name":"${"x".repeat(33)}"}`,
    ]],
    ["bad_value", undefined, [
      '{"type":"name","name":"ann","secret":""}',
      '{"type":"name","name":"ann","secret":5}',
      '{"type":"name","name":"ann","secret":null}',
      '{"type":"name","name":"ann","secret":"\\ud800"}',
      `{"type":"name","name":"ann","secret":"${"x".repeat(5000)}"}`,
    ]],
  ];
  for (const [code, ref, lines] of table) {
    for (const line of lines) {
      const error = refused(line);
      assertEquals([error.code, error.ref], [code, ref], line.slice(0, 200));
      assert(error.message.startsWith("Cannot "), error.message);
      assert(error.message.length < 250, error.message);
      assertEquals(parseLine(printLine(error)), error);
    }
  }
});

Deno.test("an error never repeats a message's text or a secret", () => {
  const word = "xyzzy";
  const long = word.repeat(100);
  for (
    const line of [
      `{"type":"send","room":"lobby","id":"m1","text":"${long}"}`,
      `{"type":"send","room":"lobby","id":"","text":"${word}"}`,
      `{"type":"send","room":"","id":"m1","text":"${word}"}`,
      `{"type":"send","room":"lobby","id":"m1","text":["${word}"]}`,
      `{"type":"send","room":"lobby","id":"m1","text":"${word}`,
      `{"type":"Send","room":"lobby","id":"m1","text":"${word}"}`,
      `{"type":"name","name":"guest-1","secret":"${word}"}`,
      `{"type":"name","name":"ann","secret":"${long}"}`,
      `{"type":"name","name":"ann","secret":["${word}"]}`,
      word,
    ]
  ) {
    assert(!printLine(refused(line)).includes(word), line);
  }
  const number = '{"type":"send","room":"lobby","id":"m1","text":8151}';
  assert(!printLine(refused(number)).includes("8151"));
});

Deno.test("a line of the server with a field missing or of another type is not read", () => {
  for (const said of SERVER_LINES) {
    const optional = said.type === "error" ? ["ref", "retry"] : [];
    for (const key of Object.keys(said)) {
      const without: Record<string, unknown> = { ...said };
      delete without[key];
      const read = parseLine(JSON.stringify(without));
      assertEquals(read !== undefined, optional.includes(key), `${said.type} without ${key}`);
      for (const other of [null, -1, [null], [{}], {}, { id: "p1" }]) {
        const line = JSON.stringify({ ...said, [key]: other });
        assertEquals(parseLine(line), undefined, line);
      }
    }
  }
  for (const line of ["", "{", "null", "[]", "7", '{"type":"join","room":"lobby"}', "{}"]) {
    assertEquals(parseLine(line), undefined, line);
  }
});

Deno.test("a message printed is the JSON of exactly its line's fields", () => {
  for (const said of SERVER_LINES) {
    if (said.type !== "message") continue;
    const { room, seq, id, user, text, at } = said;
    const expected = JSON.stringify({ type: "message", room, seq, id, user, text, at });
    assertEquals(printMessage({ room, seq, id, user, text, at }), expected);
    const more = { ...said, user: { ...user, session: "secret" }, row: 5 };
    assertEquals(printMessage(more), expected);
    assertEquals(printLine(more), expected);
  }
});

Deno.test("a frame is read line by line, the empty ones left out", () => {
  assertEquals(frameLines("a"), ["a"]);
  assertEquals(frameLines("a\nb\n\n c\r\n \t\n"), ["a", "b", " c\r"]);
  assertEquals(frameLines("\n\n"), []);
  assertEquals(frameLines(""), []);
});

Deno.test("a plain frame is one message on one line", () => {
  const table: [frame: string, text: string][] = [
    ["hi", "hi"],
    ["  hi  there ", "hi  there"],
    ["a\nb\r\nc\rd\n\ne", "a b c d  e"],
    ["hi\r\n", "hi"],
    ["", ""],
    [" \r\n\t\u3000", ""],
    ["a\0b", "a\ufffdb"],
    ["a\ud800", "a\ufffd"],
    ['{"type":"rooms"}', '{"type":"rooms"}'],
  ];
  for (const [frame, text] of table) assertEquals(parsePlain(frame), text, JSON.stringify(frame));
});

Deno.test("a plain line is the name and the text, or the text alone", () => {
  assertEquals(printPlain({ user: ann, text: "hi" }), "Ann: hi");
  assertEquals(printPlain({ user: { id: "p3", name: "" }, text: "hi" }), "hi");
  assertEquals(printPlain({ user: ann, text: "a\nb\r\nc\rd" }), "Ann: a b c d");
});
