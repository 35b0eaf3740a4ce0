/** What people who are in a room again, but see only what is new there, learn of their own messages from before. */
import { assert, assertEquals } from "../testing/assert.ts";
import { HubOnState } from "../testing/hub_on_state.ts";
import type { Event } from "./events.ts";

Deno.test("a message from before a person's return is answered as it was sent when it is sent again", async () => {
  await using the = new HubOnState();
  const [ann, bob] = [the.person("ann"), the.person("bob")];
  const made = await the.ask(ann, {
    ...{ type: "create", kind: "private", title: "", topic: "", history: "joined" },
  });
  assert(made.type === "created");
  const { room } = made;
  const person = bob.user.id;
  const send = (id: string, re?: number): Event => ({
    ...{ type: "message", room, id, user: bob.user, text: `text of ${id}` },
    ...(re !== undefined && { re }),
  });
  await the.ask(ann, { type: "add", room, person });
  the.append(send("one"), send("two"));
  await the.ask(ann, { type: "remove", room, person });
  await the.ask(ann, { type: "add", room, person });
  await the.join(ann, room);
  await the.ask(ann, { type: "react", room, seq: 1, emoji: "👍", on: true });
  await the.ask(ann, { type: "delete", room, seq: 2 });
  await the.join(bob, room);
  for (const [i, id] of ["one", "two"].entries()) {
    the.hub.command(bob, { type: "send", room, id, text: `text of ${id}` });
    const { at: _, ...message } = await bob.first("message", (line) => line.id === id);
    assertEquals<unknown>(message, {
      ...{ type: "message", room, seq: i + 1, id, user: bob.user, text: `text of ${id}` },
    });
  }
});
