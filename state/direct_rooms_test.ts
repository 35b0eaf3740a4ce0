import type { Effect } from "../hub/effects.ts";
import { DEFAULT_ROOM } from "../protocol/mod.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { HubOnState } from "../testing/hub_on_state.ts";
import { DIRECTS_LEFT } from "./direct_rooms.ts";
import type { Event } from "./events.ts";
import { openLocalState } from "./local.ts";
import { MEMBERSHIPS_LIMIT, MembershipTable, ROOMS_LIMIT } from "./membership_table.ts";
import { effectsOf } from "./outcome.ts";
import { State } from "./state.ts";

/** The rooms that each person opens: a day has no more. */
const OPENED = 20;

/** The rooms of a full list that are hidden for one more. */
const HIDDEN = ROOMS_LIMIT - DIRECTS_LEFT + 1;

/** A direct room, and who opens it. */
interface Direct {
  readonly room: string;
  readonly by: string;
  readonly people?: readonly string[];
}

/** Returns direct rooms that others open with a person. */
function directsWith(person: string, count: number): Direct[] {
  return Array.from({ length: count }, (_, i) => {
    const by = `writer${Math.floor(i / OPENED)}`;
    const room = `~${String.fromCharCode(97 + i / 26, 97 + i % 26).padEnd(20, "x")}`;
    return { room, by, people: [person, by, `other${i % OPENED}`] };
  });
}

/** The events by which those who open rooms, and whom they add, have names. */
function namesOf(directs: readonly Direct[]): Event[] {
  const people = new Set(directs.flatMap(({ by, people = [] }) => [by, people.at(-1) ?? by]));
  return [...people].map((person) => ({
    ...{ type: "name", person, name: person, key: person, used: 1 },
  }));
}

function roomMade({ room, by, people = [] }: Direct): Event {
  const about = { title: "", topic: "", history: "all" } as const;
  return { type: "room_made", room, kind: "direct", ...about, people, by };
}

function message({ room, by }: Direct, id: string): Event {
  return { type: "message", room, id, user: { id: by, name: by }, text: "Hi" };
}

/** A chat in which others have opened direct rooms with Bob, who sees none of them before its first message. */
class ManyDirects implements Disposable {
  readonly rooms: readonly Direct[];
  readonly store = openLocalState({ path: ":memory:", sync: "normal" });
  readonly memberships = new MembershipTable(this.store.state.database.db);
  #state = this.store.state;
  #at = 0;
  #ids = 0;

  constructor(count: number) {
    this.rooms = directsWith("bob", count);
    this.append({ type: "name", person: "bob", name: "bob", key: "bob", used: 1 });
    this.append({ type: "leave", person: "bob", room: DEFAULT_ROOM });
    this.append(...namesOf(this.rooms), ...this.rooms.map(roomMade));
  }

  append(...events: Event[]) {
    return this.#state.append(events, ++this.#at);
  }

  /** Appends one batch with a message in each of some rooms. Returns the effects on Bob. */
  send(...rooms: readonly Direct[]): Effect[] {
    return this.append(...rooms.map((room) => message(room, `m${this.#ids++}`))).flatMap((
      outcome,
    ) => effectsOf(outcome).filter((effect) => "person" in effect && effect.person === "bob"));
  }

  /** Whether Bob sees each of some rooms. */
  sees(...rooms: readonly Direct[]): boolean[] {
    return rooms.map(({ room }) => this.memberships.of("bob", room) !== undefined);
  }

  /** Applies what follows as a server that has just started, which remembers nothing. */
  restart(): void {
    this.#state = new State(this.store.state.database);
  }

  [Symbol.dispose](): void {
    this.store[Symbol.dispose]();
  }
}

/** Returns the rooms that effects hide. */
function hiddenBy(effects: readonly Effect[]): string[] {
  return effects.flatMap((effect) => effect.type === "expel" ? [effect.room] : []);
}

/** Returns the addresses of rooms. */
function addresses(rooms: readonly Direct[]): string[] {
  return rooms.map(({ room }) => room);
}

Deno.test("the quietest direct rooms are hidden many at once, so that few messages take long", () => {
  using the = new ManyDirects(ROOMS_LIMIT + 1);
  const [quiet, lively] = [the.rooms.slice(0, HIDDEN), the.rooms.slice(HIDDEN, -1)];
  assertEquals(hiddenBy([...the.send(...quiet), ...the.send(...lively)]), []);
  const effects = the.send(...the.rooms.slice(-1));
  assertEquals(hiddenBy(effects).sort(), addresses(quiet));
  // All of the person's connections are sent them: as soon as there is time.
  assertEquals(effects.every((effect) => "late" in effect && effect.late), true);
  assertEquals(the.memberships.listed("bob").length, DIRECTS_LEFT);
  // Each appears with its next message, although nothing else was applied, until the list is full again.
  for (const room of quiet.slice(0, ROOMS_LIMIT - DIRECTS_LEFT)) {
    assertEquals(the.send(room), [
      { type: "membership", person: "bob", room: room.room, late: true },
    ]);
  }
  assertEquals(the.memberships.listed("bob").length, ROOMS_LIMIT);
});

