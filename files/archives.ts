/**
 * Recognizes the types of archives without unpacking anything.
 *
 * A library that unpacks a part to know more can be made to unpack gigabytes: 1,650 bytes of ZIP in GZIP, whose entry
 * says that it is ten bytes long, took it 1.9 GB. Here it never meets an archive, wherever in a file that begins.
 *
 * @module
 */
import { Buffer } from "node:buffer";

const ZIP = Buffer.from("PK\x03\x04", "latin1");
const GZIP = Buffer.from([0x1f, 0x8b, 0x08]);

/** The entries of a ZIP that are looked at, and the characters of their names. */
const ENTRIES = 1000;
const NAME_CHARACTERS = 200;

/** The folders of the formats of offices that are ZIP files, and what follows `application/vnd.openxmlformats-officedocument.`. */
const OFFICES: ReadonlyMap<string, string> = new Map([
  ["word/", "wordprocessingml.document"],
  ["xl/", "spreadsheetml.sheet"],
  ["ppt/", "presentationml.presentation"],
]);

/** Media types that a ZIP may declare in its first entry, which is not packed. */
const OWN_TYPE = /^application\/(?:epub\+zip|vnd\.oasis\.opendocument\.[a-z-]{1,40})/;

/** Returns the type of a file that is an archive, by its first bytes; undefined for all others. */
export function archiveType(head: Uint8Array): string | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (bytes.subarray(0, GZIP.length).equals(GZIP)) return "application/gzip";
  return bytes.subarray(0, ZIP.length).equals(ZIP) ? zipType(bytes) : undefined;
}

/** Returns the first bytes of a file without the marks by which archives are known. */
export function withoutArchives(head: Uint8Array): Uint8Array {
  const bytes = Buffer.from(head);
  for (const mark of [ZIP, GZIP]) {
    for (let at = -1; (at = bytes.indexOf(mark, at + 1)) >= 0;) bytes.fill(0, at, at + mark.length);
  }
  return bytes;
}

function zipType(bytes: Buffer): string {
  const [first] = entriesOf(bytes);
  const said = first?.name === "mimetype" ? OWN_TYPE.exec(first.text) : null;
  if (said !== null) return said[0];
  let isOffice = false;
  let folder: string | undefined;
  for (const { name } of entriesOf(bytes)) {
    isOffice ||= name === "[Content_Types].xml";
    folder ??= OFFICES.keys().find((folder) => name.startsWith(folder));
  }
  const office = OFFICES.get(folder ?? "");
  return isOffice && office !== undefined
    ? `application/vnd.openxmlformats-officedocument.${office}`
    : "application/zip";
}

/** The entries that begin in some bytes: their names, and what follows these. What only looks like an entry does no harm. */
function* entriesOf(bytes: Buffer): Generator<{ readonly name: string; readonly text: string }> {
  for (let at = -1, count = 0; count < ENTRIES; count++) {
    at = bytes.indexOf(ZIP, at + 1);
    // The 30 bytes before the name are the header.
    if (at < 0 || at + 30 > bytes.length) return;
    const end = at + 30 + bytes.readUInt16LE(at + 26);
    const start = end + bytes.readUInt16LE(at + 28);
    yield {
      name: bytes.toString("latin1", at + 30, Math.min(end, at + 30 + NAME_CHARACTERS)),
      text: bytes.toString("latin1", start, start + NAME_CHARACTERS),
    };
  }
}
