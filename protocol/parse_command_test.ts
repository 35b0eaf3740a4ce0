import { assert, assertEquals, assertStringIncludes } from "../testing/assert.ts";
import { COMMANDS } from "../testing/example_lines.ts";
import { ACTIONS } from "./commands.ts";
import { countEmptyLines, frameLines, parseCommand } from "./parse_command.ts";
import { parseLine } from "./parse_line.ts";
import { PICTURE_PEOPLE } from "./pictures.ts";
import { printLine } from "./print.ts";
import { DIRECT_PEOPLE } from "./room_making.ts";
import { DEFAULT_ROOMS_LIMIT } from "./settings.ts";
import { type ErrorCode, type ErrorLine, HISTORY_LIMIT, MESSAGE_FILES } from "./types.ts";

const LIMITS = { message: 100 };

function refused(line: string): ErrorLine {
  const parsed = parseCommand(line, LIMITS);
  assert(parsed.type === "error", `${line.slice(0, 200)} was accepted`);
  return parsed;
}

Deno.test("parseCommand takes the last of two fields of one name", () => {
  assertEquals(parseCommand('{"type":"leave","room":"a","room":"b"}', LIMITS), {
    type: "leave",
    room: "b",
  });
});

Deno.test("parseCommand takes 200 for a limit of history that is absent or larger", () => {
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

Deno.test("parseCommand keeps the form of a text but for characters that can't be stored", () => {
  const line = '{"type":"send","room":"lobby","id":"x","text":" a\\u0000\\ud800\\n\\u001b "}';
  assertEquals(parseCommand(line, LIMITS), {
    type: "send",
    room: "lobby",
    id: "x",
    text: " a\ufffd\ufffd\n\u001b ",
  });
});

Deno.test("parseCommand takes a text with nothing to see beside files, and as an edit", () => {
  const files = Array.from({ length: 10 }, (_, i) => `${i}`.padStart(22, "A"));
  const send = JSON.stringify({ type: "send", room: "lobby", id: "x", text: " \n", files });
  assertEquals(parseCommand(send, LIMITS), {
    ...{ type: "send", room: "lobby", id: "x", text: "", files },
  });
  const edit = '{"type":"edit","room":"lobby","seq":7,"id":"e1","text":" "}';
  assertEquals(parseCommand(edit, LIMITS), {
    ...{ type: "edit", room: "lobby", seq: 7, id: "e1", text: "" },
  });
});

Deno.test("parseCommand reads a name in NFC", () => {
  assertEquals(parseCommand('{"type":"name","name":"Zoe\\u0308"}', LIMITS), {
    type: "name",
    name: "Zoë",
  });
});

Deno.test("parseCommand takes a text of as many bytes of UTF-8 as the limit, and no more", () => {
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

Deno.test("parseCommand takes lists as long as each may be, and refuses longer ones by their id", () => {
  const ids = (count: number) =>
    Array.from({ length: count }, (_, i) => `${"abcdefghjkmnpqrstu"}${10 + i}`);
  const files = (count: number) => ids(count).map((id) => `${id}--`);
  const lists: [most: number, make: (count: number) => object][] = [
    [PICTURE_PEOPLE, (count) => ({ type: "pictures", people: ids(count) })],
    [DIRECT_PEOPLE, (count) => ({ type: "direct", people: ids(count) })],
    [
      DEFAULT_ROOMS_LIMIT,
      (count) => ({ type: "set", setting: "defaultRooms", value: ids(count) }),
    ],
    [
      MESSAGE_FILES,
      (count) => ({ type: "send", room: "lobby", text: "x", re: 1, files: files(count) }),
    ],
  ];
  for (const [most, make] of lists) {
    const line = (count: number) => JSON.stringify({ ...make(count), id: "c1" });
    const command = parseCommand(line(most), LIMITS);
    assert(command.type !== "error", Deno.inspect(command));
    assertEquals(parseCommand(line(most - 1), LIMITS).type, command.type);
    const { code, ref } = refused(line(most + 1));
    assertEquals([code, ref], ["bad_value", "c1"], command.type);
  }
});

Deno.test("parseCommand gives each error about a command that the state answers the command's id", () => {
  const others = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`other${i}`, [i]]));
  let errors = 0;
  for (const example of COMMANDS.filter(({ type }) => Object.hasOwn(ACTIONS, type))) {
    const command = { ...example, id: "c1" };
    const wrong = Object.keys(command).filter((key) => key !== "type" && key !== "id")
      .map((key) => ({ ...command, [key]: {} }));
    for (const line of [...wrong, { ...command, type: "from a later version" }]) {
      const parsed = parseCommand(JSON.stringify(line), { message: 4096 });
      if (parsed.type !== "error") continue;
      assertEquals(parsed.ref, "c1", JSON.stringify(line));
      errors++;
    }
    // Whatever is in a line that is not parsed, and wherever the id is.
    for (const line of [{ ...command, ...others }, { ...others, ...command }]) {
      const { code, ref } = refused(JSON.stringify(line));
      assertEquals([code, ref], ["bad_json", "c1"], example.type);
    }
  }
  assert(errors > 100, `${errors}`);
});

Deno.test("parseCommand answers each invalid line with its code, and the id or room it is about", () => {
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
      `{"type":${deep}${"]".repeat(30_000)}}`,
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
    [
      "bad_value",
      "m1",
      [
        "[]",
        "null",
        '"AAAAAAAAAAAAAAAAAAAAAA"',
        '["AAAAAAAAAAAAAAAAAAAAA"]',
        '["AAAAAAAAAAAAAAAAAAAAAA","AAAAAAAAAAAAAAAAAAAAAA"]',
        JSON.stringify(Array.from({ length: 11 }, (_, i) => `${i}`.padStart(22, "A"))),
      ].map((files) => `{"type":"send","room":"lobby","id":"m1","text":"","files":${files}}`),
    ],
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
      '{"type":"history","room":"lobby","before":5,"at":1}',
      '{"type":"history","room":"lobby","after":5,"at":1}',
      '{"type":"history","room":"lobby","at":null}',
      '{"type":"history","room":"lobby","at":-1}',
      '{"type":"history","room":"lobby","at":"2026-01-01"}',
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

Deno.test("parseCommand never repeats a message's text or a secret in an error", () => {
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

Deno.test("frameLines leaves out empty lines", () => {
  assertEquals(frameLines("a"), ["a"]);
  assertEquals(frameLines("a\nb\n\n c\r\n \t\n"), ["a", "b", " c\r"]);
  assertEquals(frameLines("\n\n"), []);
  assertEquals(frameLines(""), []);
});

Deno.test("countEmptyLines leaves one empty line free for each other line", () => {
  const table: [frame: string, count: number][] = [
    ["", 1],
    ["a", 0],
    ["a\n", 0],
    ["a\n\nb\n\n", 1],
    ["a\r\n\r\n", 1],
    ["\n", 2],
    [" \n\t", 2],
    ["\n".repeat(60_000), 60_001],
    ["a" + "\n".repeat(60_000), 59_999],
  ];
  for (const [frame, count] of table) {
    assertEquals(countEmptyLines(frame, frameLines(frame).length), count, frame.slice(0, 20));
  }
});
