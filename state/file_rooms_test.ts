/** The rooms that a file is in: who may read it is looked for in each of them. */
import { DAY_MS } from "../lib/time.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { message } from "../testing/change_scene.ts";
import { upload } from "../testing/file_scene.ts";
import { HubOnState } from "../testing/hub_on_state.ts";
import { FILE_ROOMS } from "./file_readers.ts";

Deno.test("a file is in messages of 500 rooms at most, in any number of each, and can be uploaded again", async () => {
  await using the = new HubOnState();
  const ann = the.person("ann");
  const [file, other, again] = [upload(ann), upload(ann), upload(ann)];
  const send = (room: string, ...ids: readonly string[]) => {
    const [outcome] = the.store.state.append(
      [message(ann, room, "", { files: ids })],
      DAY_MS,
    );
    assert(outcome !== undefined);
    return outcome.type === "refused" ? `${outcome.code}: ${outcome.reason}` : outcome.type;
  };
  the.append(file, other, again);
  const rooms = Array.from({ length: FILE_ROOMS }, (_, i) => `room-${i}`);
  // Any number of messages of one room.
  for (let i = 0; i < FILE_ROOMS; i++) assertEquals(send("room-0", other.id), "message");
  the.append(...rooms.map((room) => message(ann, room, "", { files: [file.id] })));
  the.append(message(ann, "made", "before"));
  const full = `no_file: a file is in ${FILE_ROOMS} rooms already: upload it again`;
  // In a room that there is, and in one that the message would make.
  assertEquals([send("made", other.id, file.id), send("new", file.id)], [full, full]);
  assertEquals(the.store.permissions.viewOf(ann.user.id, "new")?.made, false);
  assertEquals([send("room-7", file.id), send("made", again.id)], ["message", "message"]);
  assertEquals(send("new", other.id), "message");
  the.append({ type: "delete", room: "room-8", seq: 1, person: ann.user.id });
  assertEquals([send("made", file.id), send("new", file.id)], ["message", full]);
});
