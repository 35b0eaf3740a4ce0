import { parsePresenceMessage, parseTyping } from "./presence_messages.ts";
import { assertEquals } from "../testing/assert.ts";

const LONG = "x".repeat(900_000);
const ANN = { id: "p1", name: "Ann", version: 0 };

Deno.test("parsePresenceMessage takes the steps and people of a server, and nothing else of a line", () => {
  const steps = [
    ["join", "lobby", "p1", "Ann", 0],
    ["join", "garden-party", "p2", "", 5],
    ["leave", "lobby", "p1"],
    ["rename", "p1", "Anna", 1_900_000_000_000, "Ann"],
  ];
  const bad = [
    ["join", LONG, "p1", "Ann", 0],
    ["join", "Not a room", "p1", "Ann", 0],
    ["join", "lobby", LONG, "Ann", 0],
    ["join", "lobby", "", "Ann", 0],
    ["join", "lobby", "p1", LONG, 0],
    ["join", "lobby", "p1", "Ann", 1.5],
    ["join", "lobby", "p1", "Ann"],
    ["leave", "lobby", {}],
    ["rename", "p1", LONG, 1, "Ann"],
    ["rename", "p1", "Anna", 1, LONG],
    ["other", "lobby", "p1"],
    "join",
    null,
  ];
  const line = { type: "steps", n: 1, steps: [...steps, ...bad] };
  assertEquals<unknown>(parsePresenceMessage(JSON.stringify(line)), { ...line, steps });
  const infinite = '{"type":"steps","n":1,"steps":[["rename","p1","Anna",1e400,"Ann"]]}';
  assertEquals<unknown>(parsePresenceMessage(infinite), { ...line, steps: [] });
  const people = [[ANN, ["lobby"]], [{ ...ANN, name: "" }, []]];
  const others = [[{ ...ANN, name: LONG }, []], [{ ...ANN, id: 1 }, []], [ANN], [], null];
  const all = { type: "all", n: 2, part: 0, of: 1, people: [...people, ...others] };
  assertEquals<unknown>(parsePresenceMessage(JSON.stringify(all)), { ...all, people });
  const rooms = { ...all, people: [[ANN, ["lobby", LONG, 5, null, "Not a room"]]] };
  assertEquals<unknown>(parsePresenceMessage(JSON.stringify(rooms)), {
    ...all,
    people: [[ANN, ["lobby"]]],
  });
});

Deno.test("parsePresenceMessage takes the newest version of a line, if it is one", () => {
  const newest = (value: unknown) =>
    parsePresenceMessage(JSON.stringify({ type: "beat", n: 1, newest: value }))?.newest;
  assertEquals([7, 1.5, "7", null].map(newest), [7, undefined, undefined, undefined]);
});

Deno.test("parsePresenceMessage and parseTyping ignore malformed lines", () => {
  const deep = "[".repeat(500_000);
  for (const text of ["", "null", "1", "[]", "{}", '{"type":"all","n":1}', deep, "\xff\0"]) {
    assertEquals([parsePresenceMessage(text), parseTyping(text)], [undefined, undefined]);
  }
});

Deno.test("parseTyping takes a room and a person, no longer than those of a server", () => {
  const typing = (...values: unknown[]) => parseTyping(JSON.stringify(values));
  assertEquals(typing("lobby", "p1", "Ann"), { room: "lobby", user: { id: "p1", name: "Ann" } });
  for (const values of [["lobby", "p1", LONG], ["lobby", LONG, "Ann"], [LONG, "p1", "Ann"]]) {
    assertEquals(typing(...values), undefined);
  }
  assertEquals([typing("lobby", "p1"), typing("lobby", {}, [])], [undefined, undefined]);
});
