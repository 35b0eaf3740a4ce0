import { assert, assertEquals } from "../../testing/assert.ts";
import { MemoryStorage } from "../../testing/storage.ts";
import { EMOJI } from "../emoji_en.ts";
import { isEmoji } from "../../protocol/emoji.ts";
import { readEmoji } from "./emoji_table.ts";
import { chooseTone, chosenTone, TONES, withTone } from "./skin_tone.ts";
import { openStorage } from "./storage.ts";

Deno.test("withTone gives a tone to emoji that have one, and leaves the rest", () => {
  const toned = (emoji: string) => withTone(emoji, "🏽");
  assertEquals(
    ["👍", "☝️", "👩‍💻", "🕵️‍♂️", "🤝"].map(toned),
    ["👍🏽", "☝🏽", "👩🏽‍💻", "🕵🏽‍♂️", "🤝🏽"],
  );
  for (const emoji of ["❤️", "😀", "👪", "🧑‍🤝‍🧑", "🇩🇪"]) assertEquals(toned(emoji), emoji);
  const all = readEmoji(EMOJI).flat().map(({ emoji }) => emoji);
  for (const tone of TONES) {
    assertEquals(all.map((emoji) => withTone(emoji, tone)).filter((emoji) => !isEmoji(emoji)), []);
  }
  assert(all.filter((emoji) => toned(emoji) !== emoji).length > 250);
});

Deno.test("The tone that was chosen is kept", () => {
  const storage = new MemoryStorage();
  const store = openStorage(() => storage);
  assertEquals(chosenTone(store), "");
  chooseTone(store, "🏿");
  assertEquals(chosenTone(store), "🏿");
  chooseTone(store, "something else");
  assertEquals(chosenTone(store), "");
});
