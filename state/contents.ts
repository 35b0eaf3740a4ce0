/**
 * The storage of the bytes of files: the interface that the server, the state and the archive use. A single server
 * keeps them in a folder, several servers in NATS.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import type { UploadList } from "./upload_list.ts";

/** The size of a video in pixels, as it is shown. */
export interface VideoSize {
  readonly width: number;
  readonly height: number;
}

/** Reads a {@linkcode VideoSize} from JSON; undefined if it is none. */
export function readVideoSize(value: unknown): VideoSize | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { width, height }: { width?: unknown; height?: unknown } = value;
  const isSize = typeof width === "number" && typeof height === "number" && width > 0 && height > 0;
  return isSize ? { width, height } : undefined;
}

/** The description of an upload, as its beginning stated it. */
export interface NewUpload {
  /** 22 characters base64url; it becomes the id of the file. */
  readonly id: string;
  /** The id of the person who uploads it. */
  readonly person: string;
  /** The name of the file, already checked. */
  readonly name: string;
  /** The size of the whole in bytes. */
  readonly length: number;
  /** The id of the file that is its smaller picture. */
  readonly preview?: string;
  /** Of a video, as its client has measured it. */
  readonly video?: VideoSize;
  /** The time of its beginning, in ms since 1970. */
  readonly begun: number;
}

/** An upload that is not recorded as a file yet. */
export interface Upload extends NewUpload {
  /** The bytes that are stored. */
  readonly offset: number;
}

/** The facts that the bytes of a whole upload say themselves. */
export interface ContentFacts {
  /** SHA-256 in base64url, without padding. */
  readonly sha256: string;
  /** The media type by content; `application/octet-stream` if unknown. */
  readonly type: string;
  /** In pixels, as shown; present for pictures that a browser may show without harm. */
  readonly width?: number;
  readonly height?: number;
}

/** Bytes that can be read. */
export interface Content {
  /** In bytes. */
  readonly size: number;
  /**
   * Reads from `start` up to, but without, `end`. Nothing is read ahead of the reader by more than 256 KiB; cancelling
   * releases everything.
   */
  read(start: number, end: number): ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** The one for whom a content is read: networks take turns, and the people of each. */
export interface ContentReader {
  readonly network: string;
  readonly person: string;
  /** Aborts when nobody waits for the content any more. */
  readonly signal?: AbortSignal;
}

/** Why bytes could not be stored. */
export type ContentsProblem =
  /** No room for more: nothing of the upload is kept. */
  | "full"
  /** There is no such upload, any more. */
  | "gone"
  /** Bytes were offered for another offset than the next one. */
  | "offset"
  /** None is removed now: somebody copies the files, or the server ends. */
  | "held"
  /** The disk or NATS fails; the same may succeed later. */
  | "failed";

/** Bytes could not be stored. */
export class ContentsError extends Error {
  override name = "ContentsError";
  readonly problem: ContentsProblem;

  constructor(problem: ContentsProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.problem = problem;
  }
}

/** The bytes of a content are not those that were stored. To read them again is no use. */
export class DamagedContentError extends Error {
  override name = "DamagedContentError";
}

/** Options of {@linkcode Contents.cancel}. */
export interface CancelOptions {
  /** The upload was finished, and may be no file. */
  readonly isRefused?: boolean;
}

/**
 * Keeps the bytes of uploads and of files.
 *
 * An upload is begun, appended to, finished, and settled once the `file` event is applied (or cancelled). Each step
 * survives `kill -9` and a power loss: what remains of a step that was not completed is found again by `find`, or
 * removed. Callers never run two of `append`, `finish`, `settle` and `cancel` for one upload at once; on several servers they may.
 */
export interface Contents extends AsyncDisposable {
  /**
   * Begins an upload.
   *
   * @throws {ContentsError} `full` or `failed`
   */
  begin(upload: NewUpload): Promise<void>;

  /**
   * Returns an upload that is neither settled nor cancelled; `offset` equals `length` if it is whole. Undefined if there is none.
   *
   * @throws {ContentsError} `failed`
   */
  find(id: string): Promise<Upload | undefined>;

  /**
   * Appends bytes. If `bytes` throws, what came before remains, and the error is thrown on. Never takes more than a few chunks
   * ahead of what is stored.
   *
   * @param offset must be that of the upload
   * @param bytes never more than the upload lacks; a piece of them is good only until the next one is asked for
   * @returns the new offset
   * @throws {ContentsError} `gone`, `offset`, `full` (then the upload is removed) or `failed`
   */
  append(
    id: string,
    offset: number,
    bytes: AsyncIterable<Uint8Array<ArrayBuffer>>,
  ): Promise<number>;

  /**
   * Makes a whole upload a content: hashed, looked at, synced to disk, under its final name. Finishing again gives the
   * same facts. The upload is still found until it is settled.
   *
   * @param network the network that it comes from, with which others share the time; by default this server's own
   * @throws {ContentsError} `gone`, `offset` if it is not whole, or `failed`
   */
  finish(id: string, network?: string): Promise<ContentFacts>;

  /** Forgets the upload of a content, because its `file` event was applied; the bytes stay. */
  settle(id: string): Promise<void>;

  /**
   * Removes an upload with its bytes, also if it is finished. One that does not exist is fine. With several servers, a
   * finished one stays, since another server may record it, unless it was refused.
   *
   * @returns whether it was removed
   */
  cancel(id: string, options?: CancelOptions): Promise<boolean>;

  /** The uploads that this server knows to be open, in no order. Costs no look at the disk. */
  uploads(): UploadList<NewUpload>;

  /**
   * Opens a content.
   *
   * @param reader by default this server itself
   * @returns undefined if there is none
   * @throws {ContentsError} `failed`
   */
  open(content: string, reader?: ContentReader): Promise<Content | undefined>;

  /**
   * Returns whether a content is stored. What only one of several servers has on its disk is not.
   *
   * @throws {ContentsError} `failed`
   */
  has(content: string): Promise<boolean>;

  /**
   * Stores a content that already has an id, for `import` and `restore`.
   *
   * @throws {ContentsError} `full` or `failed`; nothing is kept then
   */
  put(content: string, bytes: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<void>;

  /**
   * Removes a content. One that does not exist is fine.
   *
   * @throws {ContentsError} `held` or `failed`
   */
  remove(content: string): Promise<void>;
}

/** Figures of the files that a server of several has on its disk. */
export interface FileCacheFigures {
  /** The bytes of all files that are here. */
  readonly bytes: number;
  /** The most bytes of files that stay. */
  readonly maxBytes: number;
  /** The files that were opened since the start, by whether they were here. */
  readonly reads: { readonly hit: number; readonly miss: number };
}

/** Whether a text is the id of an upload, and so of a file and of a content. */
export function isContentId(text: string): boolean {
  return /^[A-Za-z0-9_-]{22}$/.test(text);
}

/** Makes the id of an upload: 128 random bits. */
export function newContentId(): string {
  return randomBytes(16).toString("base64url");
}
