import { assertEquals } from "../../testing/assert.ts";
import { excerpt } from "./quote.ts";

Deno.test("excerpt is one line without markup, and hides what is hidden", () => {
  assertEquals(excerpt("> said\n\nI **do** `not`"), "said I do not");
  assertEquals(excerpt("# Title\n```js\nlet a = 1;\n```"), "Title let a = 1;");
  assertEquals(excerpt("he ||dies|| at ||the end"), "he ▒▒▒ at ▒▒▒");
  assertEquals(excerpt("he ||dies | lives|| and"), "he ▒▒▒ and");
  assertEquals(excerpt("😀".repeat(200)), `${"😀".repeat(160)}…`);
});
