import { readTextFile } from "./text_file.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { assertEquals, assertMatch, assertThrows } from "../testing/assert.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

function utf16(text: string, littleEndian: boolean, mark: boolean): Uint8Array {
  const units = [...mark ? "\ufeff" : "", ...text].map((char) => char.charCodeAt(0));
  const view = new DataView(new ArrayBuffer(units.length * 2));
  units.forEach((unit, i) => view.setUint16(i * 2, unit, littleEndian));
  return new Uint8Array(view.buffer);
}

Deno.test("readTextFile reads UTF-8 without its byte order mark", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/file`;
  for (const text of ["", "öffne dich\r\n", "\ufeffmark", "a\ufeff"]) {
    await Deno.writeFile(path, utf8(text));
    assertEquals(readTextFile(path), text.replace(/^\ufeff/, ""));
  }
});

Deno.test("readTextFile names what is wrong with a file that is not UTF-8", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/file`;
  for (const littleEndian of [true, false]) {
    for (const mark of [true, false]) {
      await Deno.writeFile(path, utf16("sesame", littleEndian, mark));
      assertMatch(
        assertThrows(() => readTextFile(path), Error).message,
        /UTF-16; save it as UTF-8/,
      );
    }
  }
  await Deno.writeFile(path, new Uint8Array([0x66, 0xfc, 0x72]));
  assertMatch(assertThrows(() => readTextFile(path), Error).message, /it is not UTF-8/);
  assertThrows(() => readTextFile(`${folder.path}/none`), Deno.errors.NotFound);
});
