import { Hub } from "./hub.ts";
import type { Subscriber } from "./hub/room.ts";
import { LocalPresence } from "./hub/local_presence.ts";
import type { HubPermissions } from "./hub/permissions.ts";
import { type LocalState, openLocalState } from "./state/local.ts";
import type { ServerLine } from "./protocol/mod.ts";
import { assert, assertEquals } from "./testing/assert.ts";
import { Recorder } from "./testing/recorder.ts";

/**
 * A hub on a log in memory. `changed` replaces some of the permissions that the log gives.
 */
function startHub(
  limits = { maxRooms: 3, maxRoomsPerClient: 2 },
  changed: Partial<HubPermissions> = {},
): { hub: Hub; store: LocalState<Subscriber>; end: () => Promise<void> } {
  const store = openLocalState<Subscriber>({ path: ":memory:", sync: "full" });
  const [log, presence] = [store.messages, new LocalPresence()];
  const { actions, memberships } = store;
  const permissions: HubPermissions = {
    now: () => store.permissions.now(),
    isKeptOut: () => false,
    isBanned: (person) => store.permissions.isBanned(person),
    isDeleted: (person) => store.permissions.isDeleted(person),
    isProven: (proof) => store.permissions.isProven(proof),
    isLoggedIn: (session) => store.permissions.isLoggedIn(session),
    mayEnter: (person) => store.permissions.mayEnter(person),
    viewOf: (person, room) => store.permissions.viewOf(person, room),
    readersAmong: (people, room) => store.permissions.readersAmong(people, room),
    movedTo: (person, room) => store.permissions.movedTo(person, room),
    mayCreateRooms: (person) => store.permissions.mayCreateRooms(person),
    mayWriteIn: (person, room) => store.permissions.mayWriteIn(person, room),
    muteOf: (person, now) => store.permissions.muteOf(person, now),
    ...changed,
  };
  const hub = new Hub({ store: "s1", log, actions, memberships, permissions, presence, ...limits });
  const run = hub.run();
  return {
    hub,
    store,
    async end() {
      hub.close();
      await run;
      store[Symbol.dispose]();
    },
  };
}

let ids = 0;

function send(hub: Hub, client: Subscriber, text: string, room = "lobby", id = `m${ids++}`): void {
  hub.command(client, { type: "send", room, id, text });
}

function enter(hub: Hub, client: Subscriber, room = "lobby"): void {
  hub.register(client);
  hub.command(client, { type: "join", room });
}

/** Resolves when the hub has handled everything sent to it so far. */
async function settled(hub: Hub): Promise<void> {
  let deferred: boolean;
  do {
    // On a busy machine commands take more than one step, and the probe overtakes them.
    deferred = hub.waiting > 0;
    const probe = new Recorder("probe");
    hub.register(probe);
    hub.unregister(probe);
    while (probe.end === undefined) await new Promise((resolve) => setTimeout(resolve));
  } while (deferred || hub.waiting > 0);
}

Deno.test("Hub limits the rooms of a client, besides those of which its person is a member", async () => {
  const own = new Set(["m", "n"]);
  const { hub, store, end } = startHub({ maxRooms: 40, maxRoomsPerClient: 2 }, {
    viewOf(person, room) {
      const view = store.permissions.viewOf(person, room);
      return view && { ...view, ...(own.has(room) && { role: "member" }) };
    },
  });
  const ann = new Recorder("ann");
  hub.register(ann);
  for (const room of "mnabcb") hub.command(ann, { type: "join", room });
  await settled(hub);
  // One room becomes the person's own, and one is left.
  own.add("a");
  hub.command(ann, { type: "leave", room: "b", keep: true });
  for (const room of "cde") hub.command(ann, { type: "join", room });
  await settled(hub);
  const answers = ann.lines.flatMap((line) =>
    line.type === "joined" ? line.room : line.type === "error" ? `${line.code} ${line.ref}` : []
  );
  assertEquals(answers.sort().join(), "a,b,b,c,d,m,n,too_many c,too_many e");
  await end();
});

Deno.test("Hub sends each message to every member in one order", async () => {
  const { hub, end } = startHub();
  const clients = Array.from({ length: 5 }, (_, i) => new Recorder(`c${i}`));
  for (const client of clients) enter(hub, client);
  // On a busy machine the joins take more than one step, between which messages would be sent.
  for (const client of clients) await client.first("joined");
  const sent = Array.from({ length: 100 }, (_, i) => `message ${i}`);
  for (const [i, text] of sent.entries()) {
    send(hub, clients[i % 5]!, text); // i % 5 is one of the five
    if (i % 10 === 0) await settled(hub);
  }
  await end();
  for (const client of clients) assertEquals(client.texts, sent);
});

