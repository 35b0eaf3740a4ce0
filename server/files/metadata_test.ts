import { assertEquals } from "../../testing/assert.ts";
import { readMetadata } from "./metadata.ts";

const encode = (text: string) => btoa(text);

Deno.test("readMetadata believes the size of a video only if it is one", () => {
  const read = (video: string) =>
    readMetadata(`filename ${encode("a.mp4")},video ${encode(video)}`);
  assertEquals(read("640x360"), { name: "a.mp4", video: { width: 640, height: 360 } });
  for (const wrong of ["", "0x1", "640", "640x-1", "1e3x5", "999999x1", "640x360x1", "ax b"]) {
    assertEquals(read(wrong), { name: "a.mp4" }, wrong);
  }
});