Deno.test("no direct room is hidden that has had a message in the same batch", () => {
  using the = new ManyDirects(ROOMS_LIMIT + 1);
  const [quiet, lively] = [the.rooms.slice(0, HIDDEN), the.rooms.slice(HIDDEN, -2)];
  the.send(...quiet);
  the.send(...lively);
  // The last one finds the list full; one that is hidden for it appears again.
  const [seen, again] = quiet;
  const batch = [seen, ...the.rooms.slice(-2), again].filter((room) => room !== undefined);
  assertEquals(the.sees(...batch), [true, false, false, true]);
  const hidden = hiddenBy(the.send(...batch));
  assertEquals([hidden.length, hidden.includes(addresses(quiet)[1] ?? "")], [HIDDEN, true]);
  assertEquals(the.sees(...batch), [true, true, true, true]);
});

Deno.test("a person who joins more and more direct rooms sees no more of them than others", () => {
  using the = new ManyDirects(ROOMS_LIMIT + 5);
  const join = (rooms: readonly Direct[]) =>
    the.append(...rooms.map(({ room }) => ({ type: "join", person: "bob", room } as const)))
      .flatMap((outcome) => hiddenBy(effectsOf(outcome)));
  const [first, others, last] = [
    the.rooms.slice(0, 1),
    the.rooms.slice(1, -5),
    the.rooms.slice(-5),
  ];
  for (const rooms of [first, others, last]) the.send(...rooms);
  the.append(...the.rooms.map(({ room }) => ({ type: "leave", person: "bob", room } as const)));
  assertEquals(join(others), []);
  assertEquals(join(first), []);
  assertEquals(join(last).length, HIDDEN);
  assertEquals(the.memberships.listed("bob").length, DIRECTS_LEFT + 4);
  // One that was joined just now is not quiet, however old its messages are.
  assertEquals(the.sees(...first, ...last), Array(6).fill(true));
});

Deno.test("a person who is in as many other rooms as possible still joins direct ones", () => {
  using the = new ManyDirects(1);
  const others = Array.from(
    { length: MEMBERSHIPS_LIMIT },
    (_, i) => ({ room: `r${i}`, by: "bob" }),
  );
  the.send(...others);
  assertEquals(the.memberships.count("bob"), MEMBERSHIPS_LIMIT);
  the.append(...the.rooms.map(({ room }) => ({ type: "join", person: "bob", room } as const)));
  assertEquals(the.sees(...the.rooms), [true]);
});

Deno.test("a list that has grown beyond the limit is sent without its quietest direct rooms", () => {
  using the = new ManyDirects(ROOMS_LIMIT + 20);
  the.send(...the.rooms.slice(20), { room: "tea", by: "bob" });
  the.send(...the.rooms.slice(0, 20));
  const { db } = the.store.state.database;
  db.exec(`
    insert or ignore into membership select 'bob', id, 1, null, 'all', 0, id, 0 from room
    where kind = 'direct'
  `);
  const sent = the.store.memberships.readAll("bob").flatMap(({ rooms }) => rooms)
    .map(({ room }) => room);
  assertEquals([sent.length, sent.includes("tea")], [ROOMS_LIMIT + 1, true]);
  assertEquals(addresses(the.rooms.slice(0, 20)).every((room) => sent.includes(room)), true);
});

Deno.test("a server hides the same direct rooms whatever it remembers", () => {
  using one = new ManyDirects(ROOMS_LIMIT + 20);
  using other = new ManyDirects(ROOMS_LIMIT + 20);
  for (const the of [one, other]) {
    const send = (...rooms: readonly Direct[]) => {
      the.send(...rooms);
      if (the === other) the.restart();
    };
    send(...the.rooms.slice(0, 300));
    send(...the.rooms.slice(300, ROOMS_LIMIT - 2));
    const last = the.rooms.slice(ROOMS_LIMIT - 2);
    send(...last.slice(0, 1));
    // A room of his own fills the list as well.
    send({ room: "tea", by: "bob" }, ...last.slice(1, 2));
    send(...last.slice(2), ...the.rooms.slice(0, 10));
  }
  const listOf = (the: ManyDirects) =>
    the.memberships.all("bob").map(({ room, place, since }) => [room, place, since]);
  assertEquals(listOf(one), listOf(other));
  assertEquals(listOf(one).length < ROOMS_LIMIT, true);
});

Deno.test("direct rooms that others open leave a person places in other rooms, and hide the quietest ones", async () => {
  await using the = new HubOnState();
  const bob = the.person("bob");
  await bob.first("state");
  // With the lobby, ten more than fit.
  const directs = directsWith(bob.user.id, ROOMS_LIMIT + 9);
  the.append(...namesOf(directs), ...directs.map(roomMade));
  the.append(...directs.map((direct) => message(direct, "one")));
  // Bob is not sent that it was hidden in between.
  const [seen, again] = directs.slice(DIRECTS_LEFT - 1);
  assert(seen !== undefined && again !== undefined);
  the.append(message(again, "two"));
  await bob.until(() => bob.all("left").length === HIDDEN - 2);
  await bob.first("room", ({ room }) => room === again.room);
  const left = bob.all("left").map(({ room }) => room);
  assertEquals([seen, again].map(({ room }) => left.includes(room)), [true, false]);
  const board = await the.ask(bob, {
    ...{ type: "create", kind: "private", title: "Board", topic: "", history: "all" },
  });
  assert(board.type === "created");
  const all = the.store.memberships.readAll(bob.user.id).flatMap(({ rooms }) => rooms);
  assertEquals(all.length, 1 + DIRECTS_LEFT + 9 + 1 + 1);
  assertEquals(all.at(-1)?.room, board.room);
});
