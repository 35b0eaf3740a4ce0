import type { ArchiveLine } from "./format.ts";
import { inconsistency } from "./consistency.ts";
import { readArchive, writeArchive } from "./state.ts";
import { openDatabase } from "../state/database.ts";
import { NEW_ROOM } from "../protocol/mod.ts";
import type { Event } from "../state/events.ts";
import { AttachmentTable } from "../state/attachment_table.ts";
import { appendOne } from "../state/event_log.ts";
import { LocalLog } from "../state/local_log.ts";
import { StateHistory } from "../state/history.ts";
import { State } from "../state/state.ts";
import { anyEvent } from "../testing/any_event.ts";
import { assertEquals, assertMatch, assertRejects } from "../testing/assert.ts";
import fc from "fast-check";

const BOARD = `~${"b".repeat(20)}`;
const TALK = `~${"t".repeat(20)}`;

Deno.test("writeArchive stores what readArchive returns, with times of today", async () => {
  const at = 1_795_700_000_123;
  const user = { id: "p1", name: "Ann" };
  const lines: ArchiveLine[] = [
    {
      ...{ type: "hubbub", format: 1, store: "ab".repeat(16), key: keyOf(3) },
      ...{ former: [keyOf(1), keyOf(2)] },
    },
    { type: "person", id: "p1", name: "Ann", key: "ann", used: 20_783, seen: 498_805 },
    { type: "session", id: "s1", until: 1_830_000_000 },
    { type: "login", id: "s2", person: "p1", since: at, used: 20_783, generation: 2 },
    {
      ...{ type: "login", id: "s3", person: "p1", since: at, used: 20_783 },
      ...{ browser: "Firefox", system: "Linux" },
    },
    { type: "room", room: "empty", first: 1, last: 0 },
    { type: "room", room: "kept", first: 3, last: 2, rev: 7, edits: 1 },
    { type: "room", room: "lobby", first: 1, last: 5, rev: 900, edits: 3 },
    { type: "message", room: "lobby", seq: 1, id: "m1", user, text: "one", at },
    {
      type: "message",
      room: "lobby",
      seq: 2,
      id: "m2",
      user,
      text: "two",
      at: at + 90_000,
      mentions: ["*", "p1"],
      ...{ re: 1, edited: at + 95_000, pinned: 889, rev: 899 },
    },
    { type: "reactions", room: "lobby", seq: 2, emoji: "👍", people: ids("p", 500) },
    { type: "reactions", room: "lobby", seq: 2, emoji: "👍", people: ids("q", 20) },
    { type: "reactions", room: "lobby", seq: 2, emoji: "❤️", people: ["p3", "p1"] },
    { type: "edits", room: "lobby", seq: 2, ids: ids("e", 500) },
    { type: "edits", room: "lobby", seq: 2, ids: ids("f", 1) },
    {
      ...{ type: "message", room: "lobby", seq: 3, id: "m3", user, text: "", at: at + 90_000 },
      ...{ deleted: "moderator", rev: 3 },
    },
    { type: "edits", room: "lobby", seq: 3, ids: ["g1"] },
    {
      ...{ type: "message", room: "lobby", seq: 4, id: "m4", user, text: "x".repeat(9) },
      ...{ at: at + 90_000, pinned: 888, rev: 888 },
    },
    // An edit that changed nothing.
    {
      ...{ type: "message", room: "lobby", seq: 5, id: "m5", user, text: "five" },
      at: at + 90_000,
    },
    { type: "edits", room: "lobby", seq: 5, ids: ["h1"] },
    {
      ...{ type: "room", room: BOARD, first: 1, last: 0, creator: "p1", created: at },
      info: {
        ...{ kind: "private", title: "Board", topic: "x", posting: "moderators", guests: false },
        ...{ slow: 9, archived: true, keepDays: 7, history: "joined" },
      },
    },
    {
      ...{ type: "room", room: TALK, first: 1, last: 0, info: { ...NEW_ROOM, kind: "direct" } },
      people: ["p1", "p2"],
    },
    {
      ...{ type: "member", person: "p1", room: "empty", from: 1, role: "moderator" },
      ...{ level: "all", read: 0, place: 1, since: at },
    },
    {
      ...{ type: "member", person: "p1", room: "lobby", from: 2, role: "member" },
      ...{ level: "nothing", read: 1, place: 5, since: at },
    },
    { type: "ignore", person: "p1", other: "guest7" },
    { type: "ignore", person: "p1", other: "p2" },
    { type: "do_not_disturb", person: "p1", until: 8.64e15 },
    { type: "picture", owner: "*", id: "i1", mime: "image/png", data: "AAEC" },
    { type: "picture", owner: "p1", id: "i2", mime: "image/webp", data: "/w==" },
    { type: "about", person: "p1", text: "Gardener — 园丁" },
    { type: "address", address: "gone" },
    { type: "address", address: "staff", room: BOARD },
    {
      ...{ type: "report", id: "r1", at, room: "lobby", seq: 2, author: "p1", name: "Ann" },
      ...{
        text: "nul \0",
        reasons: [
          { user: { id: "p2", name: "" }, at, reason: "spam" },
          { user: { id: "p3", name: "Cid" }, at, reason: "worse", text: "edited \0" },
        ],
      },
    },
    { type: "report", id: "r2", at: at + 1, author: "p1", name: "Ann", reasons: [] },
    {
      ...{ type: "removal", person: "p1", by: "p9", deleted: "moderator", room: "lobby" },
      ...{ directs: false, lowest: 1, since: 1e12, until: 2e12, count: 200 },
    },
    {
      ...{ type: "removal", person: "p1", by: "p1", deleted: "author" },
      ...{ directs: true, lowest: 0, since: 0 },
    },
    { type: "end", people: 1, messages: 5 },
  ];
  using store = openDatabase({ path: ":memory:", sync: "full" });
  await writeArchive(store, ReadableStream.from(lines));
  assertEquals([...readArchive(store)], lines);
  const room = store.db.prepare("select oldest, newest, minute from room where last = 5").get();
  assertEquals(
    { ...room },
    { oldest: at, newest: at + 90_000, minute: Math.floor((at + 90_000) / 60_000) },
  );
});

