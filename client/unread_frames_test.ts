import { UnreadFrames } from "./unread_frames.ts";
import { NetworkMemory } from "../lib/network_memory.ts";
import { assert, assertEquals } from "../testing/assert.ts";

/** Adds a frame until it no longer fits. Returns the number of times. */
function filled(frames: UnreadFrames, frame: string): number {
  let count = 0;
  while (frames.add(frame)) count++;
  return count;
}

Deno.test("UnreadFrames returns frames in their order, as many as it was given", () => {
  const frames = new UnreadFrames("192.0.2.1");
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
  assertEquals(filled(new UnreadFrames("192.0.2.1"), "x".repeat(KIB)), 1024);
  assertEquals(filled(new UnreadFrames("192.0.2.1"), "\xff".repeat(KIB)), 1024);
  assertEquals(filled(new UnreadFrames("192.0.2.1"), "李".repeat(KIB / 2)), 1024);
  assertEquals(filled(new UnreadFrames("192.0.2.1"), "x".repeat(KIB / 2 - 1) + "\u0100"), 1024);
  assertEquals(filled(new UnreadFrames("192.0.2.1"), "🦊".repeat(KIB / 4)), 1024);
  assertEquals(filled(new UnreadFrames("192.0.2.1"), ""), 16 * 1024);
});

Deno.test("UnreadFrames counts a frame until the next one is taken", () => {
  const frames = new UnreadFrames("192.0.2.1");
  const frame = "x".repeat(64 * 1024 - 64);
  assertEquals(filled(frames, frame), 16);
  assertEquals(frames.take(), frame);
  assert(!frames.add("one more"), "the first frame is still being handled");
  assertEquals(frames.take(), frame);
  assertEquals(filled(frames, frame), 1);
});

Deno.test("UnreadFrames is empty once it is closed, and takes no more", () => {
  const frames = new UnreadFrames("192.0.2.1");
  frames.add("a");
  frames.add("b");
  frames.take();
  frames.close();
  assertEquals([frames.add("c"), frames.take(), frames.bytes], [false, undefined, 0]);
});

Deno.test("UnreadFrames of all clients stay within a limit, of which no network takes more than a part", () => {
  const KIB = "x".repeat(1024 - 64);
  const memory = new NetworkMemory(1024 * 1024, 16 * 1024);
  const own = 64;
  const kibOf = (network: string, frames = new UnreadFrames(network, memory)) => ({
    frames,
    kib: filled(frames, KIB),
  });
  const first = kibOf("192.0.2.1");
  assertEquals(first.kib, own + 128);
  // Whoever is behind the same address still has its own, and other networks have theirs.
  assertEquals(kibOf("192.0.2.1").kib, own);
  assertEquals(kibOf("2001:db8::").kib, own + 128);
  assertEquals(kibOf("2001:db8:0:1::").kib, own);
  // What was handled, or is closed, is there for others.
  for (let i = 0; i < 101; i++) first.frames.take();
  assertEquals(kibOf("192.0.2.1").kib > own, true);
  first.frames.close();
  const others = Array.from({ length: 24 }, (_, i) => kibOf(`203.0.113.${i}`));
  assert(others.every(({ kib }) => kib > own), "each has some");
  assert(memory.total <= 1024 * 1024, `${memory.total} bytes`);
  for (const { frames } of others) while (frames.take() !== undefined);
  assertEquals(kibOf("203.0.113.9").kib, own + 128);
});
