/** Removing a person's messages: all of them, at once or in steps, and nothing else. */
import { assert, assertEquals } from "../testing/assert.ts";
import { readArchive, writeArchive } from "../archive/state.ts";
import { message, scene } from "../testing/change_scene.ts";
import { upload } from "../testing/file_scene.ts";
import { HubOnState, kindOf } from "../testing/hub_on_state.ts";
import type { Recorder } from "../testing/recorder.ts";
import type { ServerLine } from "../protocol/mod.ts";
import { AttachmentTable } from "./attachment_table.ts";
import { openDatabase } from "./database.ts";
import type { Event } from "./events.ts";
import { MessageRemoval } from "./message_removal.ts";
import { Permissions } from "./permissions.ts";
import { State } from "./state.ts";

const HOUR_MS = 3_600_000;

/** As many messages of somebody in a room. */
function flood(client: Recorder, room: string, count: number): Event[] {
  return Array.from({ length: count }, (_, i) => message(client, room, `spam ${i}`));
}

/** Counts the messages of a room by author. */
function kept({ store }: HubOnState, room: string): Record<string, number> {
  const rows = store.state.database.db.prepare(`
    select author.person as person, count(*) as count from message
    join room on room.id = message.room and room.name = ?
    join author on author.id = message.author
    left join change on change.room = message.room and change.seq = message.seq
    where change.deleted is null group by author.person
  `).all(room);
  return Object.fromEntries(rows.map(({ person, count }) => [String(person), Number(count)]));
}

/** The audit log's records of removals. */
function recorded({ store }: HubOnState): unknown[] {
  return store.state.database.db.prepare(
    "select by, person, detail from audit where action = 'remove_messages' order by n",
  ).all().map(({ by, person, detail }) => [by, person, detail]);
}

function removed(line: ServerLine): [count: number, more: boolean] {
  assert(line.type === "removed", JSON.stringify(line));
  return [line.count, line.more];
}

Deno.test("an admin removes the messages of a spammer from all rooms, at once and for everyone", async () => {
  await using at = await scene();
  const { the, ann, bob, carl } = at;
  the.append(
    ...flood(bob, "tea", 60),
    message(ann, "tea", "@bob stop", { mentions: [bob.user.id] }),
    ...flood(bob, "den", 3),
    message(bob, "tea", "re", { re: 1, mentions: [ann.user.id] }),
  );
  assertEquals(removed(await the.ask(carl, { type: "remove_messages", person: bob.user.id })), [
    65,
    false,
  ]);
  assertEquals(kept(the, "tea"), { "id-of-ann": 2, "id-of-guest": 1 });
  assertEquals(kept(the, "den"), {});
  assertEquals(recorded(the), [["id-of-carl", "id-of-bob", "65"]]);
  // Few lines tell all who are there, in the order of rev.
  await ann.until(() => ann.all("deleted").flatMap(({ messages }) => messages).length > 60);
  const [first, all] = [ann.all("changed"), ann.all("deleted")];
  assertEquals([first.length, all.length], [1, 1]);
  assertEquals(first[0]?.message.deleted, "moderator");
  assertEquals([all[0]?.by, all[0]?.deleted, all[0]?.rev], [carl.user.id, "moderator", 62]);
  const revs = all[0]?.messages.map(([, rev]) => rev);
  assertEquals(revs, Array.from({ length: 61 }, (_, i) => i + 2));
  const { db } = the.store.state.database;
  for (const table of ["reply", "mention where person = 'id-of-ann'"]) {
    assertEquals(db.prepare(`select count(*) as n from ${table}`).get()?.n, 0, table);
  }
  const texts = db.prepare("select text from message where text like '%spam%'").all();
  assertEquals(texts, [], "erased at their places");
  // Once more there is nothing to do.
  const again = await the.ask(carl, { type: "remove_messages", person: bob.user.id });
  assertEquals(removed(again), [0, false]);
});

