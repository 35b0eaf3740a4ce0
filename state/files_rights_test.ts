/** The rights to upload files, name them in messages, and read them. */
import { DAY_MS, HOUR_MS } from "../lib/time.ts";
import type { FileInfo } from "../protocol/mod.ts";
import { newHiddenRoom } from "../protocol/addresses.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { change, edit, message, scene } from "../testing/change_scene.ts";
import { newFileId, upload } from "../testing/file_scene.ts";
import { HubOnState, kindOf } from "../testing/hub_on_state.ts";
import type { Recorder } from "../testing/recorder.ts";
import { AttachmentTable } from "./attachment_table.ts";
import type { Event } from "./events.ts";
import { type FileEvent, UNNAMED_FILES } from "./kinds/file.ts";

const AT = 10 * DAY_MS;

/** Applies an event, and returns the code of its refusal, or the type of its outcome. */
function apply(the: HubOnState, event: Event, at = AT): string {
  const [outcome] = the.store.state.append([event], at);
  assert(outcome !== undefined);
  return outcome.type === "refused" ? outcome.code : outcome.type;
}

/** The names of the people who may read a file. */
function readers(the: HubOnState, file: string, people: Record<string, Recorder>): string[] {
  return Object.entries(people)
    .filter(([, { user }]) => the.store.permissions.mayReadFile(user.id, file))
    .map(([name]) => name);
}

/** Uploads a file for somebody. */
function uploaded(the: HubOnState, by: Recorder, more: Partial<FileEvent> = {}): string {
  const event = upload(by, more);
  assertEquals(apply(the, event), "changed");
  return event.id;
}

Deno.test("a file is read by its uploader alone until a message names it", async () => {
  await using s = await scene();
  const { the, ann, bob, carl, guest } = s;
  const people = { ann, bob, carl, guest };
  const file = uploaded(the, ann);
  assertEquals(readers(the, file, people), ["ann"]);
  assertEquals(readers(the, newFileId(), people), []);
  assertEquals(apply(the, message(ann, "tea", "", { files: [file] })), "message");
  assertEquals(readers(the, file, people), ["ann", "bob", "carl", "guest"]);
});

Deno.test("its uploader does not learn that messages name a file which the uploader may not read", async () => {
  await using s = await scene();
  const { the, ann, bob, carl } = s;
  const people = { ann, bob, carl };
  const small = uploaded(the, ann);
  const files = [uploaded(the, ann, { preview: small })];
  the.append(message(ann, "tea", "", { files }));
  const room = newHiddenRoom();
  const by = bob.user.id;
  the.append({
    ...{ type: "room_made", room, kind: "private", title: "Us", topic: "" },
    ...{ history: "all", people: [], by },
  });
  the.append(message(bob, room, "", { files }));
  await the.ask(ann, change({ type: "delete", room: "tea", seq: 4 }));
  for (const file of [small, ...files]) assertEquals(readers(the, file, people), ["bob"]);
  assertEquals(apply(the, message(ann, "tea", "", { files })), "no_file");
  the.append({ type: "room_member", room, person: ann.user.id, by });
  for (const file of [small, ...files]) assertEquals(readers(the, file, people), ["ann", "bob"]);
  assertEquals(apply(the, message(ann, "tea", "", { files })), "message");
});

