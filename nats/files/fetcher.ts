import { parseWhole, type Whole } from "./abouts.ts";
import { failed } from "./failed.ts";
import { readParts } from "./parts.ts";
import { type FileStream, PART_BYTES } from "./stream.ts";
import { NetworkMemory } from "../../lib/network_memory.ts";
import { delay } from "../../lib/std.ts";
import type { ContentReader } from "../../state/contents.ts";

/** The most memory of parts that were fetched for downloads, and that may not be read yet, in bytes. */
const MEMORY_BYTES = 256 * 1024 * 1024;

/** The pause between two attempts to get memory for a part, in ms. */
const AGAIN_MS = 1000;

/** Fetches what a server does not have on its disk, a few parts at once: networks take turns, and the people of each. */
export class FileFetcher {
  readonly #stream: FileStream;
  readonly #memory: NetworkMemory;

  constructor(stream: FileStream, memory = new NetworkMemory(MEMORY_BYTES)) {
    this.#stream = stream;
    this.#memory = memory;
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

  /**
   * Fetches the same as a stream, which waits for no turn any more once it is cancelled. It waits while others of its network
   * do not read what was fetched for them.
   */
  stream(
    whole: Pick<Whole, "parts">,
    range: readonly [number, number],
    reader: ContentReader,
  ): ReadableStream<Uint8Array<ArrayBuffer>> {
    const cancelled = new AbortController();
    const { signal } = cancelled;
    const bytes = this.read(whole, range, { ...reader, signal });
    let held = 0;
    const hold = async () => {
      while (!this.#memory.take(reader.network, PART_BYTES)) await delay(AGAIN_MS, { signal });
      held = PART_BYTES;
    };
    const release = () => {
      if (held > 0) this.#memory.give(reader.network, held);
      held = 0;
    };
    return new ReadableStream({
      async pull(controller) {
        // Whoever asks for more has read what there was.
        release();
        try {
          await hold();
          const { done, value } = await bytes.next();
          if (!done) return controller.enqueue(value);
          controller.close();
        } catch (error) {
          release();
          throw error;
        }
        release();
      },
      cancel(reason) {
        cancelled.abort(reason);
        release();
      },
    }, { highWaterMark: 0 });
  }
}
