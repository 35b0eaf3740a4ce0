/** Changes of messages on their way to those who are in the room. */
import { assert, assertEquals } from "../testing/assert.ts";
import { change, edit, scene } from "../testing/change_scene.ts";
import { Recorder } from "../testing/recorder.ts";

Deno.test("plain clients receive the edit of a recent message with a mark, and no other change", async () => {
  await using s = await scene();
  const { the, ann, bob } = s;
  const user = { id: bob.user.id, name: "bob" };
  the.store.state.append([{ type: "message", room: "tea", id: "old", user, text: "old" }], 1);
  const plain = new Recorder("plain", { format: "plain" });
  the.hub.register(plain);
  the.hub.command(plain, { type: "join", room: "tea", newest: 2 });
  await plain.until(() => plain.frames.length === 1);
  await the.ask(bob, change({ type: "react", room: "tea", seq: 2, emoji: "👍", on: true }));
  await the.ask(ann, change({ type: "pin", room: "tea", seq: 2, on: true }));
  await the.ask(bob, edit(4, "older"));
  await the.ask(ann, change({ type: "delete", room: "tea", seq: 3 }));
  await the.ask(bob, edit(2, "two\nlines"));
  await plain.until(() => plain.frames.length === 2);
  assertEquals(plain.frames.map(({ text }) => text), [
    "guest: three\nbob: old",
    "bob: two lines (edited)",
  ]);
  // A deleted message is not in what they are sent.
  const other = new Recorder("other", { format: "plain" });
  the.hub.register(other);
  the.hub.command(other, { type: "join", room: "tea", newest: 3 });
  await other.until(() => other.frames.length === 1);
  assertEquals(other.frames[0]?.text, "bob: two lines\nbob: older");
});

Deno.test("nobody receives a change made after they were removed from a room", async () => {
  await using s = await scene();
  const { the, ann, bob } = s;
  const react = (emoji: string) => ({
    ...{ type: "react", room: "tea", seq: 1, emoji, on: true, person: ann.user.id } as const,
  });
  const { id: person } = bob.user;
  const removal = {
    type: "room_removal",
    room: "tea",
    person,
    reason: "",
    by: ann.user.id,
  } as const;
  the.append(react("👍"), removal, react("🎉"));
  await ann.until(() => ann.all("changed").at(-1)?.message.rev === 2);
  const revs = bob.all("changed").map(({ message }) => message.rev);
  assertEquals(revs, [1]);
  assert(bob.all("left").length === 1);
});

Deno.test("a client that joins while changes wait receives them once", async () => {
  await using s = await scene();
  const { the, ann, bob } = s;
  const react = (emoji: string) =>
    the.append({ type: "react", room: "tea", seq: 1, emoji, on: true, person: ann.user.id });
  react("👍");
  react("🎉");
  const dora = the.person("dora");
  await the.join(dora, "tea");
  assertEquals(dora.all("joined")[0]?.rev, 2);
  react("🚀");
  await dora.until(() => dora.all("changed").length > 0);
  await bob.until(() => bob.all("changed").at(-1)?.message.rev === 3);
  assertEquals(dora.all("changed").map(({ rev }) => rev), [3]);
});
