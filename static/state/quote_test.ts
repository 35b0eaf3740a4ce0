import { assertEquals } from "../../testing/assert.ts";
import { loadEmoji } from "../emoji.ts";
import { excerpt } from "./quote.ts";

Deno.test("excerpt is one line without markup", async () => {
  await loadEmoji();
  assertEquals(excerpt("> said\n\nI **do** `not`", "…"), "said I do not");
  assertEquals(excerpt("## Title\n```js\nlet a = 1;\n```", "…"), "Title let a = 1;");
  assertEquals(excerpt("| a | b |\n|---|---|\n| 1 | 2 |", "…"), "a b 1 2");
  assertEquals(excerpt("fine :+1: `:+1:`", "…"), "fine 👍 :+1:");
  assertEquals(excerpt("😀".repeat(200), "…"), `${"😀".repeat(160)}…`);
});

Deno.test("excerpt hides the spoilers that a message hides, also one that ends far behind it", () => {
  assertEquals(excerpt("he ||dies|| at ||the end", "(spoiler)"), "he (spoiler) at ||the end");
  assertEquals(excerpt("he ||dies | lives|| and", "(spoiler)"), "he (spoiler) and");
  assertEquals(excerpt(`he ||${"dies ".repeat(1_000)}so|| and`, "(spoiler)"), "he (spoiler) and");
  // Code is no spoiler, and what is in a list may be one.
  assertEquals(excerpt("`a||b||c`\n\n- ||x||\n- y", "(spoiler)"), "a||b||c (spoiler) y");
});
