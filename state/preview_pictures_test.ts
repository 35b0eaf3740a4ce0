/** Pictures of link previews: readers of the message may read them, and they are deleted with the previews. */
import { newHiddenRoom } from "../protocol/addresses.ts";
import { readArchive, writeArchive } from "../archive/state.ts";
import { assert, assertEquals, assertRejects } from "../testing/assert.ts";
import { change, edit, message, scene } from "../testing/change_scene.ts";
import { newFileId, upload } from "../testing/file_scene.ts";
import { type HubOnState, kindOf } from "../testing/hub_on_state.ts";
import { AttachmentTable } from "./attachment_table.ts";
import { openDatabase } from "./database.ts";
import type { Event } from "./events.ts";
import type { PreviewsEvent } from "./kinds/previews.ts";

const URL = "http://a.example/";

/** Previews of a message with one picture. */
function previews(
  seq: number,
  { room = "tea", total = 0, day = 0, ...more }: {
    readonly room?: string;
    readonly id?: string;
    readonly sha256?: string;
    readonly total?: number;
    readonly day?: number;
  } = {},
): PreviewsEvent & { readonly picture: string } {
  const { id = newFileId(), sha256 = `hash of ${id}` } = more;
  return {
    ...{ type: "previews", room, seq, picture: id },
    previews: [{ url: URL, title: "A", picture: { id, width: 40, height: 30 } }],
    pictures: { files: [{ id, size: 1000, mime: "image/png", sha256 }], total, day },
  };
}

/** Applies an event, and returns the code of its refusal, or the type of its outcome. */
function apply(the: HubOnState, event: Event): string {
  const [outcome] = the.store.state.append([event], 1);
  assert(outcome !== undefined);
  return outcome.type === "refused" ? outcome.code : outcome.type;
}

/** Makes a room in which the fourth message has a link. */
async function linked() {
  const s = await scene();
  const { the, bob, carl } = s;
  the.append({ type: "setting", setting: "previews", value: true, by: carl.user.id });
  the.append(message(bob, "tea", `see ${URL}`));
  const { db } = the.store.state.database;
  return Object.assign(s, { db, files: new AttachmentTable(db) });
}

Deno.test("the picture of a preview is for readers of its message, and is not one of its files", async () => {
  await using s = await linked();
  const { the, ann, bob, carl, files } = s;
  const event = previews(4);
  the.append(event);
  const { picture } = event;
  const own = newFileId();
  const hidden = newHiddenRoom();
  the.append(
    {
      ...{ type: "room_made", room: hidden, kind: "private", title: "Us", topic: "" },
      ...{ history: "joined", people: [], by: bob.user.id },
    },
    message(bob, hidden, URL),
    previews(1, { room: hidden, id: own }),
    { type: "room_member", room: hidden, person: ann.user.id, by: bob.user.id },
  );
  const readers = (id: string) =>
    [ann, bob, carl].map(({ user }) => the.store.permissions.mayReadFile(user.id, id));
  assertEquals(readers(picture), [true, true, true]);
  // A person who joins later does not see the message.
  assertEquals(readers(own), [false, true, false]);
  const file = files.of(picture);
  assertEquals([file?.person, file?.uses, file?.width], [bob.user.id, 1, 40]);
  // Nobody can name it, nor use it as the preview of a file.
  for (const client of [ann, bob]) {
    assertEquals(apply(the, message(client, "tea", "", { files: [picture] })), "no_file");
    assertEquals(apply(the, upload(client, { preview: picture })), "no_file");
  }
  const line = await the.ask(bob, { type: "files", room: "tea" });
  assertEquals(line.type === "files" && line.messages, []);
  await the.join(ann, "tea");
  const [shown] = ann.all("joined").at(-1)?.messages.slice(-1) ?? [];
  assertEquals([shown?.files, shown?.previews], [undefined, [...event.previews]]);
  // Its message needs a text, as one without files.
  assertEquals(kindOf(await the.ask(bob, edit(4, ""))), "empty");
  // It waits for no message.
  assertEquals([files.countUnnamed(bob.user.id), files.unnamed(1e15)], [0, []]);
  // The same once more, as after a lost answer.
  assertEquals(apply(the, event), "unchanged");
  assertEquals(files.total, { files: 2, contents: 2, bytes: 2000 });
});

