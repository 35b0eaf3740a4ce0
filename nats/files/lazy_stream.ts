/** Bytes in a stream. */
type Bytes = ReadableStream<Uint8Array<ArrayBuffer>>;

/**
 * Returns a stream with the bytes of another one, which is opened when the first of them are wanted.
 *
 * @param open its signal aborts when the stream has ended, or is cancelled
 */
export function lazyStream(open: (signal: AbortSignal) => Promise<Bytes>): Bytes {
  const ended = new AbortController();
  let opening: Promise<ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>> | undefined;
  return new ReadableStream({
    async pull(controller) {
      opening ??= open(ended.signal).then((stream) => stream.getReader());
      try {
        const { done, value } = await (await opening).read();
        if (!done) return controller.enqueue(value);
        controller.close();
      } catch (error) {
        ended.abort();
        throw error;
      }
      ended.abort();
    },
    cancel(reason) {
      ended.abort(reason);
      // What is opened only now is released then: nobody waits for that.
      opening?.then((reader) => reader.cancel(reason)).catch(() => {});
    },
  }, { highWaterMark: 0 });
}
