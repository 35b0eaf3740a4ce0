import type { OwnFile } from "./own_file.ts";
import type { HeldContent, HeldContents } from "./contents.ts";
import { TransferError, type Transport } from "./transport.ts";
import type { FileSender, FileSenderHost } from "./file_sender.ts";

/** A file, prepared for the upload. */
export interface Prepared {
  /** The bytes to upload. */
  readonly blob: Blob;
  /** A smaller picture. */
  readonly preview?: Blob;
  /** In pixels, as shown; of pictures. */
  readonly width?: number;
  readonly height?: number;
  /** The size of a video, such as `640x360`. */
  readonly video?: string;
}

/** The needs of {@linkcode OwnUploads}. */
export interface OwnUploadsOptions {
  readonly contents: HeldContents;
  readonly transport: Transport;
  /** Makes a file ready: takes out what tells more than one means to, and makes a smaller picture. */
  readonly prepare: (file: Blob, name: string) => Promise<Prepared>;
  /** Makes the address of a picture in this page. */
  readonly addressOf?: (picture: Blob) => string;
  /** Lets one tab at a time upload a file; resolves when `act` has ended. */
  readonly alone?: (key: string, signal: AbortSignal, act: () => Promise<void>) => Promise<void>;
}

/** The files that are uploaded at a time. */
const AT_ONCE = 2;
/** The waits between attempts, in ms. */
const WAITS = [500, 1_000, 2_000, 5_000, 10_000, 20_000];
/** A server that asks for a longer wait, in ms, will not take the file soon: then the person decides when to try again. */
const LONG_WAIT = 5 * 60_000;
/** Pictures above this many bytes are not shown while they are on their way without a smaller one. */
const SHOWN_BYTES = 8 * 1024 * 1024;

/** Keeps the contents of this person's files and brings them to the server, in their order, two at a time. */
export class OwnUploads implements FileSender {
  readonly #host: FileSenderHost;
  readonly #options: OwnUploadsOptions;
  readonly #running = new Map<string, AbortController>();
  /** Ends the wait of an upload before its next attempt. */
  readonly #waiting = new Map<string, () => void>();
  /** The files whose content is at hand, and what was made of it. */
  readonly #ready = new Set<string>();
  readonly #seen = new Set<string>();
  /** One file after the other is made ready: pictures take much memory. */
  #making: Promise<void> = Promise.resolve();
  #wasOnline = false;

  constructor(host: FileSenderHost, options: OwnUploadsOptions) {
    this.#host = host;
    this.#options = options;
    void this.#sweep();
  }

