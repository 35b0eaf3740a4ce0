import { parseWhole, type Whole } from "./abouts.ts";
import { failed } from "./failed.ts";
import { readParts } from "./parts.ts";
import type { FileStream } from "./stream.ts";
import type { ContentReader } from "../../state/contents.ts";

/** Fetches what a server does not have on its disk, a few parts at once: networks take turns, and the people of each. */
export class FileFetcher {
  readonly #stream: FileStream;

  constructor(stream: FileStream) {
    this.#stream = stream;
  }

  /** Returns what describes a file, which is as large as a part if the file has very many. */
  async whole(id: string, { signal, ...taker }: ContentReader): Promise<Whole | undefined> {
    using _turn = await this.#stream.turns.next(taker, signal);
    const about = await this.#stream.about(id, "whole");
    return about && parseWhole(about.data);
  }

  /** Fetches bytes from `start` up to, but without, `end`. */
  async *read(
    { parts }: Pick<Whole, "parts">,
    [start, end]: readonly [number, number],
    reader: ContentReader,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const part = (which: { readonly seq: number }) => this.#stream.part(which, reader);
    try {
      yield* readParts({ part }, parts, start, end);
    } catch (error) {
      throw failed(error);
    }
  }

  /** Fetches the same as a stream, which waits for no turn any more once it is cancelled. */
  stream(
    whole: Pick<Whole, "parts">,
    range: readonly [number, number],
    reader: ContentReader,
  ): ReadableStream<Uint8Array<ArrayBuffer>> {
    const cancelled = new AbortController();
    const bytes = this.read(whole, range, { ...reader, signal: cancelled.signal });
    return new ReadableStream({
      async pull(controller) {
        const { done, value } = await bytes.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => cancelled.abort(reason),
    }, { highWaterMark: 0 });
  }
}
