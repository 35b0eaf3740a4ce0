import type { ArchiveLine } from "./format.ts";
import { readArchive, writeArchive } from "./state.ts";
import { openDatabase } from "../state/database.ts";
import { NEW_ROOM } from "../protocol/mod.ts";
import { assertEquals } from "../testing/assert.ts";

const BOARD = `~${"b".repeat(20)}`;
const TALK = `~${"t".repeat(20)}`;

Deno.test("writeArchive stores what readArchive returns, with times of today", async () => {
  const at = 1_795_700_000_123;
  const user = { id: "p1", name: "Ann" };
  const lines: ArchiveLine[] = [
    { type: "hubbub", format: 1, store: "ab".repeat(16), key: new Uint8Array(32).toBase64() },
    { type: "person", id: "p1", name: "Ann", key: "ann", used: 20_783, seen: 498_805 },
    { type: "session", id: "s1", until: 1_830_000_000 },
    { type: "login", id: "s2", person: "p1", since: at, used: 20_783, generation: 2 },
    {
      ...{ type: "login", id: "s3", person: "p1", since: at, used: 20_783 },
      ...{ browser: "Firefox", system: "Linux" },
    },
    { type: "room", room: "empty", first: 1, last: 0 },
    { type: "room", room: "lobby", first: 1, last: 2 },
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
    },
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
    { type: "address", address: "gone" },
    { type: "address", address: "staff", room: BOARD },
    {
      ...{ type: "report", id: "r1", at, room: "lobby", seq: 2, author: "p1", name: "Ann" },
      ...{ text: "nul \0", reasons: [{ user: { id: "p2", name: "" }, at, reason: "spam" }] },
    },
    { type: "report", id: "r2", at: at + 1, author: "p1", name: "Ann", reasons: [] },
    { type: "end", people: 1, messages: 2 },
  ];
  using store = openDatabase({ path: ":memory:", sync: "full" });
  await writeArchive(store, ReadableStream.from(lines));
  assertEquals([...readArchive(store)], lines);
  const room = store.db.prepare("select oldest, newest, minute from room where last > 0").get();
  assertEquals(
    { ...room },
    { oldest: at, newest: at + 90_000, minute: Math.floor((at + 90_000) / 60_000) },
  );
});