  add(key: string, content: Blob): void {
    this.#seen.add(key);
    this.#then(async () => {
      await this.#keep(key, { blob: content });
      await this.#make(key, { blob: content });
    });
  }

  update(): void {
    const { list, isOnline, isWanted } = this.#host;
    for (const attachment of list()) {
      const { key } = attachment;
      if (this.#seen.has(key) || this.#host.isElsewhere(attachment)) continue;
      this.#seen.add(key);
      this.#then(() => this.#find(key));
    }
    const isBack = isOnline() && !this.#wasOnline;
    this.#wasOnline = isOnline();
    if (isBack) { for (const go of this.#waiting.values()) go(); }
    const wanted = list().filter((each) => each.id === undefined && isWanted(each));
    for (const [key, controller] of this.#running) {
      if (!wanted.some((each) => each.key === key)) controller.abort();
    }
    if (!isOnline()) return;
    for (const { key } of wanted) {
      if (this.#running.size >= AT_ONCE) return;
      if (this.#ready.has(key) && !this.#running.has(key)) void this.#run(key);
    }
  }

  forget({ key, id, url }: OwnFile): void {
    this.#running.get(key)?.abort();
    this.#ready.delete(key);
    if (url !== undefined && id === undefined) this.#options.transport.terminate(url);
    this.#then(() => this.#options.contents.remove(key));
  }

  /** Resolves when all files are made ready that were added so far; for tests. */
  get made(): Promise<void> {
    return this.#making;
  }

  #then(act: () => Promise<void>): void {
    this.#making = this.#making.then(act).catch(() => {});
  }

  #known(key: string): OwnFile | undefined {
    return this.#host.list().find((each) => each.key === key);
  }

  /** Keeps a content, and notes whether that outlasts the page. */
  async #keep(key: string, content: HeldContent): Promise<void> {
    const isKept = await this.#options.contents.set(key, content);
    if (isKept !== this.#known(key)?.kept) {
      this.#host.change(key, isKept ? { kept: true, passing: undefined } : { passing: true });
    }
  }

  /** Looks for the content of a file that was chosen before this page began, or in another tab. */
  async #find(key: string): Promise<void> {
    const content = await this.#options.contents.get(key);
    const known = this.#known(key);
    if (!known) return;
    if (content) return await this.#make(key, content);
    if (known.id === undefined && known.failed === undefined) {
      this.#host.change(key, { failed: "file_lost" });
    }
  }

  async #make(key: string, content: HeldContent): Promise<void> {
    const known = this.#known(key);
    if (!known) return;
    const { prepare, addressOf = (blob) => URL.createObjectURL(blob) } = this.#options;
    let ready = content;
    if (!content.isReady) {
      try {
        const { blob, preview, width, height, video } = await prepare(content.blob, known.name);
        ready = { blob, isReady: true, ...(preview && { preview }) };
        await this.#keep(key, ready);
        this.#host.change(key, { size: blob.size, width, height, video });
      } catch {
        return this.#host.change(key, { failed: "file_unreadable" });
      }
    }
    if (!this.#known(key)) return await this.#options.contents.remove(key);
    const { width } = this.#known(key) ?? {};
    const picture = ready.preview ?? (width === undefined ? undefined : ready.blob);
    if (picture && picture.size <= SHOWN_BYTES) this.#host.shows(key, addressOf(picture));
    this.#ready.add(key);
    this.update();
  }

  async #run(key: string): Promise<void> {
    const controller = new AbortController();
    const { signal } = controller;
    this.#running.set(key, controller);
    const { alone = (_key, _signal, act) => act() } = this.#options;
    try {
      await alone(key, signal, () => this.#upload(key, signal));
    } catch {
      // It was aborted while another tab uploads it, or the browser refuses: then it would do so again at once.
      if (!signal.aborted) await this.#wait(key, WAITS.at(-1) ?? 0, signal);
    }
    this.#running.delete(key);
    this.update();
  }

  /** Attempts to upload a file until it is there, refused, or not wanted any more. */
  async #upload(key: string, signal: AbortSignal): Promise<void> {
    const content = await this.#options.contents.get(key);
    if (!content) return this.#host.change(key, { failed: "file_lost" });
    let wasUnknown = false;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const known = this.#known(key);
      if (!known || known.id !== undefined) return;
      try {
        await assertReadable(content.blob);
        return await this.#attempt(known, content, signal);
      } catch (error) {
        if (signal.aborted) return;
        // The secret may have changed meanwhile, and with it the cookie.
        const isNews: boolean = isUnknown(error) && !wasUnknown;
        wasUnknown ||= isNews;
        const failed = isNews ? undefined : refusalOf(error);
        if (failed !== undefined) return this.#host.change(key, { failed, url: undefined });
        if (attempt > 0) this.#host.stalls(key);
        const wait = error instanceof TransferError ? error.retry : undefined;
        await this.#wait(key, wait ?? WAITS[Math.min(attempt, WAITS.length - 1)] ?? 0, signal);
      }
    }
  }

  async #attempt(
    { key, name, url, preview, video }: OwnFile,
    content: HeldContent,
    signal: AbortSignal,
  ): Promise<void> {
    const { transport } = this.#options;
    let smaller = preview;
    if (content.preview && smaller === undefined) {
      try {
        const { preview } = content;
        smaller = await transport.upload({
          ...{ content: preview, metadata: { filename: `preview-${name}` }, signal },
        });
        this.#host.change(key, { preview: smaller });
      } catch (error) {
        // A server that takes no smaller picture may take the file.
        if (isUnknown(error) || refusalOf(error) === undefined) throw error;
      }
    }
    const id = await transport.upload({
      url,
      content: content.blob,
      metadata: {
        filename: name,
        ...(smaller !== undefined && { preview: smaller }),
        ...(video !== undefined && { video }),
      },
      onUrl: (url) => this.#host.change(key, { url }),
      onProgress: (sent) => this.#host.progress(key, sent),
      signal,
    });
    this.#host.change(key, { id, url: undefined });
  }

  #wait(key: string, ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", go);
        this.#waiting.delete(key);
        resolve();
      };
      const timer = setTimeout(go, ms);
      this.#waiting.set(key, go);
      signal.addEventListener("abort", go);
    });
  }

  /** Removes contents that nobody knows of: of messages sent in a tab that was closed, and of people who logged out. */
  async #sweep(): Promise<void> {
    const { contents } = this.#options;
    for (const key of await contents.keys()) {
      if (!this.#host.isKnown(key) && !this.#seen.has(key)) await contents.remove(key);
    }
  }
}

/** Throws if a file was changed or removed on the disk since it was chosen: a request with it fails without a reason. */
async function assertReadable(blob: Blob): Promise<void> {
  try {
    await blob.slice(0, 1).arrayBuffer();
  } catch (error) {
    throw new TransferError(`Cannot read the file: ${error}`, { isUnreadable: true });
  }
}

/** Whether the server did not know the person. */
function isUnknown(error: unknown): boolean {
  return error instanceof TransferError && error.status === 401;
}

/** The code of what makes another attempt useless; `undefined` if one may help. */
function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof TransferError)) return "file_refused";
  const { status, retry = 0, isUnreadable } = error;
  if (isUnreadable) return "file_unreadable";
  switch (status) {
    case 401:
    case 403:
      return "file_not_allowed";
    case 413:
      return "file_too_large";
    case 507:
      return "file_disk_full";
    case 429:
      return retry > LONG_WAIT ? "file_quota" : undefined;
    case 404:
    case 409:
    case 410:
    case 423:
      return undefined;
    default:
      return status !== undefined && status >= 400 && status < 500 ? "file_refused" : undefined;
  }
}
