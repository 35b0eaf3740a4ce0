import { assertEquals } from "../../testing/assert.ts";
import { initials } from "./initials.ts";

const NAMES: [name: string, letters: string][] = [
  ["Mira", "Mi"],
  ["K", "K"],
  ["María José", "MJ"],
  ["jean-luc Picard", "JP"],
  ["Jean Claude van Damme", "JD"],
  ["Ärzte", "Är"],
  ["e\u0301mile", "E\u0301m"],
  ["Дмитрий", "Дм"],
  ["Νίκος", "Νί"],
  ["李雷", "李"],
  ["さくら", "さ"],
  ["Priya राव", "P"],
  ["نور 🦊", "ن"],
  ["🦊", "🦊"],
  ["👨‍👩‍👧 family", "Fa"],
  ["2pac", "2p"],
  ["guest-m86b", "M8"],
  ["...", "."],
  ["", "–"],
];

Deno.test("initials takes two letters of narrow scripts, one of others, and the guest's own part", () => {
  assertEquals(NAMES.map(([name]) => [name, initials(name)]), NAMES);
});
