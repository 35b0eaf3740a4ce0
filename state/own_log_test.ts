/** The position that a single server writes, and its memory between batches. */
import { assert, assertEquals } from "../testing/assert.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { openDatabase } from "./database.ts";
import type { Event } from "./events.ts";
import { isCopyOfLog } from "./own_log.ts";
import { State } from "./state.ts";

const ANN = { id: "p1", name: "ann" };

function openState(path = ":memory:"): State & Disposable {
  const database = openDatabase({ path, sync: "normal" });
  return Object.assign(new State(database), { [Symbol.dispose]: () => database[Symbol.dispose]() });
}

function message(id: string, room = "lobby"): Event {
  return { type: "message", room, id, user: ANN, text: id };
}

Deno.test("State says in a copy of a shared log that it was written to alone", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/chat.db`;
  {
    using state = openState(path);
    const batch = { run: "run", number: 1, events: [{ ...message("a") }] };
    state.apply([{ position: 1, at: 1, batch }]);
    assert(isCopyOfLog(state.database.db));
    for (const id of ["b", "c", "d"]) state.append([message(id)], 2);
    assertEquals(state.progress.position, 4);
    assert(!isCopyOfLog(state.database.db));
    assertEquals(state.database.db.prepare("select 1 from run").all(), []);
  }
  {
    using state = openState(path);
    // The position after a batch of messages is not written.
    const { position, entry } = state.progress;
    assertEquals({ position, entry }, { position: 2, entry: ":0" });
    state.append([message("e")], 3);
    state.append([{ type: "keep_days", days: 7 }], 4);
    assertEquals(state.progress.position, 4);
  }
  using state = openState(path);
  assertEquals(state.progress.position, 4);
});

Deno.test("State applies messages by what other events have changed meanwhile", () => {
  using state = openState();
  state.database.db.exec(`
    create temp trigger poison before insert on message when new.text = 'poison'
    begin select raise(abort, 'poison'); end
  `);
  const append = (at: number, ...events: Event[]) =>
    state.append(events, at).map((outcome) =>
      outcome.type === "message" ? outcome.message.seq : outcome.type
    );
  assertEquals(append(1, message("a"), message("b")), [1, 2]);
  const retention: Event = { type: "retention", room: "lobby", before: 3 };
  assertEquals(append(2, message("c"), retention, message("d")), [3, "changed", 4]);
  const name: Event = { type: "name", person: "p2", name: "Bob", key: "bob", used: 1 };
  append(2, name, { type: "role", person: "p2", role: "admin" });
  const mute: Event = { type: "mute", person: "p1", seconds: 1, by: "p2" };
  assertEquals(append(3, mute, message("e")), ["changed", "refused"]);
  assertEquals(append(1002, message("f")), ["refused"]);
  assertEquals(append(1003, message("g")), [5], "it is over");
  // An event that throws takes its room back.
  assertEquals(append(1004, message("poison", "new")), ["refused"]);
  assertEquals(append(1005, message("h", "new"), message("i")), [1, 6]);
  const [opened] = state.append([message("j", "b")], 1006);
  assertEquals(opened, {
    type: "message",
    opens: true,
    message: {
      ...{ room: "b", seq: 1, id: "j", user: ANN, text: "j", at: 1006 },
    },
  });
  const rooms = state.database.db.prepare("select name, last from room order by name").all()
    .map(({ name, last }) => [name, last]);
  assertEquals(rooms, [["b", 1], ["lobby", 6], ["new", 1]]);
});