Deno.test("Hub joins the messages of a turn into one frame for each format, shared by its members", async () => {
  const { hub, end } = startHub();
  const [a, b] = [new Recorder("ann"), new Recorder("bob")];
  const [c, d] = [new Recorder("", { format: "plain" }), new Recorder("eve", { format: "plain" })];
  for (const client of [a, b, c, d]) enter(hub, client);
  await settled(hub);
  for (const text of ["one", "two\nlines", "zwölf"]) send(hub, a, text);
  send(hub, c, "nameless");
  await end();
  assertEquals(c.frames, [{ text: "ann: one\nann: two lines\nann: zwölf\nnameless", bytes: 44 }]);
  assert(c.frames[0] === d.frames[0]);
  assertEquals(a.texts, ["one", "two\nlines", "zwölf", "nameless"]);
  assert(a.frames.at(-1) === b.frames.at(-1));
});

Deno.test("Hub sends a client the messages between its join and its leave", async () => {
  const { hub, end } = startHub();
  const [client, witness] = [new Recorder("client"), new Recorder("witness")];
  enter(hub, witness);
  send(hub, witness, "before");
  await settled(hub);
  enter(hub, client);
  await settled(hub);
  send(hub, client, "while");
  hub.command(client, { type: "leave", room: "lobby" });
  send(hub, witness, "after");
  send(hub, client, "refused", "lobby", "refused");
  await settled(hub);
  assertEquals(client.texts, ["while"]);
  assertEquals(client.lines.map(({ type }) => type), ["joined", "left", "error", "message"]);
  assertEquals(witness.texts, ["before", "while", "after"]);
  hub.unregister(client);
  hub.unregister(client);
  await settled(hub);
  assertEquals(client.end, "released");
  assertEquals(hub.size, 1);
  await end();
});

Deno.test("Hub ends only the client whose rights can't be read", async () => {
  const fail = (): never => {
    throw new Error("disk I/O error");
  };
  const { hub, end } = startHub(undefined, {
    mayEnter: (person) => person !== "id-of-unread" || fail(),
    mayCreateRooms: (person) => person !== "id-of-opener" || fail(),
  });
  const [witness, unread, opener] = [
    new Recorder("witness"),
    new Recorder("unread"),
    new Recorder("opener"),
  ];
  const greeted = new Recorder("greeted");
  greeted.welcome = fail;
  enter(hub, witness);
  for (const client of [unread, greeted, opener]) enter(hub, client);
  hub.command(opener, { type: "join", room: "new" });
  send(hub, witness, "still here");
  await settled(hub);
  assertEquals([unread.end, greeted.end, opener.end], ["failed", "failed", "failed"]);
  assertEquals([hub.size, hub.roomCount], [1, 1]);
  await witness.first("message");
  assertEquals(witness.texts, ["still here"]);
  await end();
  assertEquals(witness.end, "drained");
});

Deno.test("Hub drops a client whose buffer is full, and nobody else notices", async () => {
  const { hub, end } = startHub();
  const [slow, quick] = [new Recorder("slow", { capacity: 2 }), new Recorder("quick")];
  enter(hub, slow);
  enter(hub, quick);
  for (const text of ["one", "two", "three"]) {
    await settled(hub);
    send(hub, quick, text);
  }
  await settled(hub);
  assertEquals(slow.end, "dropped");
  assertEquals(slow.texts, ["one"]);
  assertEquals(quick.texts, ["one", "two", "three"]);
  assertEquals(hub.size, 1);
  await end();
});

Deno.test("Hub delivers waiting messages when it is closed, then drains, and accepts nothing more", async () => {
  const { hub, end } = startHub();
  const client = new Recorder("ann");
  enter(hub, client);
  send(hub, client, "last");
  await end();
  assertEquals(hub.command(client, { type: "rooms" }), false);
  assertEquals(hub.register(new Recorder("late")), false);
  assertEquals(client.lines.map((line) => line.type), ["joined", "message"]);
  assertEquals(client.end, "drained");
  assertEquals(hub.size, 0);
});

