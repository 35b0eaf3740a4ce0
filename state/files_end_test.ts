/** Messages with files as they are read, and the end of files. */
import { DAY_MS, HOUR_MS } from "../lib/time.ts";
import type { Message, ServerLine } from "../protocol/mod.ts";
import { newHiddenRoom } from "../protocol/addresses.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { change, edit, message, read, scene } from "../testing/change_scene.ts";
import { newFileId, upload } from "../testing/file_scene.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { HubOnState } from "../testing/hub_on_state.ts";
import type { Recorder } from "../testing/recorder.ts";
import { type Attachment, AttachmentTable } from "./attachment_table.ts";
import { openDatabase } from "./database.ts";
import type { ReceivedEntry } from "./entry.ts";
import { ErasedTexts } from "./erased_texts.ts";
import type { Event } from "./events.ts";
import type { FileEvent } from "./kinds/file.ts";
import { openLocalState } from "./local.ts";
import { LocalLog } from "./local_log.ts";
import { State } from "./state.ts";
import { Retention } from "./retention.ts";

/** Counts the remaining rows and contents of files. */
function left(the: HubOnState) {
  const table = new AttachmentTable(the.store.state.database.db);
  return {
    files: [...table.all()].map(({ id }) => id).sort(),
    gone: table.gone(99),
    ...sum(table),
  };
}

function sum({ total }: AttachmentTable) {
  return { count: total.files, contents: total.contents, bytes: total.bytes };
}

const NOTHING = { files: [], count: 0, contents: 0, bytes: 0 };

/** Uploads a file for somebody. */
function uploaded(the: HubOnState, by: Recorder, more: Partial<FileEvent> = {}): string {
  const event = upload(by, more);
  the.append(event);
  return event.id;
}

function files(messages: readonly Message[] | undefined): unknown {
  return messages?.map((message) => message.files?.map(({ id }) => id));
}

Deno.test("an id that comes again has no bytes of the file that had it before", async () => {
  await using s = await scene();
  const { the, bob } = s;
  const append = (event: Event) => the.store.state.append([event], 1)[0]?.type;
  const expire = () => append({ type: "files_expired", before: DAY_MS });
  const first = upload(bob, { sha256: "one" });
  const same = upload(bob, { sha256: "one" });
  assertEquals([append(first), append(same)], ["changed", "changed"]);
  the.append(message(bob, "tea", "", { files: [same.id] }));
  expire();
  // The bytes of the first are those of the second file now.
  assertEquals(left(the).files, [same.id]);
  assertEquals(append({ ...first, sha256: "two" }), "refused");

  const other = upload(bob, { sha256: "three" });
  append(other);
  expire();
  assert(left(the).gone.includes(other.id));
  assertEquals(append({ ...other, sha256: "four" }), "changed");
  assert(!left(the).gone.includes(other.id));
});

Deno.test("a message has its files wherever it is read", async () => {
  await using s = await scene();
  const { the, ann, bob, guest } = s;
  const [one, two] = [uploaded(the, bob), uploaded(the, bob)];
  const sent = message(bob, "tea", "@ann", { files: [one], mentions: [ann.user.id], re: 1 });
  the.append(sent, message(bob, "tea", "", { files: [one, two] }));
  await guest.until(() => guest.all("message").some(({ seq }) => seq === 5));
  assertEquals(files(guest.all("message").slice(-2)), [[one], [one, two]]);
  assertEquals(files(await read(the, ann)), [undefined, undefined, undefined, [one], [one, two]]);
  const [again] = the.store.state.append([sent], 1);
  assert(again?.type === "duplicate");
  assertEquals(files([again.message]), [[one]]);
  const of = (line: ServerLine) =>
    "messages" in line && line.type !== "deleted" ? files(line.messages) : line.type;
  await the.ask(ann, change({ type: "pin", room: "tea", seq: 4, on: true }));
  await the.ask(bob, edit(5, "with a text"));
  assertEquals(of(await the.ask(ann, { type: "pins", room: "tea" })), [[one]]);
  assertEquals(of(await the.ask(ann, { type: "changes", room: "tea", rev: 0 })), [
    [one],
    [one, two],
  ]);
  assertEquals(of(await the.ask(ann, { type: "inbox", limit: 9 })), [[one]]);
  await ann.until(() => ann.all("changed").some(({ message }) => message.seq === 5));
  assertEquals(files([ann.all("changed").at(-1)?.message].filter((one) => one !== undefined)), [
    [one, two],
  ]);
  the.hub.command(guest, { type: "history", room: "tea", after: 3, limit: 1 });
  await guest.until(() => guest.all("history").length > 0);
  assertEquals(of(guest.all("history")[0] ?? { type: "ok" }), [[one]]);
});

