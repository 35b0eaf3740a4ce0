import { assert, assertEquals, assertRejects } from "../testing/assert.ts";
import { join } from "node:path";
import { Finisher } from "./finisher.ts";
import { pictureSize } from "../lib/picture_size.ts";
import {
  concat,
  gif,
  gifScript,
  png,
  randomBytes,
  text,
  zipBomb,
} from "../testing/sample_files.ts";
import { temporaryFolder } from "../testing/folder.ts";

Deno.test("Finisher finds the type of a file by its content, and the size of a picture", async () => {
  await using folder = await temporaryFolder();
  await using finisher = new Finisher();
  const look = async (bytes: Uint8Array) => {
    const path = join(folder.path, "file");
    await Deno.writeFile(path, bytes);
    const { sha256: _, ...facts } = await finisher.finish({ path, size: bytes.length });
    return facts;
  };
  const jpeg = await picture("image/jpeg", 30, 20);
  const cases: [Uint8Array, Awaited<ReturnType<typeof look>>][] = [
    [text("Ünicode\n"), { type: "text/plain" }],
    [text("a < b, b > c"), { type: "text/plain" }],
    [text("\ufeffwith a mark"), { type: "text/plain" }],
    [text(""), { type: "text/plain" }],
    [new Uint8Array([0x61, 0xff, 0x62]), { type: "application/octet-stream" }],
    // Cut off in the middle of a character.
    [text("aé").slice(0, 2), { type: "application/octet-stream" }],
    [text("a\0b"), { type: "application/octet-stream" }],
    [text("  <!-- --><script>alert(1)</script>"), { type: "text/html" }],
    [text("<!doctype html><title>x</title>"), { type: "text/html" }],
    [text("<b>x"), { type: "text/html" }],
    [text('<svg xmlns="http://www.w3.org/2000/svg"/>'), { type: "image/svg+xml" }],
    [text('<?xml version="1.0"?><svg onload="alert(1)"/>'), { type: "image/svg+xml" }],
    [text('<?xml version="1.0"?><feed/>'), { type: "application/xml" }],
    [text("%PDF-1.7\n"), { type: "application/pdf" }],
    [text("GIF89a/* a text */=0;alert(1)"), { type: "text/plain" }],
    [png(64, 48), { type: "image/png", width: 64, height: 48 }],
    [png(50_000, 50_000), { type: "image/png" }],
    [jpeg, { type: "image/jpeg", width: 30, height: 20 }],
    [turned(jpeg), { type: "image/jpeg", width: 20, height: 30 }],
    [gif(), { type: "image/gif", width: 1, height: 1 }],
    [await picture("image/png", 3, 5), { type: "image/png", width: 3, height: 5 }],
    [jpeg.slice(0, 8), { type: "image/jpeg" }],
    [randomBytes(100), { type: "application/octet-stream" }],
  ];
  for (const [bytes, expected] of cases) {
    assertEquals(await look(bytes), expected, new TextDecoder("latin1").decode(bytes.slice(0, 50)));
  }
  assertEquals((await look(gifScript("alert(1)"))).type, "image/gif");
  assertEquals((await look(zipBomb(200))).type, "application/zip");
});

Deno.test("Finisher finishes a file that a library never ends analysing, and continues", async () => {
  await using folder = await temporaryFolder();
  // Treat each file as one that the library never finishes.
  await using finisher = new Finisher(0);
  const path = join(folder.path, "file");
  await Deno.writeFile(path, gif());
  for (let time = 0; time < 2; time++) {
    const { type } = await finisher.finish({ path, size: gif().length });
    assertEquals(type, "application/octet-stream");
  }
});

Deno.test("Finisher says nothing of the type of a file at which it can't look because it is closed", async () => {
  await using folder = await temporaryFolder();
  const finisher = new Finisher(0);
  const path = join(folder.path, "file");
  await Deno.writeFile(path, gif());
  const finishing = assertRejects(() => finisher.finish({ path, size: gif().length }));
  await finisher[Symbol.asyncDispose]();
  await finishing;
});

Deno.test("Finisher looks at a picture that states its size 50,000 times", async () => {
  await using folder = await temporaryFolder();
  await using finisher = new Finisher();
  const path = join(folder.path, "file");
  const bytes = avif(1024 * 1024);
  await Deno.writeFile(path, bytes);
  const { type } = await finisher.finish({ path, size: bytes.length });
  // Not the type of what takes too long.
  assertEquals(type, "image/avif");
});

