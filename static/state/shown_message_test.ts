import { assertEquals } from "../../testing/assert.ts";
import type { MessageAction, Wish } from "./action_queue.ts";
import { message } from "./chat_fixture.ts";
import { showWishes } from "./shown_message.ts";

const ANN = "ann";
const MESSAGE = message(1);

function action(wish: Wish, failed?: string): MessageAction {
  const base = { id: "a", room: "lobby", message: MESSAGE.id, seq: 1, at: 50, wish };
  return failed === undefined ? base : { ...base, failed };
}

Deno.test("A message is shown with the changes that this person has asked for", () => {
  const shown = showWishes(MESSAGE, [
    action({ kind: "edit", text: "new" }),
    action({ kind: "react", emoji: "👍", on: true }),
    action({ kind: "pin", on: true }),
  ], ANN);
  assertEquals(shown, {
    message: {
      ...MESSAGE,
      text: "new",
      edited: 50,
      reactions: [{ emoji: "👍", users: [ANN], count: 1 }],
      pinned: true,
    },
    isChanging: true,
    failed: undefined,
  });
});

Deno.test("A message that is to be deleted keeps its place alone", () => {
  const own = { ...MESSAGE, user: { id: ANN, name: "Ann" }, re: 3, mentions: ["bob"] };
  const { room, seq, id, user, at } = own;
  const shown = (me: string) =>
    showWishes(own, [action({ kind: "edit", text: "new" }), action({ kind: "delete" })], me);
  const deleted = { room, seq, id, user, text: "", at };
  assertEquals(shown(ANN).message, { ...deleted, deleted: "author" });
  assertEquals(shown("mod").message, { ...deleted, deleted: "moderator" });
});

Deno.test("A reaction is added to those of others and taken from them", () => {
  const reactions = [
    { emoji: "👍", users: ["bob", ANN], count: 2 },
    { emoji: "🎉", users: [ANN], count: 1 },
    { emoji: "🐟", users: ["bob"], count: 1 },
  ];
  const shown = (emoji: string, on: boolean) =>
    showWishes({ ...MESSAGE, reactions }, [action({ kind: "react", emoji, on })], ANN)
      .message.reactions?.map(({ emoji, count }) => `${emoji}${count}`);
  assertEquals(shown("👍", false), ["👍1", "🎉1", "🐟1"]);
  assertEquals(shown("🎉", false), ["👍2", "🐟1"]);
  assertEquals(shown("🐟", true), ["👍2", "🎉1", "🐟2"]);
  assertEquals(shown("👍", true), ["👍2", "🎉1", "🐟1"]);
});

Deno.test("A refused edit is not shown as made, and says why", () => {
  const refused = action({ kind: "edit", text: "new" }, "too_long");
  const shown = showWishes(MESSAGE, [refused], ANN);
  assertEquals(shown, { message: MESSAGE, isChanging: false, failed: refused });
});
