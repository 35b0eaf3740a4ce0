import { NumberCipher } from "./number_cipher.ts";
import { assertEquals, assertMatch } from "../testing/assert.ts";

const key = new Uint8Array(32).fill(7);

Deno.test("NumberCipher reads what it has printed, and nothing else", () => {
  const cipher = new NumberCipher(key, "tests");
  for (const number of [0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    const text = cipher.print(number);
    assertMatch(text, /^[\w-]{22}$/);
    assertEquals(cipher.read(text), number);
    assertEquals(new NumberCipher(key, "other tests").read(text), undefined);
    assertEquals(new NumberCipher(key.map((byte) => byte + 1), "tests").read(text), undefined);
    for (const other of [text.slice(1), `${text}A`, `${text}=`, ` ${text}`]) {
      assertEquals(cipher.read(other), undefined, other);
    }
  }
  for (const text of ["", "7", "A".repeat(22), "?".repeat(22), "A".repeat(10_000)]) {
    assertEquals(cipher.read(text), undefined);
  }
});

Deno.test("NumberCipher prints another text each time", () => {
  const cipher = new NumberCipher(key, "tests");
  assertEquals(new Set(Array.from({ length: 100 }, () => cipher.print(5))).size, 100);
});
