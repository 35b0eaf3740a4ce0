import { assert, assertEquals } from "../../testing/assert.ts";
import { isEmoji } from "../../protocol/emoji.ts";
import { EMOJI as EN } from "../emoji_en.ts";
import { EMOJI as ZH } from "../emoji_zh.ts";
import { MESSAGE_STRINGS } from "../message_strings.ts";
import { readEmoji, searchEmoji } from "./emoji_table.ts";

Deno.test("Both tables have the same emoji in named groups, and the server takes each of them", () => {
  const [en, zh] = [readEmoji(EN), readEmoji(ZH)];
  assertEquals(
    en.map((group) => group.map(({ emoji }) => emoji)),
    zh.map((group) => group.map(({ emoji }) => emoji)),
  );
  assertEquals(en.flat().map(({ emoji }) => emoji).filter((emoji) => !isEmoji(emoji)), []);
  assert([...en, ...zh].flat().every(({ name }) => name !== ""));
  for (const { groups } of [MESSAGE_STRINGS.en, MESSAGE_STRINGS.zh]) {
    assertEquals(groups.length, en.length);
  }
});

Deno.test("An emoji is found by the beginning of its name, by other words, and by itself", () => {
  const [en, zh] = [readEmoji(EN), readEmoji(ZH)];
  const found = (text: string) => searchEmoji(en, text).map(({ emoji }) => emoji);
  assertEquals(found("party p")[0], "🎉");
  assertEquals(found("Thumbs UP").slice(0, 1), ["👍"]);
  assertEquals(found("🐟"), ["🐟"]);
  assertEquals(found("no such emoji"), []);
  assert(searchEmoji(zh, "笑").length > 5);
});
