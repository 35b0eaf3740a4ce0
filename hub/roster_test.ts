import { type NamedPerson, Roster } from "./roster.ts";
import type { SharedPresenceChange } from "./shared_presence.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { pick, seeded } from "../testing/random.ts";

/** A roster, and its changes in few words. */
class Fixture {
  changes: string[] = [];
  now = 0;
  readonly roster = new Roster((change, server) => {
    this.changes.push(`${server}: ${describe(change)}`);
  }, () => this.now);

  /** The changes since the last call. */
  take(): string[] {
    const changes = this.changes;
    this.changes = [];
    return changes;
  }

  names(room: string): string[] {
    return [...this.roster.members(room).values()].map(({ name }) => name).toSorted();
  }
}

function describe(change: SharedPresenceChange): string {
  if (change.type !== "renamed") return `${change.user.name} ${change.type} ${change.room}`;
  return `${change.was} renamed ${change.user.name} in ${change.rooms.join(",")}`;
}

function person(name: string, version = 0): NamedPerson {
  return { id: "p1", name, version };
}

Deno.test("Roster counts a person once in a room, on however many servers", () => {
  const the = new Fixture();
  the.roster.join("s1", "lobby", person("ann"));
  the.roster.join("s1", "lobby", person("ann"));
  the.roster.join("s2", "lobby", person("ann"));
  assertEquals(the.take(), ["s1: ann joined lobby"]);
  the.roster.leave("s1", "lobby", "p1");
  the.roster.leave("s1", "lobby", "p1");
  assertEquals([the.take(), the.names("lobby")], [[], ["ann"]]);
  the.roster.leave("s2", "lobby", "p1");
  assertEquals([the.take(), the.names("lobby")], [["s2: ann left lobby"], []]);
  assertEquals(the.roster.rooms.size, 0);
});

Deno.test("Roster ignores leaving a room by somebody who is not there", () => {
  const the = new Fixture();
  the.roster.leave("s1", "lobby", "p1");
  the.roster.join("s1", "lobby", person("ann"));
  the.roster.leave("s2", "lobby", "p1");
  the.roster.leave("s1", "tea", "p1");
  assertEquals([the.take(), the.names("lobby")], [["s1: ann joined lobby"], ["ann"]]);
});

Deno.test("Roster renames a person in all rooms, and reports the server", () => {
  const the = new Fixture();
  the.roster.join("s1", "lobby", person("ann"));
  the.roster.join("s2", "tea", person("ann"));
  the.take();
  the.roster.rename("s2", person("Anna", 5), "ann");
  assertEquals(the.take(), ["s2: ann renamed Anna in lobby,tea"]);
  assertEquals([the.names("lobby"), the.names("tea")], [["Anna"], ["Anna"]]);
});

Deno.test("Roster keeps the newest name, in whatever order names arrive", () => {
  const the = new Fixture();
  the.roster.join("s1", "lobby", person("ann"));
  the.roster.rename("s1", person("third", 3), "ann");
  the.roster.rename("s2", person("second", 2), "ann");
  the.roster.join("s2", "tea", person("first", 1));
  assertEquals([the.names("lobby"), the.names("tea")], [["third"], ["third"]]);
  assertEquals(the.roster.person("p1")?.name, "third");
});

Deno.test("Roster remembers the new name of a person who is in no room", () => {
  const the = new Fixture();
  the.roster.rename("s1", person("Anna", 5), "ann");
  assertEquals(the.take(), ["s1: ann renamed Anna in "]);
  the.roster.join("s2", "lobby", person("ann"));
  assertEquals([the.take(), the.names("lobby")], [["s2: Anna joined lobby"], ["Anna"]]);
});

Deno.test("Roster forgets the renames of people in no room after two minutes", () => {
  const the = new Fixture();
  // A version is no time: one from the future is forgotten like any other.
  the.roster.rename("s1", person("Anna", Date.now() + 1e9), "ann");
  assertEquals(the.roster.wasRenamedWithin("p1", 1000), true);
  the.now = 1000;
  assertEquals(the.roster.wasRenamedWithin("p1", 1000), false);
  the.now = 120_001;
  the.roster.rename("s1", { id: "p2", name: "Bob", version: 1 }, "bob");
  assertEquals([the.roster.person("p1"), the.roster.person("p2")?.name], [undefined, "Bob"]);
});

Deno.test("Roster.nextVersion is above all versions known, even those from the future", () => {
  const the = new Fixture();
  const first = the.roster.nextVersion();
  assert(the.roster.nextVersion() > first);
  const future = Date.now() + 1e9;
  the.roster.join("s1", "lobby", person("ann", future));
  assertEquals([the.roster.nextVersion(), the.roster.nextVersion()], [future + 1, future + 2]);
  the.roster.rename("s1", { id: "p2", name: "Bob", version: future + 10 }, "bob");
  assertEquals(the.roster.nextVersion(), future + 11);
  the.roster.see(future + 20);
  assertEquals([the.roster.nextVersion(), the.roster.newest], [future + 21, future + 21]);
});

Deno.test("Roster replaces the people of a server by those it reports", () => {
  const the = new Fixture();
  the.roster.join("s1", "lobby", person("ann"));
  the.roster.join("s1", "tea", person("ann"));
  the.roster.join("s2", "tea", person("ann"));
  the.take();
  the.roster.replace("s1", [
    [person("ann"), ["lobby"]],
    [{ id: "p2", name: "bob", version: 0 }, ["tea"]],
  ]);
  assertEquals(the.take(), ["s1: bob joined tea"]);
  assertEquals(
    new Map(the.roster.peopleOf("s1").map(([{ id }, rooms]) => [id, rooms])),
    new Map([["p1", ["lobby"]], ["p2", ["tea"]]]),
  );
  the.roster.drop("s1");
  assertEquals(the.take(), ["s1: ann left lobby", "s1: bob left tea"]);
  assertEquals([the.roster.peopleOf("s1"), the.names("tea")], [[], ["ann"]]);
});

Deno.test("Roster ends up the same in whatever order the reports of servers arrive", () => {
  const random = seeded(7);
  for (let round = 0; round < 200; round++) {
    // The reports of each server, in its own order.
    const reports = ["s1", "s2", "s3"].map((server) =>
      Array.from({ length: 8 }, () => {
        const id = pick(random, ["p1", "p2"]);
        const room = pick(random, ["red", "blue"]);
        const version = Math.ceil(random() * 1000);
        return random() < 0.5
          ? (roster: Roster) => roster.join(server, room, { id, name: "first", version: 0 })
          : random() < 0.5
          ? (roster: Roster) => roster.leave(server, room, id)
          : (roster: Roster) =>
            roster.rename(server, { id, name: `name ${version}`, version }, "first");
      })
    );
    const results = Array.from({ length: 3 }, () => {
      const { roster } = new Fixture();
      // People who are in no room are forgotten, so that everyone stays in one.
      for (const id of ["p1", "p2"]) roster.join("s0", "all", { id, name: "first", version: 0 });
      const waiting = reports.map((report) => [...report]);
      for (let left; (left = waiting.filter((report) => report.length > 0)).length > 0;) {
        pick(random, left).shift()?.(roster);
      }
      return ["all", "red", "blue"].map((room) =>
        [...roster.members(room).values()].map(({ id, name }) => `${id} ${name}`).toSorted()
      );
    });
    assertEquals(results[0], results[1]);
    assertEquals(results[0], results[2]);
  }
});
