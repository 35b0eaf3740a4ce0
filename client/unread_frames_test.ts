import { UnreadFrames } from "./unread_frames.ts";
import { assert, assertEquals } from "../testing/assert.ts";

/** Adds a frame until it no longer fits. Returns the number of times. */
function filled(frames: UnreadFrames, frame: string): number {
  let count = 0;
  while (frames.add(frame)) count++;
  return count;
}

Deno.test("UnreadFrames returns frames in their order, as many as it was given", () => {
  const frames = new UnreadFrames();
  const sent = Array.from({ length: 5000 }, (_, i) => `${i}`);
  const taken: string[] = [];
  for (const [i, frame] of sent.entries()) {
    assert(frames.add(frame));
    // Reads behind, and now and then catches up.
    if (i % 3 === 0 || i % 1000 > 900) {
      const next = frames.take();
      if (next !== undefined) taken.push(next);
    }
  }
  for (let next; (next = frames.take()) !== undefined;) taken.push(next);
  assertEquals(taken, sent);
  assertEquals([frames.bytes, frames.take()], [0, undefined]);
});

Deno.test("UnreadFrames counts the bytes that characters take, and some for each frame", () => {
  const KIB = 1024 - 64;
  assertEquals(filled(new UnreadFrames(), "x".repeat(KIB)), 1024);
  assertEquals(filled(new UnreadFrames(), "\xff".repeat(KIB)), 1024);
  assertEquals(filled(new UnreadFrames(), "李".repeat(KIB / 2)), 1024);
  assertEquals(filled(new UnreadFrames(), "x".repeat(KIB / 2 - 1) + "\u0100"), 1024);
  assertEquals(filled(new UnreadFrames(), "🦊".repeat(KIB / 4)), 1024);
  assertEquals(filled(new UnreadFrames(), ""), 16 * 1024);
});

Deno.test("UnreadFrames counts a frame until the next one is taken", () => {
  const frames = new UnreadFrames();
  const frame = "x".repeat(64 * 1024 - 64);
  assertEquals(filled(frames, frame), 16);
  assertEquals(frames.take(), frame);
  assert(!frames.add("one more"), "the first frame is still being handled");
  assertEquals(frames.take(), frame);
  assertEquals(filled(frames, frame), 1);
});

Deno.test("UnreadFrames is empty once it is closed, and takes no more", () => {
  const frames = new UnreadFrames();
  frames.add("a");
  frames.add("b");
  frames.take();
  frames.close();
  assertEquals([frames.add("c"), frames.take(), frames.bytes], [false, undefined, 0]);
});
