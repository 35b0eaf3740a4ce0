import { assertEquals } from "../testing/assert.ts";
import { isEmoji } from "./emoji.ts";

Deno.test("isEmoji accepts one emoji in its full form", () => {
  for (const emoji of ["👍", "👍🏽", "❤️", "👨‍👩‍👧‍👦", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "1️⃣", "🇩🇪"]) {
    assertEquals(isEmoji(emoji), true, emoji);
  }
});

Deno.test("isEmoji refuses everything else", () => {
  const others = [
    "",
    "a",
    "1",
    "👍👍",
    "👍 ",
    "❤",
    "\u200d",
    "🏽🏽",
    "🇩",
    "茶",
    "\ud83d",
    "👍".repeat(99),
  ];
  for (const other of [...others, undefined, null, 1, {}, ["👍"]]) {
    assertEquals(isEmoji(other), false, JSON.stringify(other));
  }
});
