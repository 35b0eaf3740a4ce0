import { assert, assertEquals } from "../../testing/assert.ts";
import type { Message, User } from "../../protocol/mod.ts";
import { MemoryStorage } from "../../testing/storage.ts";
import { arrived, hello, joined, message, openChat, OWN, stretch } from "./chat_fixture.ts";
import { knownNamesOf, personIn } from "./names.ts";
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

Deno.test("In a crowd the names that may be mentioned are those of the last who came, and of authors", () => {
  const room = new Room("lobby", 0);
  const people = Array.from({ length: 5_000 }, (_, i): User => ({ id: `u${i}`, name: `n${i}` }));
  room.members.value = new Map(people.map((user) => [user.id, user]));
  room.replace([by("b", "Bob", 1)], false, "me");
  let named = 0;
  const me = { id: "me", name: "Me" };
  const { ids, all } = knownNamesOf({ room, me, nameOf: ({ name }) => (named++, name) });
  assert(named < 1_500, `${named} names looked up`);
  assertEquals(["n0", "n4999", "bob", "me"].map((name) => all.includes(name)), [
    false,
    true,
    true,
    true,
  ]);
  assertEquals(["u0", "u4999", "b", "me"].map((id) => ids?.has(id)), [false, true, true, true]);
});

Deno.test("The names that a guest's unread messages may mention are gathered once for all of them", async () => {
  const area = new MemoryStorage();
  area.setItem(`hubbub.${OWN}read.lobby`, "0");
  area.setItem("hubbub.owner", OWN.slice(3, -1));
  await using test = await openChat({ area });
  const { chat, client } = test;
  hello(client);
  const { people } = chat;
  let named = 0;
  people.nameOf = ({ name }) => (named++, name);
  client.send(joined(20, stretch(1, 20).map((each) => ({ ...each, text: "@Bob, @Ann!" }))));
  await arrived(chat, 20);
  assertEquals(chat.active.value.mentions.value, 20);
  assert(named < 100, `${named} names looked up`);
});
