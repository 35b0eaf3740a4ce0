/** Reports whose messages have many files: what an answer asks for, and what others do meanwhile. */
import type { Report } from "../protocol/mod.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { message } from "../testing/change_scene.ts";
import { upload } from "../testing/file_scene.ts";
import { HubOnState, kindOf } from "../testing/hub_on_state.ts";
import { Recorder } from "../testing/recorder.ts";
import type { Event } from "./events.ts";
import type { ReportEvent } from "./kinds/report.ts";

/** A room that somebody makes, and another one as its member. */
function made(by: Recorder, room: string, kind: "public" | "private", other: Recorder): Event[] {
  return [
    {
      ...{ type: "room_made", room, kind, title: "", topic: "" },
      ...{ history: "all", people: [], by: by.user.id },
    },
    kind === "public"
      ? { type: "join", room, person: other.user.id }
      : { type: "room_member", room, person: other.user.id, by: by.user.id },
  ];
}

/** The reports of the first messages of a room by a person. */
function reportsOf(room: string, count: number, { user }: Recorder): ReportEvent[] {
  return Array.from({ length: count }, (_, i) => ({
    ...{ type: "report", report: `${room} ${i + 1}`, about: { room, seq: i + 1 }, reason: "rude" },
    ...{ by: user.id, byName: user.name },
  }));
}

const SECRET = `~${"s".repeat(20)}`;

Deno.test("reports ask for each file once, and for none of a message that one reads or has opened", async () => {
  await using the = new HubOnState();
  const [ann, mod, root] = [the.person("ann"), the.person("mod"), the.person("root", "admin")];
  const bob = the.person("bob");
  const files = [upload(ann), upload(ann)];
  const named = { files: files.map(({ id }) => id) };
  const asked: string[] = [];
  const { permissions } = the.store;
  const ask = permissions.mayReadFile.bind(permissions);
  permissions.mayReadFile = (person, id) => {
    asked.push(id);
    return ask(person, id);
  };
  the.append(...files, ...made(ann, SECRET, "private", bob), ...made(mod, "open", "public", ann));
  the.append(...[1, 2, 3].map((i) => message(ann, SECRET, `secret ${i}`, named)));
  the.append(...reportsOf(SECRET, 3, bob));
  const seen = async (asker: Recorder): Promise<readonly Report[]> => {
    const line = await the.ask(asker, { type: "reports" });
    assert(line.type === "reports");
    assert(line.reports.every((report) => report.files?.length === 2));
    return line.reports;
  };
  assertEquals((await seen(root)).map(({ sealed }) => sealed), [true, true, true]);
  assertEquals(asked.splice(0), named.files.slice(0, 1));
  for (const { report } of await seen(root)) await the.ask(root, { type: "open_report", report });
  asked.length = 0;
  assertEquals((await seen(root)).map(({ sealed }) => sealed), [undefined, undefined, undefined]);
  the.append(...[1, 2].map((i) => message(ann, "open", `open ${i}`, named)));
  the.append(...reportsOf("open", 2, bob));
  assertEquals((await seen(mod)).map(({ sealed }) => sealed), [undefined, undefined]);
  assertEquals(asked, []);
});

Deno.test("reports are read in parts, between which the hub handles the commands of others", async () => {
  let time = 0;
  // Each look at the clock is after another report.
  await using the = new HubOnState(undefined, () => time++);
  const [ann, mod] = [the.person("ann"), the.person("mod")];
  const eve = new Recorder("eve", { network: "198.51.100.7" });
  the.hub.register(eve);
  the.append(...made(mod, "open", "public", ann), ...made(mod, "other", "public", ann));
  for (const room of ["open", "other"]) {
    the.append(...Array.from({ length: 20 }, (_, i) => message(ann, room, `${room} ${i + 1}`)));
    the.append(...reportsOf(room, 20, the.person(`reporter in ${room}`)));
  }
  const begin = async () => {
    const before = mod.all("reports").length;
    the.hub.command(mod, { type: "reports", id: "all" });
    for (const word of ["in the first part", "and later"]) {
      await the.ask(eve, { type: "profile", person: ann.user.id });
      assertEquals(mod.all("reports").length, before, word);
    }
  };
  await begin();
  // The answer has what its asker sees at the end.
  const by = mod.user.id;
  the.append(
    { type: "moderator", room: "other", person: ann.user.id, on: true, by },
    { type: "moderator", room: "other", person: by, on: false, by },
    { type: "report_closed", report: "open 1", outcome: "acted", by },
  );
  const { reports, next } = await mod.first("reports");
  const expected = reportsOf("open", 20, mod).map(({ report }) => report).slice(1).sort();
  assertEquals(reports.map(({ text }) => text).sort(), expected);
  assertEquals(next, undefined);
  await begin();
  the.append(
    { type: "moderator", room: "open", person: ann.user.id, on: true, by },
    { type: "moderator", room: "open", person: by, on: false, by },
  );
  assertEquals(kindOf(await mod.first("error")), "forbidden");
});

Deno.test("reports take the turns of five commands", async () => {
  await using the = new HubOnState();
  const ann = the.person("ann");
  let turns = 0;
  let wait: Promise<void> | undefined;
  do {
    wait = the.store.actions.turn({ type: "reports" }, ann.user.id);
    if (wait === undefined) turns++;
  } while (wait === undefined);
  await wait;
  assert(turns >= 20 && turns < 100, `${turns}`);
});
