import { assertEquals } from "../../testing/assert.ts";
import { utf8Bytes } from "../../protocol/utf8.ts";
import { charactersOver } from "./characters.ts";

Deno.test("charactersOver counts the characters to remove from the end, of any script", () => {
  assertEquals(charactersOver("abc", 3), 0);
  assertEquals(charactersOver("abcde", 3), 2);
  assertEquals(charactersOver("你好世界", 6), 2);
  assertEquals(charactersOver("你好世界", 7), 2);
  assertEquals(charactersOver("a🎉🎉", 5), 1);
  assertEquals(charactersOver("", 0), 0);
  for (const text of ["x🎉é你\ud83c", "🎉".repeat(9), "é你a".repeat(7)]) {
    for (let limit = 0; limit <= utf8Bytes(text); limit++) {
      const characters = [...text];
      const over = charactersOver(text, limit);
      const kept = (removed: number) =>
        utf8Bytes(characters.slice(0, characters.length - removed).join(""));
      assertEquals(kept(over) <= limit, true);
      assertEquals(over === 0 || kept(over - 1) > limit, true);
    }
  }
});
