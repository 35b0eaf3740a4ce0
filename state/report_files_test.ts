/** The files of reported messages: who reads them, for how long, and what the audit log says of it. */
import { assert, assertEquals } from "../testing/assert.ts";
import { upload } from "../testing/file_scene.ts";
import { HubOnState, kindOf } from "../testing/hub_on_state.ts";
import type { Recorder } from "../testing/recorder.ts";
import type { Event } from "./events.ts";

/** A message with a file in a private room of Ann and Bob, which Bob has reported. */
async function reported(the: HubOnState) {
  const [ann, bob] = [the.person("ann"), the.person("bob")];
  const [root, boss] = [the.person("root", "admin"), the.person("boss", "admin")];
  const created = await the.ask(ann, {
    ...{ type: "create", kind: "private", title: "Staff", topic: "", history: "all" },
  });
  assert(created.type === "created");
  const { room } = created;
  await the.ask(ann, { type: "add", room, person: bob.user.id });
  const [preview, other] = [upload(ann), upload(ann)];
  const file = upload(ann, { preview: preview.id });
  const said = (files: string[]): Event => ({
    ...{ type: "message", room, id: files[0] ?? "", user: ann.user, text: "look", files },
  });
  the.append(preview, file, other, said([file.id]), said([other.id]));
  await the.ask(bob, { type: "report", room, seq: 1, reason: "rude" });
  const line = await the.ask(root, { type: "reports" });
  assert(line.type === "reports");
  const [report] = line.reports;
  assert(report !== undefined);
  return { ann, bob, root, boss, room, file, preview, other, report };
}

function reads(the: HubOnState, { user }: Recorder, ...files: { id: string }[]): boolean[] {
  return files.map(({ id }) => the.store.permissions.mayReadFile(user.id, id));
}

/** What a person who asks for the reports learns of the files of the first one. */
async function filesFor(the: HubOnState, asker: Recorder) {
  const line = await the.ask(asker, { type: "reports" });
  assert(line.type === "reports");
  const [{ files, sealed } = {}] = line.reports;
  return [files?.map(({ id }) => id), sealed];
}

Deno.test("an admin reads the files of a reported message after opening the report, and no others", async () => {
  await using the = new HubOnState();
  const { ann, bob, root, boss, file, preview, other, report } = await reported(the);
  const all = [file, preview, other];
  assertEquals(reads(the, root, ...all), [false, false, false]);
  assertEquals(await filesFor(the, root), [[file.id], true]);
  // Whoever moderates the room reads it anyway, and the one who is reported sees no report.
  assertEquals(await filesFor(the, ann), [undefined, undefined]);
  const open = async (asker: Recorder, id = report.report) =>
    kindOf(await the.ask(asker, { type: "open_report", report: id }));
  assertEquals([await open(bob), await open(ann)], ["forbidden", "stale"]);
  assertEquals([await open(root, "none"), await open(root), await open(root)], [
    ...["stale", "ok", "ok"],
  ]);
  assertEquals(reads(the, root, ...all), [true, true, false]);
  assertEquals(await filesFor(the, root), [[file.id], undefined]);
  assertEquals(reads(the, boss, ...all), [false, false, false]);
  const audit = await the.ask(root, { type: "audit" });
  assert(audit.type === "audit");
  const opened = audit.entries.filter(({ action }) => action === "open_report");
  assertEquals(opened.map(({ by, person }) => [by, person]), [[root.user.id, ann.user.id]]);
  // It is no key to pass the file on, and ends with the role.
  const [outcome] = the.store.state.append([{
    ...{ type: "message", room: "tea", id: "x", user: root.user, text: "", files: [file.id] },
  }], 1);
  assertEquals(outcome?.type, "refused");
  the.append({ type: "role", person: root.user.id, role: "member", by: boss.user.id });
  assertEquals(reads(the, root, ...all), [false, false, false]);
});

Deno.test("the files of a reported message are closed with the report, and go with the message", async () => {
  await using the = new HubOnState();
  const { ann, root, room, file, report } = await reported(the);
  const id = report.report;
  await the.ask(root, { type: "open_report", report: id });
  await the.ask(root, { type: "close_report", report: id, outcome: "acted" });
  assertEquals(reads(the, root, file), [false]);
  const { db } = the.store.state.database;
  assertEquals(db.prepare("select * from report_viewer").all(), []);
  await the.ask(the.person("carl"), { type: "report", room, seq: 1, reason: "rude" });
  the.append({
    type: "report",
    report: "again",
    about: { room, seq: 1 },
    reason: "rude",
    by: "id-of-bob",
    byName: "bob",
  });
  await the.ask(root, { type: "open_report", report: "again" });
  assertEquals(reads(the, root, file), [true]);
  the.append({ type: "delete", room, seq: 1, person: ann.user.id });
  assertEquals(reads(the, root, file), [false]);
  assertEquals(await filesFor(the, root), [undefined, undefined]);
});
