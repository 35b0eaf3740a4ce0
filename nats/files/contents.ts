/**
 * The bytes of files that several servers share: parts in JetStream, and a cache on each server's disk.
 *
 * @module
 */
import { type FileCache, SMALL_BYTES } from "./cache.ts";
import { FileErasure } from "./erasure.ts";
import { failed } from "./failed.ts";
import { FileFetcher } from "./fetcher.ts";
import { type FileStream, PART_BYTES } from "./stream.ts";
import { lazyStream } from "./lazy_stream.ts";
import { describeUpload, describeWhole, parseUpload, parseWhole, type Whole } from "./abouts.ts";
import { inParts, MAX_PARTS, partsOf, putFile } from "./parts.ts";
import {
  type CancelOptions,
  type Content,
  type ContentFacts,
  type ContentReader,
  type Contents,
  ContentsError,
  type NewUpload,
  type Upload,
} from "../../state/contents.ts";
import type { UploadList } from "../../state/upload_list.ts";

/** The needs of {@linkcode NatsContents}. */
export interface NatsContentsOptions {
  readonly stream: FileStream;
  /** The files on this server's disk. Any of them may be lost. */
  readonly cache: FileCache;
  /** Between two messages that are erased, in ms; 5 by default. */
  readonly restMs?: number;
  /** The number of spare parts of an upload, whose bytes may arrive in many small requests; 2,000 by default. */
  readonly spareParts?: number;
}

/** The progress of an upload. */
interface Progress {
  /** The places of its parts in the stream, and their sizes in bytes; of those that another server stored only the number. */
  readonly parts: ({ readonly seq: number; readonly size: number } | undefined)[];
  offset: number;
}

/** The most uploads whose progress is kept; that of others is asked for. */
const MAX_OPEN = 1000;
const SPARE_PARTS = 2000;
/** This server reads for itself, as one more network. */
const OWN: ContentReader = { network: "", person: "" };

/**
 * Each part of an upload is stored in JetStream before it counts, at most 512 KiB at a time, so that any server can
 * continue it. This server writes the same bytes to its disk, and reads there what it has; the rest it fetches.
 */
export class NatsContents implements Contents {
  readonly #stream: FileStream;
  readonly #fetcher: FileFetcher;
  /** What this server has on its disk. */
  readonly cache: FileCache;
  /** Erases files in the stream. */
  readonly erasure: FileErasure;
  readonly #spareParts: number;
  readonly #open = new Map<string, Progress>();