Deno.test("Hub reads all sockets before a batch, so that a busy few do not shut out the others", async () => {
  const { hub, end } = startHub();
  const busy = new Recorder("busy");
  enter(hub, busy);
  await settled(hub);
  for (let i = 0; i < 128; i++) send(hub, busy, `first ${i}`);
  // This arrives in the next turn of the event loop, after the hub has woken.
  setTimeout(() => send(hub, busy, "second"));
  await busy.first("message", ({ text }) => text === "second");
  await end();
  assertEquals(busy.frames.filter(({ text }) => text.includes('"message"')).length, 1);
});

/** Joins `rooms` one after the other; returns the number of them that were joined. */
async function joinAll(hub: Hub, client: Recorder, rooms: string[]): Promise<number> {
  hub.register(client);
  for (const room of rooms) hub.command(client, { type: "join", room });
  const answers = (line: ServerLine, room: string) =>
    line.type === "joined" ? line.room === room : line.type === "error" && line.ref === room;
  for (const room of rooms) {
    while (!client.lines.some((line) => answers(line, room))) await settled(hub);
  }
  return client.all("joined").length;
}

Deno.test("Hub refuses nobody in the default room and in rooms with messages, whoever opens how many", async () => {
  const { hub, end } = startHub({ maxRooms: 100, maxRoomsPerClient: 100 });
  const ann = new Recorder("ann", { network: "192.0.2.7" });
  await joinAll(hub, ann, ["old"]);
  send(hub, ann, "kept", "old");
  await settled(hub);
  hub.unregister(ann);
  for (let i = 0; i < 20; i++) {
    const rooms = Array.from({ length: 100 }, (_, j) => `empty-${i}-${j}`);
    await joinAll(hub, new Recorder(`attacker ${i}`), rooms);
  }
  assert(hub.roomCount > 50 && hub.roomCount <= 100, `${hub.roomCount} rooms`);
  for (const network of ["192.0.2.1", "192.0.2.7"]) {
    const newcomer = new Recorder(`newcomer from ${network}`, { network });
    assertEquals(await joinAll(hub, newcomer, ["lobby", "old", "empty-0-0"]), 3);
  }
  const other = new Recorder("other", { network: "192.0.2.8" });
  assertEquals(await joinAll(hub, other, ["new", "newer"]), 2, "a room of one's own");
  await end();
});

Deno.test("Hub leaves others room to write to when one writes a message to each of many rooms", async () => {
  const { hub, end } = startHub({ maxRooms: 100, maxRoomsPerClient: 100 });
  for (let i = 0; i < 20; i++) {
    const attacker = new Recorder(`attacker ${i}`);
    for (let j = 0; j < 20; j++) {
      const room = `room-${i}-${j}`;
      await joinAll(hub, attacker, [room]);
      send(hub, attacker, "one", room);
      hub.command(attacker, { type: "leave", room });
      await settled(hub);
    }
    hub.unregister(attacker);
  }
  const ann = new Recorder("ann", { network: "192.0.2.7" });
  await joinAll(hub, ann, ["new", "lobby", "room-0-0"]);
  for (const room of ["new", "lobby", "room-0-0"]) send(hub, ann, `to ${room}`, room);
  await ann.first("message", ({ room }) => room === "room-0-0");
  assertEquals(new Set(ann.texts), new Set(["to new", "to lobby", "to room-0-0"]));
  await end();
});

Deno.test("Hub counts the rooms that one turn writes to for the first time", async () => {
  const { hub, end } = startHub({ maxRooms: 100, maxRoomsPerClient: 100 });
  const ann = new Recorder("ann");
  const rooms = (name: string) => Array.from({ length: 40 }, (_, i) => `${name}-${i}`);
  await joinAll(hub, ann, rooms("a"));
  for (const room of rooms("a")) send(hub, ann, "one", room);
  await settled(hub);
  assertEquals([ann.all("message").length, ann.all("error").length], [40, 0]);
  // Half of all rooms may be hers, and two messages to one room are one room.
  await joinAll(hub, ann, rooms("b"));
  for (const room of rooms("b")) {
    send(hub, ann, "one", room);
    send(hub, ann, "two", room);
  }
  await settled(hub);
  assertEquals([ann.all("message").length, ann.all("error").length], [40 + 20, 60]);
  assert(ann.all("error").every(({ code }) => code === "too_many"));
  await end();
});

