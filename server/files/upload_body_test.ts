import { assertEquals, assertRejects } from "../../testing/assert.ts";
import { BodyError, type BodyProblem, readUpload } from "./upload_body.ts";

const NEVER = new AbortController().signal;

Deno.test("readUpload gives the pieces of a body, of whatever kind of stream", async () => {
  for (const type of ["bytes", undefined] as const) {
    const bytes = new Uint8Array(200_000).fill(7);
    let counted = 0;
    const options = { most: bytes.length, signal: NEVER, onBytes: (n: number) => counted += n };
    let read = 0;
    for await (const piece of readUpload(streamOf([bytes], type), options)) {
      assertEquals(piece.every((byte) => byte === 7), true);
      read += piece.length;
    }
    assertEquals([read, counted], [200_000, 200_000]);
  }
});

Deno.test("readUpload ends a body that is too long, in too small pieces, or breaks off", async () => {
  const tiny = Array.from({ length: 5000 }, () => new Uint8Array(1));
  await assertEnds("long", streamOf([new Uint8Array(11)]), { most: 10 });
  await assertEnds("pieces", streamOf(tiny), { most: 10_000 });
  await assertEnds("broken", broken(), { most: 10_000 });
});

Deno.test("readUpload ends a body that stops, and one that another request continues", async () => {
  const open = () => new ReadableStream<Uint8Array<ArrayBuffer>>({ type: "bytes" });
  await assertEnds("idle", open(), { most: 10, idleMs: 20 });
  await assertEnds("interrupted", open(), { most: 10, signal: AbortSignal.abort() });
  const abort = new AbortController();
  const ended = assertEnds("interrupted", open(), { most: 10, signal: abort.signal });
  abort.abort();
  await ended;
});

async function assertEnds(
  problem: BodyProblem,
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  options: { most: number; idleMs?: number; signal?: AbortSignal },
): Promise<void> {
  const error = await assertRejects(async () => {
    for await (const _ of readUpload(body, { signal: NEVER, ...options }));
  }, BodyError);
  assertEquals(error.problem, problem);
}

function streamOf(
  pieces: Uint8Array<ArrayBuffer>[],
  type?: "bytes",
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const left = [...pieces];
  if (type === undefined) return ReadableStream.from(left);
  return new ReadableStream({
    type,
    pull(controller) {
      const piece = left.shift();
      if (piece !== undefined) return controller.enqueue(piece);
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
}

function broken(): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    pull(controller) {
      controller.error(new Error("reset"));
    },
  });
}