function keyOf(byte: number): string {
  return new Uint8Array(32).fill(byte).toBase64();
}

/** So many ids, in order. */
function ids(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`).sort();
}

Deno.test("writeArchive continues where the changes of an archive end", async () => {
  const user = { id: "p1", name: "Ann" };
  const at = 1_795_700_000_123;
  const lines: ArchiveLine[] = [
    { type: "hubbub", format: 1, store: "ab".repeat(16) },
    { type: "room", room: "lobby", first: 1, last: 1, rev: 20, edits: 1 },
    {
      ...{ type: "message", room: "lobby", seq: 1, id: "m1", user, text: "one, edited", at },
      ...{ edited: at, rev: 20 },
    },
    { type: "reactions", room: "lobby", seq: 1, emoji: "👍", people: ["p3", "p2"] },
    { type: "edits", room: "lobby", seq: 1, ids: ["e1"] },
    { type: "end", people: 0, messages: 1 },
  ];
  using store = openDatabase({ path: ":memory:", sync: "full" });
  await writeArchive(store, ReadableStream.from(lines));
  await using log = LocalLog.open(new State(store));
  const place = { room: "lobby", seq: 1 };
  const events: Event[] = [
    // Neither does an old id edit again, nor is a former reaction another one.
    { type: "edit", ...place, person: "p1", id: "e1", text: "stale" },
    { type: "react", ...place, person: "p2", emoji: "👍", on: true },
    { type: "react", ...place, person: "p4", emoji: "👍", on: true },
    { type: "react", ...place, person: "p2", emoji: "❤️", on: true },
  ];
  const outcomes = [];
  for (const event of events) outcomes.push((await appendOne(log, event)).type);
  assertEquals(outcomes, ["unchanged", "unchanged", "revised", "revised"]);
  const [message] =
    new StateHistory(store.db).read({ room: "lobby", limit: 9, bytes: 9999 }).messages;
  assertEquals(message, {
    ...{ room: "lobby", seq: 1, id: "m1", user, text: "one, edited", at, edited: at, rev: 22 },
    reactions: [
      { emoji: "👍", users: ["p3", "p2", "p4"], count: 3 },
      { emoji: "❤️", users: ["p2"], count: 1 },
    ],
  });
});

Deno.test("writeArchive reports the part of a line that was there before", async () => {
  const user = { id: "p1", name: "Ann" };
  const message = { type: "message", room: "lobby", id: "m1", user, text: "one", at: 1 } as const;
  const talk = { info: { ...NEW_ROOM, kind: "direct" }, people: ["p1", "p2"] } as const;
  const cases: [last: ArchiveLine[], says: RegExp][] = [
    [
      [{ type: "room", room: "lobby", first: 1, last: 2 }, { ...message, seq: 1 }, {
        ...message,
        seq: 2,
      }],
      /^line 4: another line before has the same message\.id,/,
    ],
    [
      [{ type: "room", room: TALK, first: 1, last: 0, ...talk }, {
        ...{ type: "room", room: BOARD, first: 1, last: 0 },
        ...talk,
      }],
      /^line 3: another line before has the same room\.people$/,
    ],
  ];
  for (const [last, says] of cases) {
    using store = openDatabase({ path: ":memory:", sync: "full" });
    const lines: ArchiveLine[] = [{ type: "hubbub", format: 1, store: "ab".repeat(16) }, ...last];
    const { message } = await assertRejects(() => writeArchive(store, ReadableStream.from(lines)));
    assertMatch(String(message), says);
    assertEquals(store.db.prepare("select * from room").all(), []);
  }
});

Deno.test("writeArchive stores the files that messages name, and forgets the others", async () => {
  const user = { id: "p1", name: "Ann" };
  const [at, hash] = [1_795_700_000_123, "a".repeat(43)];
  const [photo, small, paper] = ["P", "S", "T"].map((letter) => letter.repeat(22));
  const [kept = "", preview = "", other = ""] = [photo, small, paper];
  const base = { type: "file", person: "p1", at, size: 3_000_000_000 } as const;
  const lines: ArchiveLine[] = [
    { type: "hubbub", format: 2, store: "ab".repeat(16), key: new Uint8Array(32).toBase64() },
    {
      ...{ ...base, id: kept, name: "李.png", mime: "image/png", width: 9, height: 8 },
      ...{ preview, hash, content: "G".repeat(22) },
    },
    {
      ...{ ...base, id: preview, name: "small", mime: "image/webp", size: 5, owner: kept },
      ...{ hash: "b".repeat(43), content: preview },
    },
    // Its bytes are those of the first one.
    {
      ...{ ...base, id: other, name: "copy", mime: "image/png", hash },
      content: "G".repeat(22),
    },
    { type: "room", room: "lobby", first: 1, last: 2 },
    {
      ...{ type: "message", room: "lobby", seq: 1, id: "m1", user, text: "", at },
      files: [other, kept],
    },
    {
      ...{ type: "message", room: "lobby", seq: 2, id: "m2", user, text: "again", at },
      files: [kept],
    },
    { type: "end", people: 0, messages: 2 },
  ];
  using store = openDatabase({ path: ":memory:", sync: "full" });
  await writeArchive(store, ReadableStream.from(lines));
  assertEquals([...readArchive(store)], lines);
  const files = new AttachmentTable(store.db);
  assertEquals(files.total, { files: 3, contents: 2, bytes: 3_000_000_005 });
  assertEquals([...files.all()].map(({ uses }) => uses), [2, 0, 1]);
  const state = new State(store);
  const upload: Event = {
    ...{ type: "file", id: "U".repeat(22), person: "p1", name: "new", size: 1, mime: "image/png" },
    ...{ sha256: hash, total: 0, day: 0 },
  };
  const gone = { type: "room_made", kind: "public", title: "", topic: "", history: "all" } as const;
  const outcomes = state.append([
    upload,
    { type: "name", person: "p1", name: "Ann", key: "ann", used: 1 },
    { ...gone, room: "tea", people: [], by: "p1" },
    { type: "message", room: "tea", id: "m1", user, text: "", files: [upload.id] },
    // A second one is in no message, and waits for it.
    { ...upload, id: "V".repeat(22) },
    { type: "room_deleted", room: "tea", by: "p1" },
  ], at);
  assertEquals(outcomes.map(({ type }) => type), [
    ...["changed", "named", "changed", "message", "changed", "changed"],
  ]);
  assertEquals(files.of(upload.id)?.content, "G".repeat(22));
  const again = [...readArchive(store)].filter(({ type }) => type === "file");
  assertEquals(again, lines.filter(({ type }) => type === "file"));
});

Deno.test("writeArchive leaves out mentions of people whose account was being deleted", async () => {
  using store = openDatabase({ path: ":memory:", sync: "normal" });
  const state = new State(store);
  await using _log = LocalLog.open(state);
  const user = { id: "p1", name: "Ann" };
  const message = { type: "message", room: "lobby", user, text: "@Bob" } as const;
  state.append([
    { type: "name", person: "p1", name: "Ann", key: "ann", used: 1 },
    { type: "name", person: "p2", name: "Bob", key: "bob", used: 1 },
    { type: "name", person: "p3", name: "Cid", key: "cid", used: 1 },
    { ...message, id: "m1", mentions: ["p2"] },
    { ...message, id: "m2", mentions: ["p2", "p3"] },
    { type: "account_deleted", person: "p2", generation: 0 },
  ], 1000);
  using copy = openDatabase({ path: ":memory:", sync: "normal" });
  await writeArchive(copy, ReadableStream.from(readArchive(store)));
  const { messages } = new StateHistory(copy.db).read({ room: "lobby", limit: 9, bytes: 9999 });
  assertEquals(messages.map(({ mentions }) => mentions), [undefined, ["p3"]]);
});

Deno.test("inconsistency finds nothing in the result of random events", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { minLength: 100, maxLength: 200 }), (events) => {
      using database = openDatabase({ path: ":memory:", sync: "normal" });
      const state = new State(database);
      LocalLog.open(state).append(events, () => {});
      assertEquals(inconsistency(database.db), undefined);
    }),
    { numRuns: 20 },
  );
});
