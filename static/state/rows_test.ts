import type { Message } from "../../protocol/mod.ts";
import { nameKey } from "../../protocol/names.ts";
import { assert, assertEquals } from "../../testing/assert.ts";
import { BOB, ME, message } from "./chat_fixture.ts";
import { isOwnMention } from "./mentions.ts";
import { Room } from "./room.ts";
import { isSameRow, makeRows, type Row } from "./rows.ts";

function rowsOf(room: Room): Row[] {
  return makeRows({ room, pending: [], me: ME, start: 0, end: room.timeline.messages.length });
}

function roomWith(...messages: Message[]): Room {
  const room = new Room("lobby", undefined);
  room.replace(messages, false, ME.id);
  return room;
}

Deno.test("a message to everyone reaches the members of its room, whatever the others wrote", () => {
  const room = roomWith(
    message(1, { text: "@room, look", mentions: ["*"] }),
    // The server omits the mention if the author may not mention everyone.
    message(2, { text: "@room" }),
    message(3, { text: "@Ann", mentions: [ME.id] }),
  );
  const asGuest = rowsOf(room);
  assertEquals(asGuest.map(({ reachesAll }) => reachesAll), [false, false, false]);
  room.role.value = "member";
  const asMember = rowsOf(room);
  assertEquals(asMember.map(({ reachesAll }) => reachesAll), [true, false, false]);
  const same = asMember.map((row, i) => isSameRow(row, asGuest[i] ?? row));
  assertEquals(same, [false, true, true]);
});

Deno.test("a mention of everyone is one's own in a message that reaches everyone, and no other", () => {
  const names = { own: nameKey(ME.name), all: [ME, BOB].map(({ name }) => nameKey(name)) };
  assert(isOwnMention("ann", names) && !isOwnMention("bob", names));
  assert(!isOwnMention("room", names));
  const reached = { ...names, reachesAll: true };
  assert(isOwnMention("room", reached) && isOwnMention("ann", reached));
  assert(!isOwnMention("bob", reached));
});

Deno.test("messages that a moderator deleted one after the other are one line", () => {
  const gone = { text: "", deleted: "moderator", user: BOB } as const;
  const room = roomWith(
    message(1, { user: BOB }),
    ...[2, 3, 4].map((seq) => message(seq, gone)),
    message(5, { ...gone, user: ME }),
    message(6, { ...gone, deleted: "author" }),
    message(7, gone),
    message(8, { user: BOB }),
    ...[9, 10].map((seq) => message(seq, gone)),
  );
  assertEquals(rowsOf(room).map(({ fold }) => fold), [1, 3, 0, 0, 1, 1, 1, 1, 2, 0]);
  // From anywhere in the log.
  const some = makeRows({ room, pending: [], me: ME, start: 2, end: 4 });
  assertEquals(some.map(({ fold }) => fold), [0, 0]);
  // The line of what is unread stays in its place, and so does a line between.
  room.line.value = 3;
  assertEquals(rowsOf(room).map(({ fold }) => fold).slice(1, 4), [2, 0, 1]);
  const [first, second] = [rowsOf(room)[1], rowsOf(room)[1]];
  assert(first && second && isSameRow(first, second));
  assert(!isSameRow(first, { ...second, fold: 3 }));
});
