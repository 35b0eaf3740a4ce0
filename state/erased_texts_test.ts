/** The number by which a snapshot is due: whatever takes a text away makes it another one. */
import { assert, assertEquals } from "../testing/assert.ts";
import { HubOnState } from "../testing/hub_on_state.ts";
import { countErasures } from "./erased_texts.ts";
import type { Event } from "./events.ts";

Deno.test("countErasures is another number after each kind of erasure, and only then", async () => {
  await using the = new HubOnState();
  const [ann, root] = [the.person("ann"), the.person("root")];
  const count = () => countErasures(the.store.state.database.db);
  const say = (room: string, id: string): Event => ({
    ...{ type: "message", room, id, user: ann.user, text: "secret" },
  });
  the.append({ type: "role", person: root.user.id, role: "admin" });
  for (const client of [ann, root]) await the.join(client, "tea");
  the.append(say("tea", "m1"), say("tea", "m2"), say("old", "m3"), say("gone", "m4"));
  await ann.first("message", ({ id }) => id === "m2");
  assertEquals(count(), 0);
  const seen = new Set([0]);
  const erasures: Event[] = [
    { type: "edit", room: "tea", seq: 1, person: ann.user.id, id: "e1", text: "other" },
    { type: "delete", room: "tea", seq: 1, person: ann.user.id },
    { type: "retention", room: "old", before: 2 },
    { type: "room_deleted", room: "gone", by: root.user.id },
    { type: "room_deleted", room: "tea", by: root.user.id },
    { type: "account_deleted", person: ann.user.id, generation: 0 },
  ];
  for (const event of erasures) {
    the.append(event);
    await the.store.deletions.finish();
    assert(!seen.has(count()), `${event.type}: ${count()}`);
    seen.add(count());
  }
});