Deno.test("a message names only files that its author has just uploaded or may read", async () => {
  await using s = await scene();
  const { the, ann, bob, carl, guest } = s;
  const file = uploaded(the, ann);
  const naming = (client: Recorder, files: string[], room = "tea") =>
    apply(the, message(client, room, "look", { files }));
  assertEquals(naming(bob, [file]), "no_file");
  assertEquals(naming(bob, [newFileId()]), "no_file");
  assertEquals(naming(ann, [file, newFileId()]), "no_file");
  // Nothing of what was refused is left.
  assertEquals(new AttachmentTable(the.store.state.database.db).of(file)?.uses, 0);
  assertEquals(naming(ann, [file]), "message");
  // Its readers may pass it on, and so may the readers of that message.
  const secret = `~${"a".repeat(20)}`;
  the.append(
    {
      ...{ type: "room_made", room: secret, kind: "private", title: "Us", topic: "" },
      ...{ history: "all", people: [], by: bob.user.id },
    },
  );
  const own = uploaded(the, bob);
  assertEquals(naming(bob, [own, file], secret), "message");
  assertEquals(naming(ann, [own]), "no_file");
  assertEquals(naming(carl, [own]), "no_file");
  assertEquals(naming(guest, [file]), "message");
  // In one batch: the second author knows the file from the message before.
  const fresh = uploaded(the, ann);
  const outcomes = the.store.state.append([
    message(bob, "tea", "before", { files: [fresh] }),
    message(ann, "tea", "mine", { files: [fresh] }),
    message(bob, "tea", "after", { files: [fresh] }),
  ], AT);
  assertEquals(outcomes.map(({ type }) => type), ["refused", "message", "message"]);
});

Deno.test("the end of a membership, and a ban, end access to files at once", async () => {
  await using the = new HubOnState();
  const [ann, bob, carl] = [the.person("ann"), the.person("bob"), the.person("carl", "admin")];
  const people = { ann, bob, carl };
  const room = newHiddenRoom();
  const by = ann.user.id;
  the.append(
    {
      ...{ type: "room_made", room, kind: "private", title: "Us", topic: "" },
      ...{ history: "joined", people: [], by },
    },
  );
  const [early, late] = [uploaded(the, ann), uploaded(the, ann)];
  the.append(message(ann, room, "before Bob", { files: [early] }));
  the.append({ type: "room_member", room, person: bob.user.id, by });
  the.append(message(ann, room, "after", { files: [late] }));
  // He sees the room from when he joined.
  assertEquals([early, late].map((file) => readers(the, file, people)), [["ann"], ["ann", "bob"]]);
  assertEquals(apply(the, message(bob, room, "", { files: [early] })), "no_file");
  the.append({ type: "room_removal", room, person: bob.user.id, reason: "", by });
  assertEquals(readers(the, late, people), ["ann"]);
  assertEquals(apply(the, message(bob, "tea", "", { files: [late] })), "no_file");

  const open = uploaded(the, bob);
  the.append(message(bob, "tea", "", { files: [open] }));
  assertEquals(readers(the, open, people), ["ann", "bob", "carl"]);
  const ban = { type: "ban", name: "bob", reason: "", by: carl.user.id } as const;
  the.append({ ...ban, person: bob.user.id, banned: true });
  assertEquals(readers(the, open, people), ["ann", "carl"]);
  the.append({ ...ban, person: bob.user.id, banned: false });
  assertEquals(readers(the, open, people), ["ann", "bob", "carl"]);
  // A direct room's files are for its people.
  const direct = newHiddenRoom();
  const pair = [ann.user.id, bob.user.id].sort();
  the.append(
    {
      ...{ type: "room_made", room: direct, kind: "direct", title: "", topic: "" },
      ...{ history: "all", people: pair, by },
    },
  );
  const between = uploaded(the, ann);
  the.append(message(ann, direct, "", { files: [between] }));
  assertEquals(readers(the, between, people), ["ann", "bob"]);
});

