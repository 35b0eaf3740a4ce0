import { assert, assertEquals } from "../../../testing/assert.ts";
import { isJpeg, withoutMetadata } from "./jpeg.ts";

/** Makes a segment of a JPEG. */
function segment(marker: number, content: string | readonly number[]): number[] {
  const bytes = typeof content === "string" ? [...content].map((c) => c.charCodeAt(0)) : content;
  const length = bytes.length + 2;
  return [0xff, marker, length >> 8, length & 255, ...bytes];
}

/** Makes Exif with an orientation and a place. */
function exif(orientation: number, isLittle: boolean): number[] {
  const two = (n: number) => isLittle ? [n, 0] : [0, n];
  const four = (n: number) => isLittle ? [n, 0, 0, 0] : [0, 0, 0, n];
  const tag = (n: number) => isLittle ? [n & 255, n >> 8] : [n >> 8, n & 255];
  return segment(0xe1, [
    ...[0x45, 0x78, 0x69, 0x66, 0, 0],
    ...isLittle ? [0x49, 0x49] : [0x4d, 0x4d],
    ...[...two(42), ...four(8), ...two(2)],
    ...[...tag(0x0112), ...two(3), ...four(1), ...two(orientation), 0, 0],
    ...[...tag(0x8825), ...two(4), ...four(1), ...four(99)],
    ...four(0),
    ...[..."GPS 51.1N"].map((c) => c.charCodeAt(0)),
  ]);
}

const JFIF = segment(0xe0, "JFIF\0\x01\x02");
const TABLE = segment(0xdb, [1, 2, 3]);
const FRAME = segment(0xc2, [8, 0, 3, 0, 4, 1]);
const COLOURS = segment(0xe2, "ICC_PROFILE\0abc");
const ADOBE = segment(0xee, "Adobe\0");
const SCAN = [...segment(0xda, [1, 1]), 5, 0xff, 0, 6, 0xff, 0xd3, 7];
const END = [0xff, 0xd9];

async function stripped(...parts: number[][]): Promise<number[]> {
  const blob = withoutMetadata(new Uint8Array([0xff, 0xd8, ...parts.flat()]));
  assertEquals(blob.type, "image/jpeg");
  return [...new Uint8Array(await blob.arrayBuffer())];
}

const text = (bytes: readonly number[]) => String.fromCharCode(...bytes);

Deno.test("withoutMetadata copies the parts that a decoder needs, and nothing else", async () => {
  const got = await stripped(
    JFIF,
    exif(1, false),
    segment(0xe1, "http://ns.adobe.com/xap/1.0/\0<xmp>"),
    segment(0xed, "Photoshop 3.0\0"),
    segment(0xe2, "MPF\0"),
    COLOURS,
    ADOBE,
    segment(0xfe, "made by Ann"),
    TABLE,
    FRAME,
    SCAN,
    segment(0xc4, [9]),
    SCAN,
    END,
    [...new TextEncoder().encode("a video that phones append")],
  );
  assertEquals(got, [
    ...[0xff, 0xd8, ...JFIF, ...COLOURS, ...ADOBE, ...TABLE, ...FRAME, ...SCAN],
    ...[...segment(0xc4, [9]), ...SCAN, ...END],
  ]);
});

Deno.test("withoutMetadata keeps the orientation alone", async () => {
  for (const isLittle of [true, false]) {
    for (const [first, rest] of [[[], JFIF], [JFIF, []]] as const) {
      const got = await stripped([...first], exif(6, isLittle), [...rest], TABLE, SCAN, END);
      assert(!text(got).includes("GPS"), "the place is gone");
      const at = text(got).indexOf("Exif");
      assert(at > 0, "there is Exif");
      // Read as others read it.
      const again = await stripped(got.slice(2));
      assertEquals(again, got);
      assertEquals(got.slice(2 + (first.length || JFIF.length)).slice(0, 2).length, 2);
    }
  }
});

Deno.test("withoutMetadata survives truncated files, and those that are no picture", async () => {
  const whole = [...JFIF, ...exif(3, true), ...TABLE, ...SCAN, ...END];
  for (let length = 0; length < whole.length; length++) {
    const got = await stripped(whole.slice(0, length));
    assert(!text(got).includes("GPS"), `with ${length} bytes`);
  }
  assertEquals(isJpeg(new Uint8Array([0xff, 0xd8, 0xff])), true);
  assertEquals(isJpeg(new Uint8Array([])), false);
});