Deno.test("the command files lists a room's messages with files, the newest first", async () => {
  await using s = await scene();
  const { the, ann, bob, guest } = s;
  const ids = Array.from({ length: 60 }, () => uploaded(the, ann));
  the.append(...ids.map((id) => message(ann, "tea", "", { files: [id] })));
  const ask = async (client: Recorder, room: string, before?: number) => {
    const line = await the.ask(client, {
      ...{ type: "files", room },
      ...(before !== undefined && { before }),
    });
    return line.type === "files"
      ? { seqs: line.messages.map(({ seq }) => seq), more: line.more, messages: line.messages }
      : line;
  };
  const first = await ask(guest, "tea");
  assert("seqs" in first);
  assertEquals(first.seqs, Array.from({ length: 50 }, (_, i) => 63 - i));
  assertEquals([first.more, files(first.messages.slice(0, 1))], [true, [[ids[59]]]]);
  const rest = await ask(guest, "tea", 14);
  assert("seqs" in rest);
  assertEquals([rest.seqs, rest.more], [Array.from({ length: 10 }, (_, i) => 13 - i), false]);
  assertEquals(await ask(guest, "empty"), { seqs: [], more: false, messages: [] });
  // Of a private room: to its members, from where each may see it.
  const room = newHiddenRoom();
  const by = ann.user.id;
  the.append(
    { ...{ type: "room_made", room, kind: "private", title: "Us", topic: "" }, ...HIS_OWN, by },
    message(ann, room, "", { files: [uploaded(the, ann)] }),
    { type: "room_member", room, person: bob.user.id, by },
    message(ann, room, "", { files: [uploaded(the, ann)] }),
  );
  const seen = await ask(bob, room);
  assertEquals("seqs" in seen && seen.seqs, [2]);
  const outside = await ask(guest, room);
  assertEquals("code" in outside && outside.code, "no_room");
});

const HIS_OWN = { history: "joined", people: [] } as const;

Deno.test("the last message that names a file deletes it, however the message ends", async () => {
  await using s = await scene();
  const { the, ann, bob, carl } = s;
  const by = carl.user.id;
  // Deleted: one of two messages, then the other; resending the first brings nothing back.
  const small = uploaded(the, bob, { size: 10 });
  const file = uploaded(the, bob, { preview: small });
  const sent = message(bob, "tea", "", { files: [file] });
  the.append(sent, message(ann, "tea", "", { files: [file] }));
  await the.ask(bob, change({ type: "delete", room: "tea", seq: 4 }));
  assertEquals(left(the), {
    ...{ files: [file, small].sort(), gone: [], count: 2, contents: 2, bytes: 1010 },
  });
  await the.ask(carl, change({ type: "delete", room: "tea", seq: 5 }));
  assertEquals(left(the), { ...NOTHING, gone: [file, small].sort() });
  const [again] = the.store.state.append([sent], 1);
  assert(again?.type === "duplicate" && again.message.deleted === "author");
  // To somebody else it is no file any more.
  const [late] = the.store.state.append([message(ann, "tea", "", { files: [file] })], 1);
  assert(late?.type === "refused" && late.code === "no_file");

  const fresh = (room: string) => {
    const id = uploaded(the, ann);
    the.append(message(ann, room, "", { files: [id] }));
    return id;
  };
  const ends: [string, () => Promise<unknown> | void][] = [
    ["retention", () => the.append({ type: "retention", room: "tea", before: 99 })],
    ["a room that is deleted", async () => {
      the.append({ type: "room_deleted", room: "garden", by });
      await the.store.deletions.finish();
    }],
    ["a removal of all messages of a person", async () => {
      const line = await the.ask(carl, { type: "remove_messages", person: ann.user.id });
      assert(line.type === "removed" && line.count > 0);
    }],
    ["a private room that is left", async () => {
      the.append({ type: "leave", room: HIDDEN, person: ann.user.id });
      await the.store.deletions.finish();
    }],
  ];
  the.append(
    {
      ...{ type: "room_made", room: HIDDEN, kind: "private", title: "Us", topic: "" },
      ...{ history: "all", people: [], by: ann.user.id },
    },
  );
  for (const [i, room] of ["tea", "garden", "pot", HIDDEN].entries()) {
    const id = fresh(room);
    assertEquals(left(the).files, [id]);
    await ends[i]?.[1]();
    assertEquals(left(the).files, [], ends[i]?.[0]);
    assert(left(the).gone.includes(id));
  }
  // A room that nobody may read any more has files until its messages are gone; nobody may read them.
  assertEquals(left(the).bytes, 0);
});

const HIDDEN = newHiddenRoom();

Deno.test("a deleted room's files are nobody's at once", async () => {
  await using s = await scene();
  const { the, ann, bob, carl } = s;
  const file = uploaded(the, ann);
  the.append(message(ann, "tea", "", { files: [file] }));
  assert(the.store.permissions.mayReadFile(bob.user.id, file));
  the.append({ type: "room_deleted", room: "tea", by: carl.user.id });
  assert(!the.store.permissions.mayReadFile(bob.user.id, file));
  const [outcome] = the.store.state.append([message(bob, "pot", "", { files: [file] })], 1);
  assert(outcome?.type === "refused" && outcome.code === "no_file");
});

