/** Nobody finds what they may not read. The word is "secret" wherever it must not be found. */
import { MembershipTable } from "../../state/membership_table.ts";
import { assertEquals } from "../../testing/assert.ts";
import { SearchedChat } from "../../testing/searched_chat.ts";
import { Recheck } from "./recheck.ts";

const PRIVATE = `~${"a".repeat(20)}`;
const DIRECT = `~${"b".repeat(20)}`;
const MOVED = `~${"c".repeat(20)}`;

/** A chat with Mod, who moderates a room that Ann must not see, and Bob. */
function chatOf(kind: "private" | "direct" = "private", history: "all" | "joined" = "all") {
  const chat = new SearchedChat();
  const [mod, ann, bob] = ["mod", "ann", "bob"].map((name) => chat.person(name));
  const people = kind === "direct" ? [mod, bob].map(String) : [];
  const room = kind === "direct" ? DIRECT : PRIVATE;
  chat.append({
    ...{ type: "room_made", room, kind, title: kind === "private" ? "Board" : "", topic: "" },
    ...{ history, people, by: String(mod) },
  });
  return { chat, room, mod: String(mod), ann: String(ann), bob: String(bob) };
}

/** Every way to ask for what is in a room. */
function ways(room: string): string[] {
  return [
    "secret",
    "sec*",
    '"secret plan"',
    "from:mod",
    `in:${room}`,
    "in:Board secret",
    "after:2020",
  ];
}

Deno.test("a search finds nothing in a private room for others", () => {
  const { chat, room, mod, ann, bob } = chatOf();
  using _ = chat;
  chat.say("secret plan", { room, by: mod });
  chat.follow();
  for (const text of ways(room)) {
    for (const by of [ann, bob, "a guest", ""]) assertEquals(chat.texts(text, by), [], text);
    assertEquals(chat.texts(text, mod), ["secret plan"], text);
  }
});

Deno.test("a search finds nothing of a direct room for others, and all of it for both", () => {
  const { chat, room, mod, ann, bob } = chatOf("direct");
  using _ = chat;
  chat.say("secret plan", { room, by: mod });
  chat.follow();
  for (const text of ["secret", `in:${room}`, "from:mod"]) {
    assertEquals(chat.texts(text, ann), [], text);
    for (const by of [mod, bob]) assertEquals(chat.texts(text, by), ["secret plan"], text);
  }
});

Deno.test("a search finds messages of a direct room that the person has hidden", () => {
  const { chat, room, mod, ann, bob } = chatOf("direct");
  using _ = chat;
  chat.say("secret plan", { room, by: mod });
  chat.append({ type: "leave", room, person: bob });
  chat.follow();
  const memberships = new MembershipTable(chat.local.state.database.db);
  assertEquals(memberships.of(bob, room), undefined);
  for (const text of ["secret", "from:mod", `in:${room}`, "after:2020"]) {
    assertEquals(chat.texts(text, bob), ["secret plan"], text);
    assertEquals(chat.texts(text, ann), [], text);
  }
  chat.say("secret no more", { room, by: mod });
  chat.follow();
  assertEquals(chat.texts("secret", bob), ["secret no more", "secret plan"]);
});

Deno.test("a search finds for a new member only messages since joining, if the room says so", () => {
  const { chat, room, mod, ann } = chatOf("private", "joined");
  using _ = chat;
  chat.say("secret plan", { room, by: mod });
  chat.append({ type: "room_member", room, person: ann, by: mod });
  chat.say("secret no more", { room, by: mod });
  chat.follow();
  for (const text of ["secret", "from:mod", `in:${room}`]) {
    assertEquals(chat.texts(text, ann), ["secret no more"], text);
  }
  assertEquals(chat.texts("plan", ann), []);
});

Deno.test("a search finds nothing for a member who was removed, or has left, at once", () => {
  for (const type of ["room_removal", "leave"] as const) {
    const { chat, room, mod, ann } = chatOf();
    using _ = chat;
    chat.append({ type: "room_member", room, person: ann, by: mod });
    chat.say("secret plan", { room, by: mod });
    chat.follow();
    assertEquals(chat.texts("secret", ann), ["secret plan"]);
    if (type === "leave") chat.append({ type, room, person: ann });
    else chat.append({ type, room, person: ann, reason: "", by: mod });
    // The index has not been updated.
    for (const text of ways(room)) assertEquals(chat.texts(text, ann), [], `${type}: ${text}`);
  }
});

Deno.test("a search finds nothing for outsiders in a room that was made private", () => {
  using chat = new SearchedChat();
  const [mod, ann, bob] = ["mod", "ann", "bob"].map((name) => chat.person(name)).map(String);
  if (mod === undefined || ann === undefined || bob === undefined) throw new Error("no people");
  chat.say("secret plan", { room: "board", by: mod });
  chat.append({ type: "join", room: "board", person: bob });
  chat.follow();
  assertEquals(chat.texts("secret", ann), ["secret plan"]);
  chat.append({ type: "room_private", room: "board", to: MOVED, by: mod });
  for (const followed of [false, true]) {
    if (followed) chat.follow();
    for (const text of [...ways(MOVED), "in:board secret"]) {
      for (const by of [ann, "a guest"]) assertEquals(chat.texts(text, by), [], text);
    }
    for (const text of ["secret", `in:${MOVED}`, "in:board"]) {
      assertEquals(chat.texts(text, bob), ["secret plan"], text);
    }
  }
});