Deno.test("a removal of many messages continues in steps, each of which counts once", async () => {
  await using at = await scene();
  const { the, ann, bob, carl } = at;
  for (let i = 0; i < 5; i++) the.append(...flood(bob, "tea", 100), message(ann, "tea", "own"));
  const answer = await the.ask(carl, { type: "remove_messages", person: bob.user.id });
  assertEquals(removed(answer), [200, true]);
  the.append(message(bob, "tea", "later"));
  const removal = new MessageRemoval(the.store.state.database.db, the.store.permissions);
  const next = removal.next();
  assert(next !== undefined);
  const step: Event = { type: "messages_removed", ...next };
  the.append(step, step, { ...step, step: 9 });
  assertEquals(kept(the, "tea"), { "id-of-ann": 6, "id-of-bob": 102, "id-of-guest": 1 });
  await the.store.deletions.finish();
  assertEquals(kept(the, "tea"), { "id-of-ann": 6, "id-of-bob": 1, "id-of-guest": 1 });
  // A client in the room has received each step.
  const told = () => ann.all("deleted").flatMap(({ messages }) => messages).length;
  await ann.until(() => told() + ann.all("changed").length === 501);
  const who = ["id-of-carl", "id-of-bob"];
  assertEquals(recorded(the), [[...who, "200+"], [...who, "501"]]);
});

Deno.test("a removal that goes on after an import is recorded once", async () => {
  await using at = await scene();
  const { the, bob, carl } = at;
  the.append(...flood(bob, "tea", 300));
  const answer = await the.ask(carl, { type: "remove_messages", person: bob.user.id });
  assertEquals(removed(answer), [200, true]);
  using copy = openDatabase({ path: ":memory:", sync: "full" });
  await writeArchive(copy, ReadableStream.from(readArchive(the.store.state.database)));
  const { db } = copy;
  const removal = new MessageRemoval(db, new Permissions(db));
  const next = removal.next();
  assertEquals(removal.step(next?.removal ?? 0, 1, next?.step)?.more, false);
  const rows = db.prepare("select detail from audit where action = 'remove_messages' order by n");
  assertEquals(rows.all().map(({ detail }) => detail), ["200+", "301"]);
});

Deno.test("an admin's removal takes the files along that wait for a message", async () => {
  await using at = await scene();
  const { the, ann, bob, carl } = at;
  const [named, waiting, others] = [upload(bob), upload(bob), upload(ann)];
  the.append(named, waiting, others, message(bob, "tea", "look", { files: [named.id] }));
  const files = () =>
    [...new AttachmentTable(the.store.state.database.db).all()].map(({ id }) => id);
  const inRoom = { type: "remove_messages", person: bob.user.id, room: "tea" } as const;
  assertEquals(removed(await the.ask(ann, inRoom)), [2, false]);
  assertEquals(files().sort(), [waiting.id, others.id].sort(), "it may be for another room");
  assertEquals(removed(await the.ask(carl, { type: "remove_messages", person: bob.user.id })), [
    0,
    false,
  ]);
  assertEquals(files(), [others.id]);
});

Deno.test("a moderator removes what somebody has sent to the room, and nobody else does", async () => {
  await using at = await scene();
  const { the, ann, bob, carl, guest } = at;
  the.append(...flood(bob, "tea", 2), ...flood(bob, "den", 2));
  const command = { type: "remove_messages", person: bob.user.id, room: "tea" } as const;
  for (
    const [who, person, expected] of [
      [bob, ann.user.id, "forbidden"],
      [guest, bob.user.id, "forbidden"],
      [ann, ann.user.id, "forbidden"],
      [ann, "nobody", "removed"],
      [ann, bob.user.id, "removed"],
    ] as const
  ) {
    assertEquals(kindOf(await the.ask(who, { ...command, person })), expected);
  }
  assertEquals(kept(the, "tea"), { "id-of-ann": 1, "id-of-guest": 1 });
  assertEquals(kept(the, "den"), { "id-of-bob": 2 });
  assertEquals(kindOf(await the.ask(ann, { ...command, room: "den" })), "forbidden");
  // An admin who is no member is in charge of a public room all the same.
  assertEquals(removed(await the.ask(carl, { ...command, room: "den" })), [2, false]);
  assertEquals(recorded(the), [
    ["id-of-ann", "id-of-bob", "3 tea"],
    ["id-of-carl", "id-of-bob", "2 den"],
  ]);
});

