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
  file: {
    ...{ type: "file", id: "F".repeat(22), person: ID, at: 1_700_000_000_000, name: "李 1.png" },
    ...{ size: 2 ** 40, mime: "image/svg+xml", width: 1, height: 0, preview: "G".repeat(22) },
    ...{ owner: "H".repeat(22), hash: "a".repeat(43), content: "I".repeat(22) },
  },
  reactions: { type: "reactions", room: "lobby", seq: 1, emoji: "👍🏽", people: [ID, "p2"] },
  edits: { type: "edits", room: "lobby", seq: 1, ids: ["e-1", "E_2"] },
  member: {
    ...{ type: "member", person: ID, room: "lobby", from: 1, role: "member", level: "all" },
    ...{ read: 1, place: 2 ** 20, since: 1_700_000_000_000 },
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
  // Each further room of the person gets a larger place.
  member: { person: ["", "a b"], place: [-1, 0.5, Number.MAX_SAFE_INTEGER] },
  message: {
    room: ["", "A"],
    seq: [0, -1, 2 ** 33],
    id: ["", "a b", "a".repeat(65), "ä"],
    user: [{ id: "", name: "" }, { id: ID }, { id: ID, name: "a\nb" }, [], "ann"],
    text: ["", "\ud800", "x".repeat(64 * 1024 + 1)],
    at: [-1, 1e300, 0.5],
  },
  file: {
    ...{ id: ["", "F".repeat(21), "../".padEnd(22, "a")], person: ["", "a b"], at: [-1, 0.5] },
    ...{ name: ["", "a\nb", "\ud800", "x".repeat(256)], size: [-1, 0.5, 1e300] },
    ...{ mime: ["", "image", "a b/c", "text/html\r\nx: y"], width: [-1], height: [0.5] },
    ...{ preview: ["", "G"], owner: ["", "G"], hash: ["", "a".repeat(42)], content: ["", "I"] },
  },
  reactions: {
    ...{ room: ["", "A"], seq: [0, 2 ** 33] },
    emoji: ["", "a b", "a\nb", "\ud800", "x".repeat(65)],
    people: [[], "p1", ["a b"], ["p1", "p1"], [1], Array.from({ length: 501 }, (_, i) => `p${i}`)],
  },
  edits: {
    ...{ room: ["", "A"], seq: [0, 2 ** 33] },
    ids: [[], "e1", ["a b"], ["e1", "e1"], [1], Array.from({ length: 501 }, (_, i) => `e${i}`)],
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

Deno.test("parseArchiveLine refuses counts after which there are few", () => {
  const full: [type: string, field: string, count: number][] = [
    ["person", "generation", 2 ** 31],
    ["room", "last", 2 ** 31],
    ["room", "rev", 2 ** 31],
    ["room", "edits", 2 ** 31],
    ["member", "place", 2 ** 51 + 1],
  ];
  for (const [type, field, count] of full) {
    const line = (value: number) => JSON.stringify({ ...GOOD[type], [field]: value });
    assertThrows(() => parseArchiveLine(line(count)), Error, `"${field}" must be at most`);
    parseArchiveLine(line(count - 1));
  }
});

Deno.test("eachLine names the line of whatever is wrong", async () => {
  const good = ["hubbub", "person", "room", "message", "end"].map((type) =>
    JSON.stringify(GOOD[type])
  );
  const [hidden, direct] = [`~${"b".repeat(20)}`, { ...NEW_ROOM, kind: "direct" }];
  const rooms: [room: object, says: string][] = [
    [{ room: hidden }, "the address of a room is not one"],
    [{ info: { ...NEW_ROOM, kind: "private" } }, "the address of a room is not one"],
    [{ room: hidden, info: direct }, '"people" are those of a direct room'],
    [{ people: [ID] }, '"people" are those of a direct room'],
  ];
  const NEWER = "a newer version of Hubbub may have written it; use that version";
  const cases: [lines: string[], says: string][] = [
    [good.with(1, good[1]?.replace("zoë", "zoe") ?? ""), 'line 2: "key" must be'],
    [good.with(3, "{"), "line 4: it is not an object"],
    [good.toSpliced(2, 1), "line 3: a message is missing or not in its place"],
    [[...good, good[4] ?? ""], "line 6: something follows the end"],
    [good.slice(0, 4), "its end is missing"],
    [good.toSpliced(1, 0, good[1] ?? ""), "line 3: a person or a name appears twice"],
    [good.with(1, '{"type":"poll"}'), `line 2: "type" is unknown: ${NEWER}`],
    [
      good.with(0, JSON.stringify({ ...GOOD.hubbub, format: 3 })),
      `line 1: "format" is unknown: ${NEWER}`,
    ],
    [good.with(1, "{}"), 'line 2: "type" must be one of an export'],
    ...rooms.map(([room, says]): [string[], string] => [
      good.with(2, JSON.stringify({ ...GOOD.room, ...room })),
      `line 3: ${says}`,
    ]),
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

Deno.test("parseArchiveLine reads the changes of a message, or names the bad field", () => {
  const rest = { re: 1, files: ["F".repeat(22)], edited: 1_700_000_000_000, pinned: 3, rev: 4 };
  const message = { type: "message" as const, room: "lobby", seq: 2, id: "m", text: "hi", at: 1 };
  const changed: ArchiveLine = { ...message, user: { id: ID, name: "" }, ...rest };
  const deleted: ArchiveLine = {
    ...{ ...message, user: { id: ID, name: "" } },
    ...{ text: "", deleted: "author", rev: 4 },
  };
  for (const line of [changed, deleted, { ...changed, text: "" }]) {
    assertEquals(parseArchiveLine(JSON.stringify(line)), line);
  }
  const bad = {
    files: [[""], ["F"], ["F".repeat(22), "F".repeat(22)], "F".repeat(22)],
    ...{ re: [0, "1"], edited: [-1, 0.5, true], pinned: [0, true], rev: [0, 2 ** 33] },
    ...{ deleted: ["", "admin", true] },
  };
  const { files: _, ...plain } = changed;
  const blank = JSON.stringify({ ...plain, text: "" });
  assertThrows(() => parseArchiveLine(blank), Error, '"text"');
  for (const [field, values] of Object.entries(bad)) {
    for (const value of [...values, null, {}, []]) {
      const line = JSON.stringify({ ...changed, [field]: value });
      assertThrows(() => parseArchiveLine(line), Error, `"${field}"`);
    }
  }
  const room = { type: "room", room: "lobby", first: 1, last: 1 };
  for (const field of ["rev", "edits"]) {
    assertThrows(() => parseArchiveLine(JSON.stringify({ ...room, [field]: 0 })), Error, field);
  }
});

Deno.test("eachLine refuses changes that can't be", async () => {
  const user = { id: ID, name: "" };
  const message = { type: "message", room: "lobby", id: "m", user, text: "hi", at: 1 };
  const one = { ...message, seq: 1, edited: 1, rev: 2 };
  const two = { ...message, seq: 2, id: "n" };
  const reactions = { type: "reactions", room: "lobby", seq: 1, emoji: "👍", people: ["p1"] };
  const edits = { type: "edits", room: "lobby", seq: 1, ids: ["e1"] };
  const read = (lines: object[], room: object = {}) =>
    eachLine(
      each([
        { type: "hubbub", format: 1, store: "0".repeat(32) },
        { type: "room", room: "lobby", first: 1, last: 2, rev: 3, edits: 1, ...room },
        ...lines,
        { type: "end", people: 0, messages: 2 },
      ].map((line) => JSON.stringify(line))),
      () => {},
    );
  await read([one, reactions, { ...reactions, emoji: "❤️" }, edits, two]);
  const behind = "a change is not behind its message";
  const above = "the rev of a message is that of another one, or above";
  const left = "a deleted message still has content";
  const gone = { ...message, seq: 1, text: "", deleted: "author", rev: 2 };
  const cases: [lines: object[], says: string, room?: object][] = [
    [[reactions, one, two], `line 3: ${behind}`],
    [[one, two, reactions], `line 5: ${behind}`],
    [[one, { ...edits, room: "other" }, two], `line 4: ${behind}`],
    [[{ ...one, rev: 4 }, two], `line 3: ${above}`],
    [[one, { ...two, rev: 2 }], `line 4: ${above}`],
    [[{ ...message, seq: 1, edited: 1 }, two], "line 3: a message was changed and has no rev"],
    [[{ ...message, seq: 1 }, reactions, two], "line 4: a message was changed and has no rev"],
    [[{ ...one, pinned: 3 }, two], "line 3: a message is pinned"],
    [[{ ...one, pinned: 1 }, { ...two, pinned: 1, rev: 3 }], "line 4: a message is pinned"],
    [[{ ...one, re: 1 }, two], "line 3: a message replies to a later one"],
    [[{ ...gone, text: "hi" }, two], `line 3: ${left}`],
    [[{ ...gone, mentions: [ID] }, two], `line 3: ${left}`],
    [[gone, reactions, two], `line 4: ${left}`],
    [[one, reactions, reactions, two], "line 5: a person reacts twice with one emoji"],
    [
      [one, { ...reactions, people: ["p1", "p2", "p3", "p4"] }, two],
      "line 4: the rev of a room is lower",
    ],
    [[one, two], "line 2: the rev of a room is lower", { rev: 1, edits: 2 }],
  ];
  for (const [lines, says, room] of cases) {
    await assertRejects(() => read(lines, room), Error, says);
  }
  const many = Array.from({ length: 21 }, (_, i) => ({ ...reactions, emoji: `e${i}` }));
  await assertRejects(() => read([one, ...many, two], { rev: 99 }), Error, "too many reactions");
});

Deno.test("eachLine refuses files that don't fit each other or their messages", async () => {
  const user = { id: ID, name: "" };
  const [one, two] = ["F".repeat(22), "G".repeat(22)];
  const base = { type: "file", person: ID, at: 1, name: "a", size: 5, mime: "text/plain" };
  const file = { ...base, id: one, hash: "a".repeat(43), content: one };
  const huge = Number.MAX_SAFE_INTEGER;
  const small = { ...base, id: two, hash: "b".repeat(43), content: two, owner: one };
  const message = { type: "message", room: "lobby", seq: 1, id: "m", user, text: "", at: 1 };
  const read = (files: object[], named: string[]) =>
    eachLine(
      each([
        { type: "hubbub", format: 1, store: "0".repeat(32) },
        ...files,
        { type: "room", room: "lobby", first: 1, last: 1 },
        { ...message, files: named },
        { type: "end", people: 0, messages: 1 },
      ].map((line) => JSON.stringify(line))),
      () => {},
    );
  await read([file], [one]);
  await read([{ ...file, preview: two }, small], [one]);
  await read([file, { ...file, id: two }], [two, one]);
  const cases: [files: object[], named: string[], says: string][] = [
    [[file], [two], "line 4: a message names a file that is missing"],
    [[{ ...file, preview: two }, small], [two], "line 5: a message names a file that is missing"],
    [[file, file], [one], "line 3: a file appears twice"],
    [[file, { ...small, owner: undefined, content: one }], [one], "line 3: two files with one"],
    [[{ ...file, preview: two, owner: two }, small], [one], "line 2: a preview has a preview"],
    [[{ ...file, preview: two }], [one], "line 5: a preview, or its file, is missing"],
    [[file, small], [one], "line 6: a preview, or its file, is missing"],
    [[small], [one], "line 4: a message names a file that is missing"],
    // Their sum could not be read, and neither could what anyone may upload.
    [
      [{ ...file, size: huge }, { ...small, owner: undefined, size: huge }],
      [one],
      "line 2: all files",
    ],
  ];
  for (const [files, named, says] of cases) {
    await assertRejects(() => read(files, named), Error, says);
  }
});