  constructor({ stream, cache, restMs, spareParts = SPARE_PARTS }: NatsContentsOptions) {
    this.#stream = stream;
    this.#fetcher = new FileFetcher(stream);
    this.cache = cache;
    this.erasure = new FileErasure({ stream, restMs });
    this.#spareParts = spareParts;
    stream.onLost(() => this.#open.clear());
  }

  async begin(upload: NewUpload): Promise<void> {
    if (Math.ceil(upload.length / PART_BYTES) > MAX_PARTS - this.#spareParts) {
      throw new ContentsError("full", "Cannot store a file of so many parts in NATS");
    }
    await this.#ask(async () => {
      await this.#stream.store(upload.id, "upload", describeUpload(upload));
    });
    this.#remember(upload.id, { parts: [], offset: 0 });
    // Without it, what is uploaded is fetched again in the end.
    await this.cache.local.begin(upload).catch(() => {});
  }

  async find(id: string): Promise<Upload | undefined> {
    const upload = await this.#upload(id);
    if (upload === undefined) return undefined;
    const progress = await this.#progress(upload);
    return progress && { ...upload, offset: progress.offset };
  }

  async #upload(id: string): Promise<NewUpload | undefined> {
    const about = await this.#ask(() => this.#stream.about(id, "upload"));
    return about && parseUpload(id, about.data);
  }

  /** Asks how far an upload has got, on whatever server. */
  async #progress({ id, length, person }: NewUpload): Promise<Progress | undefined> {
    const known = this.#open.get(id) ?? { parts: [], offset: 0 };
    return await this.#ask(async () => {
      if (await this.#stream.about(id, "gone")) return undefined;
      if (await this.#stream.about(id, "whole")) return { parts: known.parts, offset: length };
      const last = await this.#stream.last(id, known.parts.length, { network: "", person });
      if (last === undefined) {
        this.#remember(id, known);
        return known;
      }
      const { number, offset, seq, data } = last;
      const before = Array.from({ length: number }, (_, i) => known.parts[i]);
      const progress = {
        parts: [...before, { seq, size: data.length }],
        offset: offset + data.length,
      };
      this.#remember(id, progress);
      return progress;
    });
  }

  async append(
    id: string,
    offset: number,
    bytes: AsyncIterable<Uint8Array<ArrayBuffer>>,
  ): Promise<number> {
    let progress = this.#open.get(id);
    if (progress?.offset !== offset) {
      const upload = await this.#upload(id);
      progress = upload && await this.#progress(upload);
    }
    if (progress === undefined) throw gone(id);
    if (progress.offset !== offset) throw otherOffset(id);
    const stored = this.#store(id, progress, bytes);
    const { local } = this.cache;
    // Only bytes that JetStream has stored are written to the disk.
    if ((await local.find(id).catch(() => undefined))?.offset === offset) {
      await this.#write(id, offset, stored);
    }
    for await (const _ of stored);
    return progress.offset;
  }

  /** Writes parts to the disk. If that fails, the rest of them is still to be taken, and what is missing is fetched in the end. */
  async #write(
    id: string,
    offset: number,
    parts: AsyncGenerator<Uint8Array<ArrayBuffer>>,
  ): Promise<void> {
    const failures: unknown[] = [];
    async function* taken() {
      // Not `yield*`: with it, a reader that ends early would end them as well.
      while (true) {
        const { done, value } = await parts.next().catch((error) => {
          failures.push(error);
          throw error;
        });
        if (done) return;
        yield value;
      }
    }
    await this.cache.local.append(id, offset, taken()).catch((error) => {
      if (failures.includes(error)) throw error;
    });
  }

  /** Stores parts one after the other: in front of a part that JetStream has, none is missing. */
  async *#store(
    id: string,
    progress: Progress,
    bytes: AsyncIterable<Uint8Array<ArrayBuffer>>,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for await (const part of inParts(bytes, PART_BYTES)) {
      const { parts, offset } = progress;
      if (parts.length - offset / PART_BYTES > this.#spareParts) {
        await this.cancel(id);
        throw new ContentsError("full", "Cannot store an upload in so many small parts");
      }
      try {
        const seq = await this.#ask(() => this.#stream.store(id, parts.length, part, offset));
        if (seq === undefined) throw otherOffset(id);
        parts.push({ seq, size: part.length });
        progress.offset += part.length;
      } catch (error) {
        // It may have been stored, or another server has stored more.
        this.#open.delete(id);
        if (isFull(error)) await this.cancel(id);
        throw error;
      }
      yield part;
    }
  }

  async finish(id: string, network?: string): Promise<ContentFacts> {
    const upload = await this.#upload(id);
    if (upload === undefined) throw gone(id);
    const finished = await this.#whole(id);
    if (finished) return await this.#unlessGone(id, finished.facts);
    const progress = await this.#progress(upload);
    if (progress === undefined) throw gone(id);
    if (progress.offset !== upload.length) throw otherOffset(id);
    const parts = await this.#ask(() => partsOf(this.#stream, id, progress.parts));
    const facts = await this.#finishHere(upload, { parts }, network).catch((error) => {
      throw isFull(error) ? diskFull(id, error) : error;
    });
    await this.#ask(() =>
      this.#stream.store(id, "whole", describeWhole({ size: upload.length, parts, facts }))
    );
    return await this.#unlessGone(id, facts);
  }

  /** Looks at a whole upload on the disk, for which what is missing there is fetched. */
  async #finishHere(
    upload: NewUpload,
    whole: Pick<Whole, "parts">,
    network = "",
  ): Promise<ContentFacts> {
    const { local } = this.cache;
    const { id, length, person } = upload;
    const here = await local.find(id);
    if (here === undefined) await local.begin(upload);
    const { offset = 0 } = here ?? {};
    if (offset < length) {
      const missing = this.#fetcher.read(whole, [offset, length], { network, person });
      await local.append(id, offset, missing);
    }
    return await local.finish(id, network);
  }

  /** Returns the facts of a file, unless another server has cancelled its upload before it was whole. */
  async #unlessGone(id: string, facts: ContentFacts): Promise<ContentFacts> {
    if (await this.#ask(() => this.erasure.isWhole(id))) return facts;
    this.#open.delete(id);
    await this.cache.local.cancel(id);
    await this.#ask(() => this.erasure.erase(id));
    throw gone(id);
  }

  async settle(id: string): Promise<void> {
    const { local } = this.cache;
    // If another server finished the upload, the local beginning of it is useless.
    await (await local.open(id) ? local.settle(id) : local.cancel(id));
    this.#open.delete(id);
    // Counts it, if it is not equal to another and so already gone.
    await this.cache.open(id);
    // It has the file's name, which may be deleted one day.
    await this.#ask(async () => {
      const about = await this.#stream.about(id, "upload");
      if (about) await this.#stream.erase(about.seq);
    });
  }

  /** Of an upload that was settled, perhaps on another server, only what is on this disk goes. */
  async cancel(id: string, { isRefused = false }: CancelOptions = {}): Promise<boolean> {
    this.#open.delete(id);
    await this.cache.local.cancel(id);
    return await this.#ask(async () => {
      if (!await this.#stream.about(id, "upload")) return false;
      if (!isRefused) return await this.erasure.cancel(id);
      await this.erasure.erase(id);
      return true;
    });
  }

  uploads(): UploadList<NewUpload> {
    return this.cache.local.uploads();
  }

  async open(content: string, reader = OWN): Promise<Content | undefined> {
    const cached = await this.cache.open(content);
    if (cached) {
      this.cache.reads.hit++;
      return cached;
    }
    const whole = await this.#ask(() => this.#fetcher.whole(content, reader));
    if (whole === undefined) return undefined;
    this.cache.reads.miss++;
    return {
      size: whole.size,
      read: (start, end) => this.#read(content, whole, [start, end], reader),
    };
  }

  /** Reads a file that was not here, and begins to fetch it as a whole once bytes are wanted. */
  #read(
    content: string,
    whole: Whole,
    [start, end]: readonly [number, number],
    reader: ContentReader,
  ): ReadableStream<Uint8Array<ArrayBuffer>> {
    const { network, person } = reader;
    const taker = { network, person };
    return lazyStream(async (signal) => {
      const caching = this.cache.fill(content, whole, {
        ...{ taker, signal },
        read: () => this.#fetcher.read(whole, [0, whole.size], taker),
        stays: () => this.erasure.stays(content),
      });
      const fetched = whole.size <= SMALL_BYTES && await caching
        ? await this.cache.open(content)
        : undefined;
      return fetched?.read(start, end) ?? this.#fetcher.stream(whole, [start, end], reader);
    });
  }

  async #whole(id: string): Promise<Whole | undefined> {
    const about = await this.#ask(() => this.#stream.about(id, "whole"));
    return about && parseWhole(about.data);
  }

  async put(content: string, bytes: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<void> {
    await this.#ask(() => putFile(this.#stream, content, bytes));
  }

  /** Returns the ids of all contents that NATS has. */
  stored(): AsyncIterable<string> {
    return this.#stream.ids("whole");
  }

  async has(content: string): Promise<boolean> {
    return await this.#whole(content) !== undefined;
  }

  async remove(content: string): Promise<void> {
    await this.cache.remove(content);
    await this.#ask(() => this.erasure.remove(content));
  }

  hold(): Promise<AsyncDisposable> {
    return this.#ask(() => this.erasure.hold());
  }

  #remember(id: string, progress: Progress): void {
    this.#open.delete(id);
    this.#open.set(id, progress);
    if (this.#open.size <= MAX_OPEN) return;
    for (const oldest of this.#open.keys().take(1)) this.#open.delete(oldest);
  }

  /** Returns the answer of NATS, or throws a {@linkcode ContentsError}. */
  async #ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw failed(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.erasure[Symbol.asyncDispose]();
    await this.cache[Symbol.asyncDispose]();
  }
}

function isFull(error: unknown): boolean {
  return error instanceof ContentsError && error.problem === "full";
}

/** The upload is in NATS, and may be finished here later, or by another server now. */
function diskFull(id: string, cause: unknown): ContentsError {
  return new ContentsError(
    "failed",
    `Cannot finish the upload ${id}: this server's disk has no room for it`,
    { cause },
  );
}

function gone(id: string): ContentsError {
  return new ContentsError("gone", `Cannot go on with the upload ${id}: there is none`);
}

function otherOffset(id: string): ContentsError {
  return new ContentsError("offset", `Cannot go on with the upload ${id}: its end is elsewhere`);
}