Deno.test("Hub sends messages on while many join and leave", async () => {
  const { hub, end } = startHub({ maxRooms: 1000, maxRoomsPerClient: 100 });
  const ann = new Recorder("ann");
  enter(hub, ann);
  await ann.first("joined");
  const crowd = Array.from({ length: 500 }, (_, i) => new Recorder(`c${i}`));
  for (const client of crowd) {
    hub.register(client);
    for (const room of ["a", "b", "c"]) hub.command(client, { type: "join", room });
  }
  send(hub, ann, "still here");
  await ann.first("message");
  const waiting = crowd.filter((client) => client.all("joined").length < 3).length;
  assert(waiting > 400, `only ${waiting} of the crowd wait behind the message`);
  for (const client of crowd) await client.first("joined", ({ room }) => room === "c");
  await end();
});

Deno.test("Hub charges the rooms that people make, and lets nobody who is muted under any name make one", async () => {
  const { hub, end, store } = startHub({ maxRooms: 2, maxRoomsPerClient: 9 });
  const ann = new Recorder("ann");
  store.state.append([{ type: "name", person: ann.user.id, name: "ann", key: "ann", used: 1 }], 1);
  hub.register(ann);
  const create = (id: string) => {
    const command = { type: "create", kind: "public", title: "", topic: "" } as const;
    hub.command(ann, { ...command, id, room: id });
  };
  for (const id of ["r1", "r2"]) {
    create(id);
    await ann.first("created", ({ room }) => room === id);
  }
  create("r3");
  const { code, ref } = await ann.first("error");
  assertEquals([code, ref], ["too_many", "r3"]);

  store.state.append([
    { type: "name", person: "root", name: "root", key: "root", used: 1 },
    { type: "role", person: "root", role: "admin" },
    { type: "mute", person: "other", by: "root" },
  ], 2);
  const alias = Object.assign(new Recorder("ann"), { aliases: ["other"] });
  hub.register(alias);
  const about = { room: "r1", id: "a" };
  for (
    const command of [
      { type: "create", kind: "private", title: "x", topic: "", history: "all", id: "a" },
      { type: "set_room", setting: "topic", value: "x", ...about },
      { type: "remove", person: "someone", reason: "x", ...about },
      { type: "about", text: "x", id: "a" },
    ] as const
  ) {
    const before = alias.all("error").length;
    hub.command(alias, command);
    await alias.until(() => alias.all("error").length > before);
    assertEquals(alias.all("error").at(-1)?.code, "muted", command.type);
  }
  hub.command(alias, { type: "set_room", setting: "slow", value: 1, ...about });
  await alias.first("ok");
  await end();
});

Deno.test("Hub charges nobody for a room that somebody was refused to make", async () => {
  const { hub, end, store } = startHub({ maxRooms: 4, maxRoomsPerClient: 9 });
  const [ann, bob] = [new Recorder("ann"), new Recorder("bob")];
  for (const { user: { id, name } } of [ann, bob]) {
    store.state.append([{ type: "name", person: id, name, key: name, used: 1 }], 1);
  }
  for (const client of [ann, bob]) hub.register(client);
  const create = async (client: Recorder, room: string, id: string) => {
    hub.command(client, { type: "create", kind: "public", title: "", topic: "", room, id });
    await client.until(() =>
      client.lines.some((line) =>
        line.type === "error" ? line.ref === id : line.type === "created" && line.id === id
      )
    );
    return client.lines.at(-1)?.type;
  };
  assertEquals(await create(bob, "taken", "0"), "created");
  for (let id = 1; id <= 20; id++) {
    assertEquals(await create(ann, "taken", `${id}`), "error");
    assertEquals(ann.all("error").at(-1)?.code, "room_taken");
  }
  // Both come from one network.
  assertEquals(await create(bob, "free", "1"), "created");
  await end();
});

Deno.test("Hub refuses a command whose turn comes while its inbox is full", async () => {
  const { hub, end, store } = startHub();
  const { promise, resolve } = Promise.withResolvers<void>();
  store.actions.turn = () => promise;
  const [ann, stranger] = [new Recorder("ann"), new Recorder("stranger")];
  hub.register(ann);
  hub.command(ann, { type: "about", text: "", id: "a" });
  await settled(hub);
  // The turn is over before the hub reads its inbox.
  resolve();
  while (hub.command(stranger, { type: "typing", room: "lobby" }));
  const { code, ref } = await ann.first("error");
  assertEquals([code, ref], ["rate_limited", "a"]);
  await end();
});
