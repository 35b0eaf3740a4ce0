import { assertEquals } from "../testing/assert.ts";
import { randomText, seeded } from "../testing/random.ts";
import { exceedsUtf8, utf8Bytes } from "./utf8.ts";

Deno.test("utf8Bytes and exceedsUtf8 count the bytes that an encoder makes", () => {
  const random = seeded(1);
  const encoder = new TextEncoder();
  for (let i = 0; i < 2000; i++) {
    const text = randomText(random, 20);
    const bytes = encoder.encode(text).length;
    assertEquals(utf8Bytes(text), bytes, JSON.stringify(text));
    for (const limit of [0, text.length, bytes - 1, bytes, bytes + 1, text.length * 3]) {
      assertEquals(exceedsUtf8(text, limit), bytes > limit, `${JSON.stringify(text)} ${limit}`);
    }
  }
});
