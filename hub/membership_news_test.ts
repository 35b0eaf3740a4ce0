import { MembershipNews } from "./membership_news.ts";
import { assertEquals } from "../testing/assert.ts";

Deno.test("MembershipNews sends each room once to each connected person, whatever arrives meanwhile", async () => {
  const told: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const news = new MembershipNews({
    tell: (person, room) => {
      told.push(`${person} ${room}`);
      if (person === "last") resolve();
    },
    isHere: (person) => person !== "away",
  });
  for (let i = 0; i < 1000; i++) {
    for (const person of ["ann", "away", "bob"]) news.add(person, "tea");
  }
  news.add("ann", "lobby");
  news.add("last", "tea");
  await promise;
  assertEquals(told, ["ann tea", "bob tea", "ann lobby", "last tea"]);
  news.close();
});

Deno.test("MembershipNews lets others have their turn while there is much to tell", async () => {
  const busy = 3;
  let told = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const news = new MembershipNews({
    tell: () => {
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
