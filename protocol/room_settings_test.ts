import { assertEquals } from "../testing/assert.ts";
import { parseCommand } from "./parse_command.ts";

/** Returns the command in a line without its type and room, or the code and the reason of the error. */
function read(fields: object): unknown {
  const command = parseCommand(JSON.stringify({ id: "c", room: "tea", ...fields }), { message: 9 });
  if (command.type === "error") return [command.code, command.ref];
  const { type: _, ...rest } = command;
  return rest;
}

Deno.test("set_room takes each setting in its range, and no other", () => {
  const set = (setting: string, value: unknown) => read({ type: "set_room", setting, value });
  const good: [setting: string, value: unknown, read?: unknown][] = [
    ["title", "Tea"],
    ["title", " Tea \n", "Tea"],
    ["title", "🍵".repeat(80)],
    ["title", ""],
    ["topic", "x".repeat(250)],
    ["topic", "a\ud800b\0", "a\ufffdb\ufffd"],
    ["posting", "all"],
    ["guests", false],
    ["slow", 3600],
    ["archived", true],
    ["keepDays", 3650],
  ];
  for (const [setting, value, stored = value] of good) {
    assertEquals(set(setting, value), { id: "c", room: "tea", setting, value: stored });
  }
  const bad: [setting: string, value: unknown][] = [
    ["title", "x".repeat(81)],
    ["title", "two\nlines"],
    ["title", 7],
    ["topic", "x".repeat(251)],
    ["posting", "nobody"],
    ["guests", 1],
    ["slow", 3601],
    ["slow", -1],
    ["slow", 0.5],
    ["archived", "yes"],
    ["keepDays", 3651],
    ["kind", "private"],
    ["history", "all"],
  ];
  for (const [setting, value] of bad) {
    assertEquals(set(setting, value), ["bad_value", "c"], `${setting} ${JSON.stringify(value)}`);
  }
  assertEquals(read({ type: "set_room", room: "Tea", setting: "slow", value: 1 }), [
    "bad_room",
    "c",
  ]);
});

Deno.test("create takes an address for a public room, and a title for a private one", () => {
  const create = (fields: object) => read({ type: "create", ...fields });
  const hidden = `~${"a".repeat(20)}`;
  assertEquals(create({ kind: "public" }), {
    ...{ id: "c", kind: "public", room: "tea", title: "", topic: "" },
  });
  assertEquals(create({ kind: "private", title: "Board" }), {
    ...{ id: "c", kind: "private", title: "Board", topic: "", history: "all" },
  });
  assertEquals(create({ kind: "public", room: hidden }), ["bad_room", "c"]);
  assertEquals(create({ kind: "public", room: "Tea" }), ["bad_room", "c"]);
  for (
    const fields of [
      { kind: "private" },
      { kind: "private", title: " " },
      { kind: "private", title: "x", history: "some" },
      { kind: "direct" },
      { kind: "public", title: "x".repeat(81) },
      {},
    ]
  ) {
    assertEquals(create(fields), ["bad_value", "c"], JSON.stringify(fields));
  }
});

Deno.test("direct takes up to eight different people", () => {
  const people = Array.from({ length: 8 }, (_, i) => `p${i}`);
  assertEquals(read({ type: "direct", people }), { id: "c", people });
  assertEquals(read({ type: "direct", people: [] }), { id: "c", people: [] });
  for (const wrong of [[...people, "p9"], ["p1", "p1"], ["p 1"], "p1", undefined]) {
    assertEquals(read({ type: "direct", people: wrong }), ["bad_value", "c"]);
  }
});

Deno.test("a title or topic turns nothing around that stands beside it, and is empty if it shows nothing", () => {
  const set = (setting: string, value: string) => read({ type: "set_room", setting, value });
  for (const setting of ["title", "topic"]) {
    for (const mark of ["\u202a", "\u202e", "\u2066", "\u2069"]) {
      assertEquals(set(setting, `a${mark}b`), ["bad_value", "c"]);
    }
    assertEquals(set(setting, "\u200b \u2060"), { id: "c", room: "tea", setting, value: "" });
    // Marks of Arabic and Hebrew keyboards, and those inside of emoji.
    for (const value of ["\u200fאב!\u200f", "👩\u200d🚀"]) {
      assertEquals(set(setting, value), { id: "c", room: "tea", setting, value });
    }
  }
  const create = (fields: object) => read({ type: "create", kind: "private", ...fields });
  assertEquals(create({ title: "\u200b" }), ["bad_value", "c"]);
  assertEquals(create({ title: "x\u202e" }), ["bad_value", "c"]);
  assertEquals(create({ title: "x", topic: "\u2060" }), {
    ...{ id: "c", kind: "private", title: "x", topic: "", history: "all" },
  });
});

Deno.test("a title does not begin like the address of a room", () => {
  const set = (value: string) => read({ type: "set_room", setting: "title", value });
  const title = (value: string) => ({ id: "c", room: "tea", setting: "title", value });
  for (
    const value of [
      ...["#lobby", " # lobby", "##lobby", "＃lobby", "\u200b#\u200blobby", "♯lobby"],
      // Blank characters, a mark without a letter, and a keycap.
      ...["\u2800#lobby", "\u3164#lobby", "\ufe0f#lobby", "\u0300#lobby", "#\ufe0f\u20e3lobby"],
    ]
  ) {
    assertEquals(set(value), title("lobby"), value);
  }
  assertEquals([set("C# and F#"), set("#")], [title("C# and F#"), title("")]);
  const create = (value: string) => read({ type: "create", kind: "private", title: value });
  assertEquals(create("#"), ["bad_value", "c"]);
  assertEquals(create("#lobby"), {
    ...{ id: "c", kind: "private", title: "lobby", topic: "", history: "all" },
  });
});