Deno.test("equal contents are kept once, until the last file with them is gone", async () => {
  await using s = await scene();
  const { the, ann, bob } = s;
  const table = new AttachmentTable(the.store.state.database.db);
  const [one, two] = [ann, bob].map((client) => uploaded(the, client, { sha256: "same" }));
  assert(one !== undefined && two !== undefined);
  assertEquals(table.of(two)?.content, one);
  // The second one's own bytes are not needed.
  assertEquals(left(the), {
    ...{ files: [one, two].sort(), gone: [two], count: 2, contents: 1, bytes: 1000 },
  });
  assertEquals([...table.contents()], [{ id: one, size: 1000, hash: "same" }]);
  table.removeGone(two);
  // Its right is its own: Bob may not name Ann's.
  const naming = (client: Recorder, id: string) => {
    const [outcome] = the.store.state.append([message(client, "tea", "", { files: [id] })], 1);
    return outcome?.type;
  };
  assertEquals([naming(bob, one), naming(ann, two), naming(ann, one)], [
    ...["refused", "refused", "message"],
  ]);
  await the.ask(ann, change({ type: "delete", room: "tea", seq: 4 }));
  assertEquals(left(the), { files: [two], gone: [], count: 1, contents: 1, bytes: 1000 });
  assert(table.isNeeded(one) && !table.isNeeded(two));
  assertEquals(naming(bob, two), "message");
  await the.ask(bob, change({ type: "delete", room: "tea", seq: 5 }));
  assertEquals(left(the), { ...NOTHING, gone: [one] });
});

Deno.test("files that no message names go with their person's account, and after a day", async () => {
  const hours = { now: 100 * DAY_MS, elapsed: 0 };
  const store = openLocalState({ path: ":memory:", sync: "normal", now: () => hours.now });
  using _store = store;
  await using log = LocalLog.open(store.state, { now: () => hours.now });
  using retention = new Retention(store.state, log, {
    now: () => hours.now,
    elapsed: () => hours.elapsed,
  });
  const { state } = store;
  const table = new AttachmentTable(state.database.db);
  const ids = () => [...table.all()].map(({ id }: Attachment) => id).sort();
  const people = ["p1", "p2"].map((id) => ({ user: { id } }));
  const apply = (...events: Event[]) => state.append(events, hours.now);
  const [ann = upload({ user: { id: "p1" } }), bob] = people.map((person) => upload(person));
  assert(bob !== undefined);
  const small = upload({ user: { id: "p1" } }, { id: newFileId() });
  const withPreview = upload({ user: { id: "p1" } }, { preview: small.id });
  const named = upload({ user: { id: "p1" } });
  const user = { id: "p1", name: "ann" };
  apply(
    { type: "name", person: "p1", name: "ann", key: "ann", used: 1 },
    ...[ann, bob, small, withPreview, named],
    { type: "message", room: "lobby", id: "m1", user, text: "", files: [named.id] },
  );
  assertEquals(ids().length, 5);
  const pass = async (ms: number) => {
    hours.now += ms;
    hours.elapsed += ms;
    while (await retention.step());
  };
  // The clock is trusted after an hour; a day old they are after 24.
  for (let hour = 0; hour < 24; hour++) await pass(HOUR_MS);
  assertEquals(ids().length, 5);
  await pass(HOUR_MS);
  assertEquals(ids(), [named.id]);
  assertEquals(table.gone(9), [ann.id, bob.id, small.id, withPreview.id].sort());
  const late = upload({ user: { id: "p1" } });
  apply(late, { type: "account_deleted", person: "p1", generation: 0 });
  assertEquals(ids(), [named.id]);
});

Deno.test("an entry of the log with a file is to be erased once the file is gone", async () => {
  await using s = await scene();
  const { the, ann } = s;
  const event = upload(ann);
  the.append(event, message(ann, "tea", "", { files: [event.id] }));
  const erased = new ErasedTexts(the.store.state.database.db);
  const entry = (...events: FileEvent[]): ReceivedEntry => ({
    ...{ position: 1, at: 1 },
    batch: { run: "run", number: 1, events: events.map((event) => ({ ...event })) },
  });
  assert(!erased.isIn(entry(event)));
  assert(erased.isIn(entry(event, upload(ann))));
  await the.ask(ann, change({ type: "delete", room: "tea", seq: 4 }));
  assert(erased.isIn(entry(event)));
});

Deno.test("the names of deleted files leave the data file", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/chat.db`;
  const ann = { user: { id: "p1" } };
  const gone: string[] = [];
  {
    using database = openDatabase({ path, sync: "normal" });
    const state = new State(database);
    for (let i = 0; i < 300; i++) {
      const file = upload(ann, { name: `name-${i}-${"x".repeat((i * 37) % 200)}.png` });
      const user = { id: "p1", name: "ann" };
      state.append([
        file,
        { type: "message", room: "lobby", id: `${i}`, user, text: "", files: [file.id] },
      ], i);
    }
    for (let i = 0; i < 300; i += 2) {
      state.append([{ type: "delete", room: "lobby", seq: i + 1, person: "p1" }], 1000);
      gone.push(`name-${i}-`);
    }
    database.db.exec("pragma wal_checkpoint(truncate)");
  }
  const bytes = new TextDecoder("latin1").decode(await Deno.readFile(path));
  assertEquals(gone.filter((name) => bytes.includes(name)), []);
  assert(bytes.includes("name-299-"));
});