Deno.test("a preview whose picture is refused leaves nothing", async () => {
  await using s = await linked();
  const { the, bob, carl, files } = s;
  const taken = upload(bob);
  the.append(taken);
  const before = files.total;
  assertEquals(apply(the, previews(4, { id: taken.id })), "bad_id");
  assertEquals(apply(the, previews(4, { total: 1500 })), "full");
  assertEquals(apply(the, previews(4, { day: 1500 })), "too_many");
  assertEquals(apply(the, previews(1)), "stale");
  assertEquals(apply(the, previews(99)), "bad_value");
  the.append({
    ...{ type: "mute", person: bob.user.id, by: carl.user.id, until: 9e15 },
  });
  assertEquals(apply(the, previews(4)), "muted");
  assertEquals([files.total, files.gone(9)], [before, []]);
});

Deno.test("the picture of a preview goes with it, whichever way that goes", async () => {
  const ends: [string, (s: Awaited<ReturnType<typeof linked>>) => unknown][] = [
    ["other previews", ({ the }) => the.append({ ...previewsWithout(4) })],
    ["an edit", ({ the, bob }) => the.ask(bob, edit(4, `now ${URL}`))],
    ["a removal", ({ the, bob }) => {
      return the.ask(bob, { type: "remove_previews", room: "tea", seq: 4 });
    }],
    ["a deletion", ({ the, bob }) => the.ask(bob, change({ type: "delete", room: "tea", seq: 4 }))],
    ["retention", ({ the }) => the.append({ type: "retention", room: "tea", before: 99 })],
    ["the end of its room", async ({ the, carl }) => {
      the.append({ type: "room_deleted", room: "tea", by: carl.user.id });
      await the.store.deletions.finish();
    }],
  ];
  for (const [what, end] of ends) {
    await using s = await linked();
    const event = previews(4);
    s.the.append(event);
    assertEquals(s.files.total, { files: 1, contents: 1, bytes: 1000 }, what);
    await end(s);
    assertEquals(s.files.total, { files: 0, contents: 0, bytes: 0 }, what);
    assertEquals(s.files.gone(9), [event.picture], what);
    assertEquals(s.db.prepare("select * from message_file").all(), [], what);
  }
  function previewsWithout(seq: number): PreviewsEvent {
    return { type: "previews", room: "tea", seq, previews: [{ url: URL, title: "B" }] };
  }
});

Deno.test("equal pictures are kept once, and an archive has them", async () => {
  await using s = await linked();
  const { the, bob, files } = s;
  the.append(message(bob, "tea", URL));
  const [one, two] = [
    previews(4, { sha256: "a".repeat(43) }),
    previews(5, { sha256: "a".repeat(43) }),
  ];
  the.append(one, two);
  assertEquals(files.total, { files: 2, contents: 1, bytes: 1000 });
  assertEquals(files.gone(9), [two.picture]);
  const lines = [...readArchive(the.store.state.database)];
  assertEquals(lines.filter(({ type }) => type === "file").length, 2);
  using copy = openDatabase({ path: ":memory:", sync: "normal" });
  await writeArchive(copy, ReadableStream.from(lines));
  assertEquals([...readArchive(copy)], lines);
  const copied = new AttachmentTable(copy.db);
  assertEquals([...copied.all()].map(({ uses, owner, id }) => [uses, owner === id]), [
    ...[[1, true], [1, true]],
  ]);
  // Neither a picture without its file, nor a file that no preview shows.
  const isFile = ({ type }: { type: string }) => type === "file";
  const isPreviewed = ({ type, ...line }: { type: string }) =>
    type === "message" && "previews" in line;
  for (const [isLeftOut, says] of [[isFile, "is missing"], [isPreviewed, ""]] as const) {
    using other = openDatabase({ path: ":memory:", sync: "normal" });
    const some = lines.filter((line) => !isLeftOut(line));
    await assertRejects(() => writeArchive(other, ReadableStream.from(some)), Error, says);
  }
  assertEquals(
    kindOf(await the.ask(bob, change({ type: "delete", room: "tea", seq: 4 }))),
    "changed",
  );
  assertEquals(files.total, { files: 1, contents: 1, bytes: 1000 });
});