Deno.test("a preview is read with its file, and is nothing without it", async () => {
  await using s = await scene();
  const { the, ann, bob, carl } = s;
  const people = { ann, bob, carl };
  const small = uploaded(the, ann, { width: 64, height: 48 });
  const foreign = uploaded(the, bob);
  const bad = (preview: string) => apply(the, upload(ann, { preview }));
  assertEquals([foreign, newFileId()].map(bad), ["no_file", "no_file"]);
  const itself = newFileId();
  assertEquals(apply(the, upload(ann, { id: itself, preview: itself })), "no_file");
  const file = uploaded(the, ann, { preview: small });
  // It belongs to this one now.
  assertEquals(bad(small), "no_file");
  assertEquals(bad(file), "no_file");
  assertEquals(apply(the, message(ann, "tea", "", { files: [small] })), "no_file");
  const named = uploaded(the, ann);
  assertEquals(apply(the, message(ann, "tea", "", { files: [named] })), "message");
  assertEquals(bad(named), "no_file");
  assertEquals(readers(the, small, people), ["ann"]);
  const [outcome] = the.store.state.append([message(ann, "tea", "", { files: [file] })], AT);
  assert(outcome?.type === "message");
  const info: FileInfo = {
    ...{ id: file, name: "Photo.png", size: 1000, type: "image/png", width: 640, height: 480 },
    preview: small,
  };
  assertEquals(outcome.message.files, [info]);
  assertEquals(readers(the, small, people), ["ann", "bob", "carl"]);
  assertEquals(apply(the, message(bob, "tea", "", { files: [small] })), "no_file");
  await the.ask(ann, change({ type: "delete", room: "tea", seq: 5 }));
  assertEquals([file, small].map((id) => readers(the, id, people)), [[], []]);
});

Deno.test("an upload is refused to people who may not write, and beyond the limits", async () => {
  await using s = await scene();
  const { the, ann, bob, carl, guest } = s;
  const first = upload(ann, { size: 600, total: 1000, day: 1000 });
  assertEquals(apply(the, first), "changed");
  // An event that is sent again changes nothing.
  assertEquals(apply(the, first), "unchanged");
  assertEquals(apply(the, { ...first, person: bob.user.id }), "bad_id");
  assertEquals(apply(the, { ...first, sha256: "other" }), "bad_id");
  const total = { size: 401, total: 1000 };
  assertEquals(apply(the, upload(bob, total)), "full");
  // Nobody learns from it that the content is there already.
  assertEquals(apply(the, upload(bob, { ...total, size: 600, sha256: first.sha256 })), "full");
  assertEquals(apply(the, upload(bob, { ...total, size: 400 })), "changed");
  const day = { size: 401, day: 1000 };
  assertEquals(apply(the, upload(ann, day)), "too_many");
  assertEquals(apply(the, upload(ann, { ...day, size: 400 })), "changed");
  assertEquals(apply(the, upload(bob, day)), "changed");
  assertEquals(apply(the, upload(ann, day), AT + DAY_MS), "changed");

  const by = carl.user.id;
  apply(the, { type: "mute", person: bob.user.id, seconds: 60, by });
  assertEquals(apply(the, upload(bob)), "muted");
  assertEquals(apply(the, upload(bob), AT + 60_000), "changed");
  assertEquals(apply(the, upload(guest)), "changed");
  apply(the, { type: "setting", setting: "guests", value: false, by });
  assertEquals(apply(the, upload(guest)), "forbidden");
  const ban = { type: "ban", name: "bob", banned: true, reason: "", by } as const;
  apply(the, { ...ban, person: bob.user.id });
  assertEquals(apply(the, upload(bob), AT + HOUR_MS), "forbidden");
  for (let i = 0; i < UNNAMED_FILES; i++) uploaded(the, carl);
  assertEquals(apply(the, upload(carl)), "too_many");
});

Deno.test("an edit keeps the files of a message, and may then leave no text", async () => {
  await using s = await scene();
  const { the, ann, bob } = s;
  const [one, two] = [uploaded(the, bob), uploaded(the, bob)];
  the.append(message(bob, "tea", "two", { files: [two, one] }));
  const answer = await the.ask(bob, edit(4, ""));
  assert(answer.type === "changed");
  assertEquals(answer.message.text, "");
  assertEquals(answer.message.files?.map(({ id }) => id), [two, one]);
  assertEquals(kindOf(await the.ask(bob, edit(2, ""))), "empty");
  assertEquals(kindOf(await the.ask(ann, edit(4, ""))), "forbidden");
});
