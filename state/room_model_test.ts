/** What each of several people receives of a private room, compared with a model of its memberships. */
import { assert, assertEquals } from "../testing/assert.ts";
import { HubOnState } from "../testing/hub_on_state.ts";
import { pick, seeded } from "../testing/random.ts";
import type { Recorder } from "../testing/recorder.ts";
import type { Event } from "./events.ts";

/** Batches for each kind of history. */
const BATCHES = 60;

/** A member as the model has it. */
interface Member {
  /** The first message that the person may see. */
  from: number;
  /** Whether the person's client is in the room. */
  here: boolean;
}

for (const history of ["all", "joined"] as const) {
  Deno.test(`everyone receives of a room with history ${history} what a model of its members says`, async () => {
    const random = seeded(history.length);
    await using the = new HubOnState();
    const ann = the.person("ann");
    const people = [ann, ...["bob", "carl", "dan", "eve"].map((name) => the.person(name))];
    const created = await the.ask(ann, {
      ...{ type: "create", kind: "private", title: "Board", topic: "", history },
    });
    assert(created.type === "created");
    const { room } = created;
    const members = new Map<Recorder, Member>([[ann, { from: 1, here: false }]]);
    const expected = new Map(people.map((client) => [client, [] as string[]]));
    const texts: string[] = [];
    const seen = { refused: 0, removed: 0, missed: 0 };

    /** Returns a random event, after which the model is as the state should be. */
    function next(n: number): Event {
      const client = pick(random, people);
      const member = members.get(client);
      const person = client.user.id;
      const what = random();
      if (what < 0.6) {
        const text = `m${n}`;
        if (member === undefined) seen.refused++;
        else {
          texts.push(text);
          for (const [other, { here }] of members) if (here) expected.get(other)?.push(text);
        }
        return { type: "message", room, id: text, user: client.user, text };
      }
      if (client === ann) {
        const setting = { setting: "topic", value: `t${n}` } as const;
        return { type: "room_setting", room, by: ann.user.id, ...setting };
      }
      if (member === undefined) {
        const from = history === "all" ? 1 : texts.length + 1;
        members.set(client, { from, here: false });
        return { type: "room_member", room, person, by: ann.user.id };
      }
      seen.removed++;
      members.delete(client);
      if (what < 0.8) return { type: "leave", person, room };
      return { type: "room_removal", room, person, reason: "", by: ann.user.id };
    }

    for (let batch = 0, n = 0; batch < BATCHES; batch++) {
      for (const [client, member] of members) {
        if (member.here) continue;
        await the.join(client, room);
        member.here = true;
        const joined = client.all("joined").at(-1);
        const visible = texts.slice(member.from - 1).slice(-50);
        if (visible.length < texts.length) seen.missed++;
        assertEquals(joined?.messages.map(({ text }) => text), visible);
        assertEquals(joined?.first, member.from);
      }
      const size = 1 + Math.floor(random() * 12);
      the.append(...Array.from({ length: size }, () => next(n++)));
      await the.ask(ann, { type: "members", room });
      for (const client of people) {
        assertEquals(client.texts, expected.get(client), `${client.user.name}, batch ${batch}`);
        const last = client.lines.findLast((line) => JSON.stringify(line).includes(room));
        if (!members.has(client)) assert(last === undefined || last.type === "left", last?.type);
      }
    }
    // Without this, a life in which nothing happens would pass as well.
    for (const [what, times] of Object.entries(seen)) assert(times > 9, `${what}: ${times} times`);
  });
}