Deno.test("direct rooms are left alone, and private ones are named in no audit log", async () => {
  await using the = new HubOnState();
  const [ann, bob, root] = [the.person("ann"), the.person("bob"), the.person("root", "admin")];
  const direct = await the.ask(ann, { type: "direct", people: [bob.user.id] });
  const made = await the.ask(ann, {
    ...{ type: "create", kind: "private", title: "Board", topic: "", history: "joined" },
  });
  assert(direct.type === "created" && made.type === "created");
  const board = made.room;
  the.append(...flood(ann, board, 2), {
    ...{ type: "room_member", room: board, person: bob.user.id, by: ann.user.id },
  });
  the.append(...flood(bob, direct.room, 2), ...flood(bob, board, 2));
  const inDirect = { type: "remove_messages", person: bob.user.id, room: direct.room } as const;
  assertEquals(kindOf(await the.ask(ann, inDirect)), "forbidden");
  assertEquals(kindOf(await the.ask(root, inDirect)), "no_room");
  assertEquals(kindOf(await the.ask(root, { ...inDirect, room: board })), "no_room");
  const all = await the.ask(root, { type: "remove_messages", person: bob.user.id });
  assertEquals(removed(all), [2, false]);
  assertEquals(kept(the, direct.room), { "id-of-bob": 2 });
  // A moderator who may not see what was before leaves it alone.
  the.append(
    { type: "moderator", room: board, person: bob.user.id, on: true, by: ann.user.id },
    ...flood(ann, board, 1),
  );
  const own = await the.ask(bob, { type: "remove_messages", person: ann.user.id, room: board });
  assertEquals(removed(own), [1, false]);
  assertEquals(kept(the, board), { "id-of-ann": 2 });
  assertEquals(recorded(the), [["id-of-root", "id-of-bob", "2"], ["id-of-bob", "id-of-ann", "1"]]);
});

Deno.test("with an account its messages go if that is wanted, direct ones too", async () => {
  await using the = new HubOnState();
  const [ann, bob, root] = [the.person("ann"), the.person("bob"), the.person("root", "admin")];
  const direct = await the.ask(ann, { type: "direct", people: [bob.user.id] });
  assert(direct.type === "created");
  the.append(
    ...flood(ann, "tea", 3),
    ...flood(bob, "tea", 2),
    ...[ann, bob].flatMap((client) => flood(client, direct.room, 2)),
    { type: "account_deleted", person: ann.user.id, generation: 0, messages: true },
  );
  await the.store.deletions.finish();
  assertEquals(kept(the, "tea"), { "id-of-bob": 2 });
  assertEquals(kept(the, direct.room), { "id-of-bob": 2 });
  const { db } = the.store.state.database;
  const deleters = db.prepare("select distinct deleted from change").all().map((row) =>
    row.deleted
  );
  assertEquals(deleters, ["author"]);
  const command = { type: "delete_account", person: bob.user.id, messages: true } as const;
  assertEquals(kindOf(await the.ask(root, command)), "ok");
  await the.store.deletions.finish();
  assertEquals(kept(the, "tea"), {});
});

