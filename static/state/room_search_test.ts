import { assertEquals } from "../../testing/assert.ts";
import { searchRooms } from "./room_search.ts";
import { similarRooms } from "./similar_rooms.ts";

const NAMES = ["lobby", "engineering", "zh-engine", "big-engineers", "reengage", "eng"];

Deno.test("searchRooms puts the same name first, then beginnings, words and the rest", () => {
  assertEquals(searchRooms(NAMES, "eng", (name) => [name]), [
    "eng",
    "engineering",
    "zh-engine",
    "big-engineers",
    "reengage",
  ]);
  assertEquals(searchRooms(NAMES, "", (name) => [name]), NAMES);
  assertEquals(searchRooms(NAMES, "nothing", (name) => [name]), []);
});

Deno.test("similarRooms finds the likely rooms of a mistyped name", () => {
  assertEquals(similarRooms(NAMES, "enginering"), ["engineering"]);
  assertEquals(similarRooms(NAMES, "loby"), ["lobby"]);
  assertEquals(similarRooms(NAMES, "engine"), ["engineering"]);
  assertEquals(similarRooms(NAMES, "ab"), []);
  assertEquals(similarRooms(NAMES, "garden"), []);
});
