import type { Message } from "../../protocol/mod.ts";
import { nameKey } from "../../protocol/names.ts";
import { assert, assertEquals } from "../../testing/assert.ts";
import { cpuTime } from "../../testing/cpu_time.ts";
import { BOB, ME, message } from "./chat_fixture.ts";
import { isOwnMention } from "./mentions.ts";
import { Room } from "./room.ts";
import { foldsOf, isSameRow, makeRows, type Row } from "./rows.ts";

function rowsOf(room: Room, ignored: ReadonlySet<string> = new Set()): Row[] {
  const folds = foldsOf(room, ignored);
  const end = room.timeline.messages.length;
  return makeRows({ room, pending: [], me: ME, folds, start: 0, end });
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

Deno.test("a row is drawn again for other names only if it may have one", () => {
  const rows = rowsOf(roomWith(message(1, { text: "#a\n" }), message(2, { text: "@Ann" })));
  assertEquals(rows.map((row) => isSameRow(row, { ...row }, false)), [true, false]);
  assertEquals(rows.map((row) => isSameRow(row, { ...row })), [true, true]);
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
  const foldsIn = () => rowsOf(room).map(({ seq, fold }) => [seq, fold]);
  assertEquals(foldsIn(), [[1, 1], [2, 3], [5, 1], [6, 1], [7, 1], [8, 1], [9, 2]]);
  // The line of what is unread stays in its place.
  room.line.value = 3;
  assertEquals(foldsIn().slice(1, 4), [[2, 2], [4, 1], [5, 1]]);
  room.line.value = undefined;
  // And so does an event between.
  room.notices.value = [{ kind: "joined", user: ME, after: 3 }];
  assertEquals(foldsIn().slice(1, 5), [[2, 2], [3, 0], [4, 1], [5, 1]]);
  const [first, second] = [rowsOf(room)[1], rowsOf(room)[1]];
  assert(first && second && isSameRow(first, second));
  assert(!isSameRow(first, { ...second, fold: 3 }));
});

Deno.test("messages of an ignored person have no row of their own but for the first of several", () => {
  const room = roomWith(
    message(1, { user: BOB }),
    ...[2, 3, 4].map((seq) => message(seq, { user: BOB })),
    message(5, { user: ME }),
    message(6, { user: BOB }),
    message(7, { user: BOB }),
  );
  room.notices.value = [{ kind: "joined", user: ME, after: 7 }];
  const seqs = (ignored: string[]) => rowsOf(room, new Set(ignored)).map(({ seq }) => seq);
  assertEquals(seqs([BOB.id]), [1, 5, 6, 7]);
  assertEquals(seqs([]), [1, 2, 3, 4, 5, 6, 7]);
});

Deno.test("a flood that a moderator deleted is soon folded", () => {
  const gone = { text: "", deleted: "moderator", user: BOB } as const;
  const room = roomWith(...Array.from({ length: 30_000 }, (_, i) => message(i + 1, gone)));
  const began = cpuTime();
  const { hidden } = foldsOf(room, new Set());
  const took = cpuTime() - began;
  assertEquals(hidden.size, 29_999);
  assert(took < 300, `it took ${took} ms`);
});