Deno.test("guests find public messages", () => {
  const { chat, room, mod } = chatOf();
  using _ = chat;
  chat.say("public word", { by: mod });
  chat.say("secret word", { room, by: mod });
  chat.follow();
  assertEquals(chat.texts("word", "a guest"), ["public word"]);
});

Deno.test("a search finds nothing of a deleted room, and no deleted message", () => {
  const { chat, room, mod } = chatOf();
  using _ = chat;
  chat.say("secret plan", { room, by: mod });
  chat.say("red one", { by: mod });
  chat.say("red two", { by: mod });
  chat.follow();
  chat.append({ type: "room_deleted", room, by: mod });
  chat.append({ type: "retention", room: "lobby", before: 2 });
  for (const followed of [false, true]) {
    if (followed) chat.follow();
    assertEquals(chat.texts("secret", mod), []);
    assertEquals(chat.texts("red", mod), ["red two"]);
  }
});

Deno.test("the words of a deleted message leave the index, and their place is reused", () => {
  const { chat, room, mod, ann } = chatOf();
  using _ = chat;
  chat.say("red one", { by: mod });
  chat.say("secret plan", { room, by: mod });
  chat.follow();
  assertEquals(chat.index.size, 2);
  chat.append({ type: "room_deleted", room, by: mod });
  chat.append({ type: "room_erased", job: 1, step: 1 });
  // SQLite gives it the row of the newest one, which is gone.
  chat.say("blue", { by: mod });
  assertEquals(chat.texts("secret", ann), []);
  chat.follow();
  assertEquals([chat.texts("secret", mod), chat.texts("blue", ann)], [[], ["blue"]]);
  assertEquals([chat.index.size, chat.queue.length], [2, 0]);
  // The same, when the index has seen in between that the row is gone.
  chat.append({ type: "retention", room: "lobby", before: 3 });
  chat.follow();
  assertEquals([chat.index.size, chat.index.cursor], [0, 0]);
  chat.say("green", { by: mod });
  chat.follow();
  assertEquals(chat.texts("green", ann), ["green"]);
});

Deno.test("a search does not tell how much others write", () => {
  const { chat, room, mod, ann } = chatOf();
  using _ = chat;
  chat.say("red", { by: mod });
  for (let i = 0; i < 300; i++) chat.say("secret", { room, by: mod });
  chat.say("red", { by: mod });
  chat.follow();
  const found = chat.engine.find({ person: ann, text: "red", limit: 1 });
  // Encrypted: 16 bytes, whatever the place is.
  assertEquals(found !== "invalid" && found.next?.length, 22);
});

Deno.test("an edited message is found by its new text alone, at once not by the old one", () => {
  const { chat, ann } = chatOf();
  using _ = chat;
  chat.say("secret plan", { by: ann });
  chat.say("red", { by: ann });
  const edit = (id: string, text: string) =>
    chat.append({ type: "edit", room: "lobby", seq: 1, id, person: ann, text });
  // Before the index has seen it, and then after.
  edit("e1", "secret words");
  chat.follow();
  assertEquals([chat.texts("plan"), chat.texts("secret")], [[], ["secret words"]]);
  edit("e2", `nothing ${"long ".repeat(50)}`);
  for (const text of ["secret", "words"]) assertEquals(chat.texts(text), []);
  chat.follow();
  for (const text of ["secret", "words"]) assertEquals(chat.texts(text), []);
  // It keeps its place in the order.
  assertEquals(chat.find("from:ann").map(({ seq }) => seq), [2, 1]);
  assertEquals(chat.find("long").map(({ edited }) => edited !== undefined), [true]);
  assertEquals([chat.index.size, chat.queue.length], [2, 0]);
});

Deno.test("a deleted message is not found, at once", () => {
  const { chat, mod, ann } = chatOf();
  using _ = chat;
  for (let i = 0; i < 2; i++) chat.say("secret plan", { by: ann });
  chat.follow();
  for (const [seq, person] of [[1, ann], [2, ann]] as const) {
    chat.append({ type: "delete", room: "lobby", seq, person });
  }
  for (const followed of [false, true]) {
    if (followed) chat.follow();
    for (const text of ["secret", "from:ann", "in:lobby", "after:2020"]) {
      assertEquals(chat.texts(text, mod), [], text);
    }
  }
  assertEquals([chat.index.size, chat.queue.length], [0, 0]);
});

Deno.test("an answer omits messages that are deleted, edited or closed to the person meanwhile", () => {
  const { chat, room, mod, bob } = chatOf();
  using _ = chat;
  chat.append({ type: "room_member", room, person: bob, by: mod });
  for (const what of ["too old", "kept", "deleted", "edited"]) chat.say(`secret ${what}`);
  chat.say("secret room", { room, by: mod });
  chat.follow();
  const answer = chat.find("secret", bob);
  assertEquals(answer.length, 5);
  const recheck = new Recheck(chat.local.state.database.db);
  assertEquals(recheck.still(bob, answer), answer);
  chat.append({ type: "react", room: "lobby", seq: 2, person: mod, emoji: "👍", on: true });
  chat.append({ type: "delete", room: "lobby", seq: 3, person: "p-ann" });
  chat.append({
    ...{ type: "edit", room: "lobby", seq: 4, person: "p-ann", id: "e1", text: "other" },
  });
  chat.append({ type: "retention", room: "lobby", before: 2 });
  chat.append({ type: "room_removal", room, person: bob, reason: "", by: mod });
  const still = recheck.still(bob, answer);
  assertEquals(still.map(({ text, reactions }) => [text, reactions?.length]), [["secret kept", 1]]);
});
