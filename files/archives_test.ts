import { Buffer } from "node:buffer";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { assert, assertEquals } from "../testing/assert.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { archiveType } from "./archives.ts";
import { finish } from "./finishing.ts";

/** Bytes that a bomb unpacks to: enough to be seen. */
const BOMB_BYTES = 400 * 1024 * 1024;

/** The beginning of a ZIP: entries of which each says that its data have `says` bytes when unpacked. */
function zip(entries: readonly { name: string; data: Uint8Array; says?: number }[]): Buffer {
  return Buffer.concat(entries.flatMap(({ name, data, says }) => {
    const head = Buffer.alloc(30);
    head.write("PK\x03\x04", "latin1");
    head.writeUInt16LE(says === undefined ? 0 : 8, 8);
    head.writeUInt32LE(data.length, 18);
    head.writeUInt32LE(says ?? data.length, 22);
    head.writeUInt16LE(name.length, 26);
    return [head, Buffer.from(name), data];
  }));
}

Deno.test("the types of archives are recognized by their contents and the names of their entries", () => {
  const none = new Uint8Array();
  const file = (name: string) => ({ name, data: none });
  const cases: [Uint8Array, string | undefined][] = [
    [zip([file("a.txt"), file("word/x")]), "application/zip"],
    [
      zip([file("[Content_Types].xml"), file("word/document.xml")]),
      "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ],
    [
      zip([file("xl/workbook.xml"), file("[Content_Types].xml")]),
      "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ],
    [
      zip([{ name: "mimetype", data: Buffer.from("application/epub+zip") }, file("META-INF/x")]),
      "application/epub+zip",
    ],
    [zip([{ name: "mimetype", data: Buffer.from("text/html") }]), "application/zip"],
    [zip([file("a")]).subarray(0, 20), "application/zip"],
    [gzipSync("text"), "application/gzip"],
    [Buffer.from("PK\x03"), undefined],
    [none, undefined],
  ];
  for (const [bytes, type] of cases) assertEquals(archiveType(bytes), type);
});

Deno.test("looking at a file unpacks nothing, wherever an archive begins in it", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "file");
  const zeros = new Uint8Array(1024 * 1024);
  const data = await new Response(
    ReadableStream.from(Array.from({ length: BOMB_BYTES / zeros.length }, () => zeros))
      .pipeThrough(new CompressionStream("deflate-raw")),
  ).bytes();
  const bomb = zip([{ name: "mimetype", data, says: 10 }]);
  const hidden = [bomb, gzipSync(bomb)];
  const bombs = [
    ...hidden,
    ...hidden.map((bytes) => Buffer.concat([Buffer.from("\ufeff"), bytes])),
    // Behind a tag of a sound, which is skipped.
    ...hidden.map((bytes) => Buffer.concat([Buffer.from("ID3\x03\0\0\0\0\0\0", "latin1"), bytes])),
  ];
  const before = peakBytes();
  for (const bytes of bombs) {
    await Deno.writeFile(path, bytes);
    const answer = await finish({ type: "look", path });
    assert("result" in answer && "type" in answer.result, JSON.stringify(answer));
    assert(/^application\//.test(answer.result.type), answer.result.type);
  }
  const grown = peakBytes() - before;
  assert(grown < BOMB_BYTES / 4, `looking took ${grown} bytes`);
});

/** The most memory that this process has had so far. */
function peakBytes(): number {
  if (Deno.build.os !== "linux") return 0;
  const [, kib] = /^VmHWM:\s+(\d+)/m.exec(Deno.readTextFileSync("/proc/self/status")) ?? [];
  return Number(kib) * 1024;
}
