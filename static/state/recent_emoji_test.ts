import { assertEquals } from "../../testing/assert.ts";
import { MemoryStorage } from "../../testing/storage.ts";
import { noteEmoji, recentEmoji } from "./recent_emoji.ts";
import { openStorage } from "./storage.ts";

Deno.test("The emoji used lately come first, and those that are there keep their place", () => {
  const area = new MemoryStorage();
  const store = openStorage(() => area);
  const usual = recentEmoji(store);
  assertEquals(usual.length, 6);
  noteEmoji(store, usual[3] ?? "");
  assertEquals(recentEmoji(store), usual);
  noteEmoji(store, "🐟");
  noteEmoji(store, "🐙");
  assertEquals(recentEmoji(store), ["🐙", "🐟", ...usual.slice(0, 4)]);
  store.set("emoji", `{"recent":[1,"🐟"]}`);
  assertEquals(recentEmoji(store)[0], "🐟");
  store.set("emoji", "junk");
  assertEquals(recentEmoji(store), usual);
});