Deno.test("a removal of the last hour leaves older messages, in every room", () => {
  using database = openDatabase({ path: ":memory:", sync: "normal" });
  const state = new State(database);
  let position = 0;
  const apply = (at: number, ...events: Event[]) => {
    position++;
    const batch = { run: "run", number: position, events: events.map((event) => ({ ...event })) };
    return state.apply([{ position, at, batch }])[0]?.outcomes ?? [];
  };
  const user = { id: "bob", name: "bob" };
  const send = (room: string, id: string): Event => {
    return { type: "message", room, id, user, text: id };
  };
  const now = 10 * HOUR_MS;
  apply(
    now - 3 * HOUR_MS,
    { type: "name", person: "ann", name: "ann", key: "ann", used: 1 },
    { type: "role", person: "ann", role: "admin" },
    ...Array.from({ length: 20 }, (_, i) => send(`r${i % 4}`, `old${i}`)),
  );
  apply(now - 1000, ...Array.from({ length: 6 }, (_, i) => send(`r${i % 3}`, `new${i}`)));
  const remove: Event = { type: "remove_messages", person: "bob", by: "ann", within: 3600 };
  const [outcome] = apply(now, remove);
  assert(outcome?.type === "changed");
  assertEquals(outcome.removed, { count: 6, more: false });
  const ids = database.db.prepare(`
    select id from message
    where not exists (select 1 from change where room = message.room and seq = message.seq)
  `).all().map(({ id }) => String(id));
  assert(ids.length === 20 && ids.every((id) => id.startsWith("old")), ids.join());
  const removal = new MessageRemoval(database.db, new Permissions(database.db));
  assertEquals(removal.all(), []);
});

Deno.test("nobody has messages removed with the rights of another whose removal is under way", async () => {
  await using the = new HubOnState();
  const [mod, ann, bob] = [the.person("mod"), the.person("ann"), the.person("bob")];
  const created = await the.ask(mod, {
    ...{ type: "create", kind: "private", title: "Board", topic: "", history: "joined" },
  });
  assert(created.type === "created");
  const { room } = created;
  await the.ask(mod, { type: "add", room, person: bob.user.id });
  the.append(...flood(bob, room, 10));
  await the.ask(mod, { type: "add", room, person: ann.user.id });
  await the.ask(mod, { type: "moderator", room, person: ann.user.id, on: true });
  the.append(...flood(bob, room, 300));
  const asked = { type: "remove_messages", person: bob.user.id, room } as const;
  // The first ten are an hour old, as far as this removal goes, and none that the other moderator may see.
  const { db } = the.store.state.database;
  db.exec(`update message set at = at - ${HOUR_MS} where seq <= 10`);
  assertEquals(removed(await the.ask(mod, { ...asked, within: 60 })), [200, true]);
  assertEquals(removed(await the.ask(ann, asked))[1], false);
  await the.store.deletions.finish();
  assertEquals(kept(the, room), { "id-of-bob": 10 });
  assertEquals(recorded(the).map((entry) => Array.isArray(entry) && entry[0]), [
    ...[mod.user.id, ann.user.id, mod.user.id],
  ]);
});

Deno.test("a removal ends with its room, whose row another room may have then", async () => {
  await using at = await scene();
  const { the, ann, bob, carl } = at;
  the.append(...flood(ann, "tea", 500));
  const make = async (room: string) =>
    kindOf(await the.ask(ann, { type: "create", kind: "public", room, title: "", topic: "" }));
  assertEquals(await make("last"), "created");
  the.append(...flood(bob, "last", 300));
  // While this one is under way, the next one waits.
  assertEquals(
    removed(await the.ask(carl, { type: "remove_messages", person: ann.user.id })),
    [200, true],
  );
  const asked = { type: "remove_messages", person: bob.user.id, room: "last" } as const;
  assertEquals(removed(await the.ask(ann, asked)), [200, true]);
  the.append({ type: "room_deleted", room: "last", by: ann.user.id });
  for (let step = 1; step < 4; step++) the.append({ type: "room_erased", job: 1, step });
  assertEquals(await make("next"), "created");
  the.append(...flood(bob, "next", 3));
  await the.store.deletions.finish();
  assertEquals(kept(the, "next"), { "id-of-bob": 3 });
});
