import { MembershipNews } from "./membership_news.ts";
import { assertEquals } from "../testing/assert.ts";
import { FakeTimers } from "../testing/fake_timers.ts";

Deno.test("MembershipNews sends each room once to each connected person, whatever arrives meanwhile", async () => {
  const told: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const news = new MembershipNews({
    teller: (person) => (room) => {
      told.push(`${person} ${room}`);
      if (room === "end") resolve();
    },
    isHere: (person) => person !== "away",
  });
  for (let i = 0; i < 1000; i++) {
    for (const person of ["ann", "away", "bob"]) news.add(person, "tea");
  }
  news.add("ann", "lobby");
  news.add("ann", "end");
  await promise;
  assertEquals(told, ["ann tea", "bob tea", "ann lobby", "ann end"]);
  news.close();
});

Deno.test("MembershipNews lets others have their turn while there is much to tell", async () => {
  const busy = 3;
  let told = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const news = new MembershipNews({
    teller: () => () => {
      const end = performance.now() + busy;
      while (performance.now() < end);
      if (++told === 40) resolve();
    },
    isHere: () => true,
  });
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  for (let i = 0; i < 40; i++) news.add(`p${i}`, "tea");
  await promise;
  clearInterval(timer);
  news.close();
  assertEquals(turns > 5, true, `${turns} turns`);
});

Deno.test("MembershipNews lets people take turns, and reads once what is to be known of each in a slice", () => {
  using time = new FakeTimers();
  const told: string[] = [];
  let readers = 0;
  const news = new MembershipNews({
    teller: (person) => {
      readers++;
      return (room) => {
        told.push(`${person} ${room}`);
        time.pass(1);
      };
    },
    isHere: () => true,
  });
  for (let i = 0; i < 400; i++) for (const person of ["a", "b"]) news.add(person, `r${i}`);
  news.add("c", "tea");
  time.pass(100);
  assertEquals(told, ["a r0", "b r0", "c tea", "a r1", "b r1", "a r2", "b r2"]);
  assertEquals(readers, 3);
  // What arrives meanwhile comes after one room of each other person.
  news.add("c", "lobby");
  time.pass(40);
  assertEquals(told.slice(7, 10), ["a r3", "b r3", "c lobby"]);
  assertEquals(readers, 6);
  news.close();
});

Deno.test("MembershipNews says once that a room was hidden, whatever else becomes of it meanwhile", () => {
  using time = new FakeTimers();
  const told: string[] = [];
  const news = new MembershipNews({
    teller: (person) => (room, hidden) => told.push(`${person} ${room} ${hidden}`),
    isHere: () => true,
  });
  news.add("ann", "tea", true);
  news.add("ann", "tea");
  news.add("bob", "tea");
  news.add("bob", "lobby");
  news.add("bob", "lobby", true);
  time.pass(100);
  assertEquals(told, ["ann tea true", "bob tea false", "bob lobby true"]);
  news.close();
});
