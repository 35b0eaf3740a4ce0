import { assertEquals } from "../../../testing/assert.ts";
import { pictureHeader } from "./picture_size.ts";

const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));

Deno.test("pictureHeader reads the size of each kind of picture", () => {
  const png = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xc3\x50\0\0\0\x02";
  assertEquals(pictureHeader(bytes(png)), {
    ...{ type: "image/png", width: 50_000, height: 2, isAnimated: false },
  });
  assertEquals(pictureHeader(bytes(`${png}${"x".repeat(300_000)}`))?.isAnimated, false);
  assertEquals(pictureHeader(bytes(`${png}acTL`))?.isAnimated, true);
  assertEquals(pictureHeader(bytes("GIF89a\x03\0\x04\0")), {
    ...{ type: "image/gif", width: 3, height: 4, isAnimated: true },
  });
  const jpeg = "\xff\xd8\xff\xe1\0\x04ab\xff\xff\xc2\0\x0b\x08\0\x09\0\x07\x01\x01\x01\0";
  assertEquals(pictureHeader(bytes(jpeg)), {
    ...{ type: "image/jpeg", width: 7, height: 9, isAnimated: false },
  });
  const webp = (rest: string) => bytes(`RIFF\0\0\0\0WEBP${rest.padEnd(20, "\0")}`);
  assertEquals(pictureHeader(webp("VP8X\x0a\0\0\0\x02\0\0\0\x09\0\0\x04\0\0")), {
    ...{ type: "image/webp", width: 10, height: 5, isAnimated: true },
  });
  assertEquals(pictureHeader(webp("VP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x05\0\x06\0")), {
    ...{ type: "image/webp", width: 5, height: 6, isAnimated: false },
  });
  assertEquals(pictureHeader(webp("VP8L\0\0\0\0\x2f\x04\x40\x01\0")), {
    ...{ type: "image/webp", width: 5, height: 6, isAnimated: false },
  });
  assertEquals(pictureHeader(bytes("\0\0\0\x20ftypavif")), {
    type: "image/avif",
    isAnimated: false,
  });
});

Deno.test("pictureHeader returns nothing for other files, and for truncated ones", () => {
  for (const text of ["", "x", "\x89PNG", "GIF89a", "RIFF\0\0\0\0WEBPVP8X", "<svg/>", "%PDF-1.7"]) {
    assertEquals(pictureHeader(bytes(text)), undefined);
  }
  assertEquals(pictureHeader(bytes("\xff\xd8\xff\xe1\xff\xff")), {
    type: "image/jpeg",
    isAnimated: false,
  });
});
