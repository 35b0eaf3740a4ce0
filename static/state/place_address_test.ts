import { assertEquals } from "../../testing/assert.ts";
import { readPlace, samePlace } from "./place_address.ts";

Deno.test("readPlace reads rooms of any script, and the numbers of messages", () => {
  const table: [hash: string, place: ReturnType<typeof readPlace>][] = [
    ["#/lobby", { room: "lobby" }],
    ["#/lobby/12", { room: "lobby", seq: 12 }],
    ["#/%E8%8A%B1%E5%9B%AD/7", { room: "花园", seq: 7 }],
    ["#/~abc/3", { room: "~abc", seq: 3 }],
    ["#/lobby/0", { room: "lobby", seq: 0 }],
    ["#/lobby/", undefined],
    ["#/lobby/x", undefined],
    ["#/lobby/-1", undefined],
    ["#/lobby/1/2", undefined],
    ["#/admin/people", undefined],
    ["#/", undefined],
    ["", undefined],
    ["#/%E0%A4/5", { room: "%E0%A4", seq: 5 }],
  ];
  for (const [hash, place] of table) assertEquals([hash, readPlace(hash)], [hash, place]);
});

Deno.test("samePlace looks through the ways of writing an address", () => {
  assertEquals(samePlace("#/%E8%8A%B1", "#/花"), true);
  assertEquals(samePlace("#/a/1", "#/a/2"), false);
});
