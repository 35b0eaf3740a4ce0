import { assertEquals } from "../../testing/assert.ts";
import type { Message, User } from "../../protocol/mod.ts";
import { message } from "./chat_fixture.ts";
import { personIn } from "./names.ts";
import { Room } from "./room.ts";

function by(id: string, name: string, seq: number): Message {
  return { ...message(seq), user: { id, name } };
}

Deno.test("A person who has left is known by the newest message of theirs that is here", () => {
  const room = new Room("lobby", 0);
  const name = (id: string) => personIn(room, id)?.name;
  room.replace([by("a", "Ann", 5), by("b", "Bob", 6)], true, "me");
  room.append([by("a", "Anna", 7), by("c", "Carl", 9)], "me");
  // The message before it is not here yet.
  assertEquals([name("a"), name("b"), name("c")], ["Anna", "Bob", undefined]);
  room.extend({ messages: [by("b", "Bobby", 8)], more: false }, 7, "me");
  room.prepend([by("d", "Dora", 2), by("d", "Dodo", 3), by("a", "An", 4)], false, 5, "me");
  assertEquals(["a", "b", "c", "d"].map(name), ["Anna", "Bobby", "Carl", "Dodo"]);
  room.change({ ...by("a", "Ann", 5), rev: 1 });
  assertEquals(name("a"), "Anna");
  const user = { id: "a", name: "", deleted: true } as const;
  room.change({ ...by("a", "", 7), user, rev: 2 });
  assertEquals(personIn(room, "a"), user);
  room.members.value = new Map([["b", { id: "b", name: "Robert" }]]);
  assertEquals(name("b"), "Robert");
  room.replace([by("e", "Eve", 20)], false, "me");
  assertEquals(["a", "e"].map(name), [undefined, "Eve"]);
});

Deno.test("Naming the people of many reactions reads no message", () => {
  let read = 0;
  const messages = Array.from({ length: 1_000 }, (_, i): Message => ({
    ...message(i + 1),
    get user(): User {
      read++;
      return { id: `u${i % 10}`, name: "Bob" };
    },
  }));
  const room = new Room("lobby", 0);
  room.replace(messages, true, "me");
  read = 0;
  for (let i = 0; i < 200; i++) personIn(room, `gone${i}`);
  assertEquals(read, 0);
});
