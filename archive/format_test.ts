import { type ArchiveLine, parseArchiveLine } from "./format.ts";
import { eachLine } from "./check.ts";
import { NEW_ROOM } from "../protocol/room_settings.ts";
import { assertEquals, assertRejects, assertThrows } from "../testing/assert.ts";

const ID = "abcdefghij23456789km";
const HASH = `scrypt$16384$8$5$${"a".repeat(22)}$${"b".repeat(43)}`;

const GOOD: Record<string, ArchiveLine> = {
  hubbub: { type: "hubbub", format: 1, store: "0".repeat(32), key: `${"A".repeat(43)}=` },
  person: { type: "person", id: ID, name: "Zoë", key: "zoë", secret: HASH, used: 20_000 },
  session: { type: "session", id: ID, until: 2_000_000_000 },
  login: {
    type: "login",
    id: ID,
    person: ID,
    since: 1_700_000_000_000,
    used: 20_000,
    generation: 1,
  },
  room: { type: "room", room: "lobby", first: 1, last: 1 },
  message: {
    ...{ type: "message", room: "lobby", seq: 1, id: "m-1", user: { id: ID, name: "" } },
    ...{ text: "hi\n\u0000 🦊", at: 1_700_000_000_000 },
  },
  end: { type: "end", people: 1, messages: 1 },
};

/** Values that no field takes in its place; each field also refuses other types and its absence. */
const BAD: Record<string, Record<string, unknown[]>> = {
  hubbub: {
    format: [-1, 0.5],
    store: ["", "a;b", "x y", "../../x", "a".repeat(65), "\r\nset-cookie: x"],
    key: ["", "AAAA", "A".repeat(44), `${"A".repeat(42)}=\n`],
  },
  person: {
    id: ["", "a.b", "a\nb", "a".repeat(65)],
    name: ["", "a:b", "a\nb", "a\u0000", "x".repeat(65), "\u2028"],
    key: ["", "zoe", "other"],
    secret: [
      "",
      "scrypt",
      `${HASH}x`,
      HASH.replace("16384", "16383"),
      HASH.replace("16384", `${2 ** 40}`),
    ],
    used: [-1, 1e300, 0.5],
    generation: [-1, "1"],
  },
  session: { id: ["", "a;b"], until: [-1, 1e300] },
  login: {
    ...{ id: ["", "a;b"], person: ["", "a b"], since: [-1, 0.5], used: [-1, 1e300] },
    generation: [0, "1"],
    ...{ browser: ["", "x".repeat(41)], system: ["", "x".repeat(41)] },
  },
  room: { room: ["", "A", "a b", "../x", "a".repeat(65)], first: [0, 3], last: [-1, 2 ** 33] },
  message: {
    room: ["", "A"],
    seq: [0, -1, 2 ** 33],
    id: ["", "a b", "a".repeat(65), "ä"],
    user: [{ id: "", name: "" }, { id: ID }, { id: ID, name: "a\nb" }, [], "ann"],
    text: ["", "\ud800", "x".repeat(64 * 1024 + 1)],
    at: [-1, 1e300, 0.5],
  },
  end: { people: [-1], messages: [-1] },
};

Deno.test("parseArchiveLine returns what an export prints", () => {
  for (const line of Object.values(GOOD)) {
    assertEquals(parseArchiveLine(JSON.stringify({ ...line, extra: 1 })), line);
  }
});

Deno.test("parseArchiveLine names the field that is bad, and repeats nothing of it", () => {
  for (const [type, fields] of Object.entries(BAD)) {
    for (const [field, values] of Object.entries(fields)) {
      for (
        const value of [...values, null, true, {}, [], ...field === "text" ? [] : ["\u0007secret"]]
      ) {
        const line = JSON.stringify({ ...GOOD[type], [field]: value });
        const { message } = assertThrows(() => parseArchiveLine(line), Error, `"${field}`);
        assertEquals(message.includes("secret") && field !== "secret", false);
      }
    }
  }
  for (const line of ["", "{", "[]", "1", '"x"', "null", '{"type":"other"}', "{}"]) {
    assertThrows(() => parseArchiveLine(line), Error);
  }
});

Deno.test("eachLine names the line of whatever is wrong", async () => {
  const good = ["hubbub", "person", "room", "message", "end"].map((type) =>
    JSON.stringify(GOOD[type])
  );
  const cases: [lines: string[], says: string][] = [
    [good.with(1, good[1]?.replace("zoë", "zoe") ?? ""), 'line 2: "key" must be'],
    [good.with(3, "{"), "line 4: it is not an object"],
    [good.toSpliced(2, 1), "line 3: a message is missing or not in its place"],
    [[...good, good[4] ?? ""], "line 6: something follows the end"],
    [good.slice(0, 4), "its end is missing"],
    [good.toSpliced(1, 0, good[1] ?? ""), "line 3: a person or a name is there twice"],
  ];
  for (const [lines, says] of cases) {
    await assertRejects(() => eachLine(each(lines), () => {}), Error, says);
  }
  const seen: string[] = [];
  await eachLine(each(good), ({ type }) => void seen.push(type));
  assertEquals(seen, ["hubbub", "person", "room", "message", "end"]);
});

async function* each(lines: string[]): AsyncGenerator<string> {
  for (const line of lines) yield await Promise.resolve(line);
}

Deno.test("parseArchiveLine takes the settings and people of a room as a server would make them", () => {
  const info = {
    ...NEW_ROOM,
    kind: "private" as const,
    title: "Board",
    slow: 3600,
    keepDays: 3650,
  };
  const room = { type: "room" as const, room: "board", first: 1, last: 0 };
  const parse = (fields: object) => parseArchiveLine(JSON.stringify({ ...room, ...fields }));
  assertEquals(parse({ info }), { ...room, info });
  const bad = [
    { title: "x".repeat(81) },
    { title: "a\nb" },
    { title: " a" },
    { topic: "\u202e" },
    { topic: "x".repeat(251) },
    { slow: 3601 },
    { keepDays: 1e15 },
  ];
  for (const setting of bad) {
    assertThrows(() => parse({ info: { ...info, ...setting } }), Error, '"info"');
  }
  for (const people of [[], Array.from({ length: 9 }, (_, i) => `p${i}`)]) {
    assertThrows(() => parse({ people }), Error, '"people"');
  }
});