Deno.test("Finisher lets nobody wait for more than one file of another", async () => {
  await using finishing = await finishingInOrder();
  const names = ["ann", "ann", "ann", "ann", "ann", "ann", "ann", "ann", "bob"];
  const order = await finishing.finish(names.map((person) => ({ person })));
  assertEquals(order.indexOf("bob"), 1);
});

Deno.test("Finisher lets nobody wait for more than one file of another network's people", async () => {
  await using finishing = await finishingInOrder();
  const guests = Array.from({ length: 8 }, (_, i) => ({ person: `${i}`, network: "192.0.2.66" }));
  const order = await finishing.finish([...guests, { person: "bob", network: "192.0.2.1" }]);
  assertEquals(order.indexOf("bob"), 1);
});

Deno.test("pictureSize takes no long look at what states its size again and again", async () => {
  const honest = await picture("image/jpeg", 30, 20);
  const empty = new Uint8Array([0xff, 0xe1, 0, 2]);
  const many = (count: number) =>
    concat(honest.subarray(0, 2), ...Array<Uint8Array>(count).fill(empty), honest.subarray(2));
  assertEquals(pictureSize("image/jpeg", many(1000)), { width: 30, height: 20 });
  assertEquals(pictureSize("image/jpeg", many(20_000)), undefined);
  assertEquals(pictureSize("image/avif", avif(2000)), { width: 1, height: 1 });
  assertEquals(pictureSize("image/avif", avif(100_000)), undefined);
});

Deno.test("pictureSize looks through no text for another type than that of the first bytes", () => {
  const svg = `${"<svg ".repeat(190)}"<svg a>"`.padEnd(1_000_000, "a");
  const start = performance.now();
  for (const [type, head] of [["image/webp", "RIFF    WEBPxxxx"], ["image/avif", "~~~~ftypavif"]]) {
    assertEquals(pictureSize(type ?? "", new TextEncoder().encode(head + svg)), undefined);
  }
  // A JPEG that says that it is an AVIF.
  const jpeg = new Uint8Array(128 * 1024);
  jpeg.set([0xff, 0xd8, 0, 1, ...new TextEncoder().encode("ftypavif")]);
  assertEquals(pictureSize("image/avif", jpeg), undefined);
  // It took seconds.
  const ms = performance.now() - start;
  assert(ms < 500, `${ms} ms`);
});

/** Finishes pictures at once, and tells in which order of their people that was done. */
async function finishingInOrder() {
  const folder = await temporaryFolder();
  const finisher = new Finisher();
  return {
    async finish(files: readonly { readonly person: string; readonly network?: string }[]) {
      const bytes = gif();
      const order: string[] = [];
      const ready = await Promise.all(files.map(async (file, i) => {
        const path = join(folder.path, `${i}`);
        await Deno.writeFile(path, bytes);
        return { ...file, path, size: bytes.length };
      }));
      await Promise.all(ready.map(async (file) => {
        await finisher.finish(file);
        order.push(file.person);
      }));
      return order;
    },
    async [Symbol.asyncDispose]() {
      await finisher[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Makes the head of an AVIF of so many bytes that states its size again and again. */
function avif(length: number): Uint8Array<ArrayBuffer> {
  const box = (name: string, size: number, ...rest: number[]) => [
    ...[size >>> 24, size >>> 16, size >>> 8, size].map((byte) => byte & 255),
    ...new TextEncoder().encode(name),
    ...rest,
  ];
  const head = [
    ...box("ftyp", 24, ...new TextEncoder().encode("avif\0\0\0\0avifmif1")),
    ...box("meta", length - 24, 0, 0, 0, 0),
    ...box("iprp", length - 36),
    ...box("ipco", length - 44),
  ];
  const size = box("ispe", 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1);
  const bytes = new Uint8Array(length);
  bytes.set(head);
  for (let at = head.length; at + size.length <= length; at += size.length) bytes.set(size, at);
  return bytes;
}

async function picture(
  type: string,
  width: number,
  height: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("bitmaprenderer");
  return await (await canvas.convertToBlob({ type })).bytes();
}

/** Adds what a camera says that was held on its side. */
function turned(jpeg: Uint8Array): Uint8Array<ArrayBuffer> {
  const exif = concat(
    text("Exif\0\0MM\0*"),
    new Uint8Array([0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0]),
  );
  const length = exif.length + 2;
  return concat(
    jpeg.subarray(0, 2),
    new Uint8Array([0xff, 0xe1, length >> 8, length & 255]),
    exif,
    jpeg.subarray(2),
  );
}
