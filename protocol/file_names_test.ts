import { assert, assertEquals } from "../testing/assert.ts";
import { FILE_NAME_BYTES, isFileId, isFileIds, toFileName } from "./file_names.ts";
import { utf8Bytes } from "./utf8.ts";

Deno.test("toFileName keeps a name, without forbidden characters", () => {
  const table: [raw: string, name: string][] = [
    ["Photo 1.png", "Photo 1.png"],
    ["李.pdf", "李.pdf"],
    [" .bashrc ", ".bashrc"],
    ["C:\\Users\\ann\\report.txt", "report.txt"],
    ["../../etc/passwd", "passwd"],
    ["a\0b\r\n\x1b[2J.txt", "a\ufffdb[2J.txt"],
    ["invoice\u202egnp.exe", "invoicegnp.exe"],
    ["a\ud800", "a\ufffd"],
    ["", "file"],
    ["..", "file"],
    [".", "file"],
    ["folder/", "file"],
    [" \t", "file"],
  ];
  for (const [raw, name] of table) assertEquals(toFileName(raw), name, JSON.stringify(raw));
});

Deno.test("toFileName shortens a long name but for its ending", () => {
  for (const unit of ["a", "é", "李", "🦊"]) {
    const name = toFileName(`${unit.repeat(300)}.tar.gz`);
    assert(name.endsWith(`${unit}.gz`) || name.endsWith(".tar.gz"), name);
    const bytes = utf8Bytes(name);
    assert(bytes <= FILE_NAME_BYTES && bytes > FILE_NAME_BYTES - 8, `${bytes}`);
    assert(name.isWellFormed());
    assertEquals(toFileName(name), name);
  }
  assertEquals(toFileName("x".repeat(100_000)).length, FILE_NAME_BYTES);
});

Deno.test("isFileIds takes 1 to 10 different ids", () => {
  const ids = Array.from({ length: 11 }, (_, i) => `${i}`.padStart(22, "A"));
  assert(ids.every(isFileId));
  assert(isFileIds(ids.slice(0, 1)) && isFileIds(ids.slice(0, 10)));
  for (const bad of [[], ids, [ids[0], ids[0]], ["a"], [ids[0], 5], ids[0], null, undefined]) {
    assert(!isFileIds(bad), JSON.stringify(bad));
  }
  for (const bad of ["", "A".repeat(21), "A".repeat(23), `${"A".repeat(21)}/`, `${ids[0]}\n`]) {
    assert(!isFileId(bad), JSON.stringify(bad));
  }
});
