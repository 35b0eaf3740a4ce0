import {
  answer,
  BODY_REFUSALS,
  BUSY,
  CLOSING,
  DISK_ADVICE,
  DISK_FULL,
  FAILED,
  judgeBody,
  judgeVersion,
  offsetAnswer,
  quote,
  readCount,
  reasonOf,
  refusalOf,
  tooLarge,
  tooLong,
  TUS_EXTENSIONS,
  TUS_VERSION,
  type UploadRefusal,
  wrongOffset,
} from "./upload_answers.ts";
import { BodyError, readUpload } from "./upload_body.ts";
import { badRequest, type Refusal, refuse } from "../responses.ts";
import {
  type CancelOptions,
  type ContentFacts,
  type Contents,
  ContentsError,
  newContentId,
  type NewUpload,
  type Upload,
} from "../../state/contents.ts";
import type { FileRecords, FileRefusal } from "../../state/file_records.ts";
import { delay, STATUS_CODE } from "../../lib/std.ts";
import type { FileStats, RefusalReason } from "./stats.ts";
import { Looks } from "./looks.ts";
import type { Logger } from "../../lib/logger.ts";
import { BusyError, FairQueue } from "../../lib/fair_queue.ts";
import { readMetadata } from "./metadata.ts";
import { NO_FILE } from "./downloads.ts";
import { NO_ROOM_FOR_FILES } from "../../state/kinds/file.ts";
import { oneLine } from "../../lib/errors.ts";
import { siteKey } from "../../lib/ip_networks.ts";
import { type Uploader, UploadLimits } from "./upload_limits.ts";
import { OverLimitError, UploadRoom } from "./upload_room.ts";
import { UploadTurns } from "./upload_turns.ts";
import type { Advice } from "../responses.ts";

/** The time for which an upload may take from its beginning, in ms: then it is removed. */
export const UPLOAD_MS = 24 * 60 * 60_000;

/** Options of {@linkcode Uploads}. */
export interface UploadsOptions {
  readonly contents: Contents;
  readonly records: FileRecords;
  readonly stats: FileStats;
  /** Bytes of one file; 0: no uploads. */
  readonly maxFile: number;
  /** The time without any byte of a body, in ms; by default 30 s. */
  readonly idleMs?: number;
  readonly log: Logger;
  readonly advise: (advice: Advice) => void;
}

/** Takes uploads by tus 1.0: the core protocol, creation and termination. */
export class Uploads {
  readonly #options: UploadsOptions;
  readonly #limits = new UploadLimits();
  readonly #turns = new UploadTurns();
  readonly #room: UploadRoom;
  /** So that thousands of uploads that begin together leave time to the chat. */
  readonly #begins = new FairQueue({ parallel: 2, waiting: 1000 });

  constructor(options: UploadsOptions) {
    this.#options = options;
    this.#room = new UploadRoom(options);
  }

  /** Uploads whose bodies are read at the moment. */
  get running(): number {
    return this.#limits.bodies;
  }

  /** Uploads that are not files yet. */
  get open(): number {
    return this.#options.contents.uploads().size;
  }

  /** Says what this server can. */
  describe(): Response {
    const { maxFile } = this.#options;
    return answer(STATUS_CODE.NoContent, {
      "tus-version": TUS_VERSION,
      "tus-extension": TUS_EXTENSIONS,
      ...(maxFile > 0 && { "tus-max-size": String(maxFile) }),
    });
  }

  /** Begins an upload. */
  async create(request: Request, uploader: Uploader): Promise<Response> {
    const { contents, maxFile, stats } = this.#options;
    const { headers } = request;
    const other = judgeVersion(headers);
    if (other) return this.#refuse("protocol", other);
    const length = readCount(headers.get("upload-length"));
    if (length === undefined) {
      return this.#refuse(
        "protocol",
        badRequest(
          "Cannot upload: Upload-Length must be the size of the file in bytes, received " +
            quote(headers.get("upload-length")),
        ),
      );
    }
    if (length > maxFile) return this.#refuse("size", tooLarge(length, maxFile));
    const metadata = readMetadata(headers.get("upload-metadata"));
    if ("status" in metadata) return this.#refuse("protocol", metadata);
    const id = newContentId();
    const upload = { id, person: uploader.person, length, ...metadata, begun: Date.now() };
    return await this.#run(uploader, async () => {
      {
        using _turn = await this.#begins.next(siteKey(uploader.peer.address));
        const limited = await this.#judge(uploader, length);
        if (limited) return this.#refuse(limited.reason, limited.refusal);
        if (!await this.#hasRoom(length)) {
          return this.#refuse("total", this.#refusalOf(NO_ROOM_FOR_FILES));
        }
        await contents.begin(upload);
      }
      stats.uploads.begun++;
      if (length === 0) {
        using _turn = await this.#turns.take(id);
        const refusal = await this.#complete({ ...upload, offset: 0 }, uploader);
        if (refusal) return refusal;
      }
      return answer(STATUS_CODE.Created, { location: `/files/${id}`, "upload-offset": "0" });
    });
  }

  /** Reasons to take no upload of this person now. */
  async #judge({ person, peer }: Uploader, length: number): Promise<UploadRefusal | undefined> {
    const { contents, records } = this.#options;
    // First, and also for an upload that is refused below: all that the person has uploaded today is added up there.
    const limited = this.#limits.begin(person, peer.address, performance.now());
    if (limited) return limited;
    const refused = records.judge(person, length);
    if (refused) return { reason: reasonOf(refused), refusal: this.#refusalOf(refused) };
    const all = contents.uploads();
    const own = [...all.of(person)].filter(({ id }) => !this.#turns.has(id));
    const idle = this.#idle(all);
    const judged = this.#limits.judgeOpen(own, { size: all.size, idle }, Date.now());
    if (judged === undefined || "reason" in judged) return judged;
    await this.#remove(judged.id);
  }

  #hasRoom(bytes: number): Promise<boolean> {
    const idle = this.#idle(this.#options.contents.uploads());
    return this.#room.has(bytes, idle, (id) => this.#remove(id));
  }

  /** Those that nobody works on, looked at one by one. */
  *#idle(all: Iterable<NewUpload>): Generator<NewUpload> {
    for (const upload of all) if (!this.#turns.has(upload.id)) yield upload;
  }

  /** Says how much of an upload has arrived; of one that has arrived whole, only when it is a file. */
  async offset(request: Request, id: string, uploader: Uploader): Promise<Response> {
    const other = judgeVersion(request.headers);
    if (other) return this.#refuse("protocol", other);
    return await this.#runOn({ id, uploader, none: () => refuse(NO_FILE) }, async (upload) => {
      const refusal = upload.offset === upload.length && !upload.isRecorded
        ? await this.#complete(upload, uploader)
        : undefined;
      return refusal ?? answer(STATUS_CODE.OK, {
        "upload-offset": String(upload.offset),
        "upload-length": String(upload.length),
        "cache-control": "no-store",
      });
    });
  }

  /** Takes the next bytes of an upload. */
  async append(request: Request, id: string, uploader: Uploader): Promise<Response> {
    const { headers } = request;
    const wrong = judgeVersion(headers) ?? judgeBody(headers);
    if (wrong) return this.#refuse("protocol", wrong);
    const offset = readCount(headers.get("upload-offset"));
    if (offset === undefined) {
      return this.#refuse(
        "protocol",
        badRequest(
          "Cannot upload: Upload-Offset must be the number of bytes that have arrived, received " +
            quote(headers.get("upload-offset")),
        ),
      );
    }
    const { person, peer: { address } } = uploader;
    const body = this.#limits.body(person, address, performance.now());
    if ("reason" in body) return this.#refuse(body.reason, { ...body.refusal, ...CLOSING });
    using _body = body;
    const none = () => this.#refuse("gone", { ...NO_FILE, ...CLOSING });
    return await this.#runOn({ id, uploader, none }, async (upload, signal) => {
      if (offset !== upload.offset) return this.#refuse("offset", wrongOffset(upload.offset));
      if (upload.isRecorded) return offsetAnswer(offset);
      const lacks = upload.length - offset;
      const announced = readCount(headers.get("content-length"));
      if (announced !== undefined && announced > lacks) {
        return this.#refuse("size", tooLong(announced, lacks));
      }
      if (!await this.#hasRoom(announced ?? lacks)) return await this.#dropFull(id);
      const end = await this.#read(request, { upload, uploader, signal });
      if (typeof end !== "number") return end;
      const whole = { ...upload, offset: end };
      const refusal = end === upload.length ? await this.#complete(whole, uploader) : undefined;
      return refusal ?? offsetAnswer(end);
    });
  }

  async #read(
    { body }: Request,
    { upload: { id, offset, length }, uploader, signal }: {
      readonly upload: Upload;
      readonly uploader: Uploader;
      readonly signal: AbortSignal;
    },
  ): Promise<number | Response> {
    if (body === null || offset === length) return offset;
    const { contents, stats, idleMs } = this.#options;
    let arrived = 0;
    const looks = new Looks();
    const bytes = readUpload(body, {
      most: length - offset,
      signal,
      onBytes: (count) => {
        if (looks.areDue(count) && !uploader.isKnown()) throw new BodyError("unknown");
        arrived += count;
        stats.received += count;
        this.#room.arrive(id, offset + arrived);
      },
      ...(idleMs !== undefined && { idleMs }),
    });
    try {
      return await contents.append(id, offset, bytes);
    } catch (error) {
      if (error instanceof OverLimitError) return await this.#dropFull(id);
      if (!contents.uploads().has(id)) this.#room.delete(id);
      if (!(error instanceof BodyError)) throw error;
      return this.#refuse(error.problem, BODY_REFUSALS[error.problem]);
    } finally {
      this.#limits.count(uploader.person, uploader.peer.address, arrived);
    }
  }

  /** Cancels an upload. */
  async cancel(request: Request, id: string, uploader: Uploader): Promise<Response> {
    const other = judgeVersion(request.headers);
    if (other) return this.#refuse("protocol", other);
    return await this.#runOn({ id, uploader, none: () => refuse(NO_FILE) }, async (upload) => {
      // Another server may have made a file of it meanwhile.
      const isRemoved = !upload.isRecorded && await this.#drop(id);
      return isRemoved ? answer(STATUS_CODE.NoContent) : refuse(NO_FILE);
    });
  }

  /** Removes the uploads that were begun more than a day ago. */
  async sweep(now: number = Date.now()): Promise<void> {
    const { contents, log } = this.#options;
    try {
      for (const { id, begun } of [...contents.uploads()]) {
        if (now - begun > UPLOAD_MS && !this.#turns.has(id)) await this.#remove(id);
      }
    } catch (error) {
      log("uploads not swept", { error: oneLine(error) });
    }
  }

  async #remove(id: string): Promise<void> {
    using _turn = await this.#turns.take(id);
    await this.#drop(id);
    this.#options.stats.uploads.abandoned++;
  }

  /**
   * Removes an upload. A crash, or a power loss that brings a description back, may have left one that is a file: its bytes stay.
   *
   * @returns whether it was removed
   */
  async #drop(id: string, options?: CancelOptions): Promise<boolean> {
    const { contents, records } = this.#options;
    const isFile = records.isNeeded(id);
    const isRemoved = isFile
      ? await contents.settle(id).then(() => false)
      : await contents.cancel(id, options);
    this.#room.delete(id);
    return isRemoved;
  }

  async #dropFull(id: string): Promise<Response> {
    await this.#drop(id);
    return this.#refuse("total", { ...this.#refusalOf(NO_ROOM_FOR_FILES), ...CLOSING });
  }

  /** Interrupts the uploads of this moment. The received bytes stay. */
  interrupt(): void {
    this.#turns.interrupt();
  }

  /** Interrupts all uploads, and waits for their end. The received bytes stay. */
  async close(): Promise<void> {
    await this.#turns.close();
  }

  /** Returns an upload of a person, or a file that the person has uploaded, whose last answer may have been lost. */
  async #find(id: string, person: string): Promise<FoundUpload | undefined> {
    const { contents, records } = this.#options;
    const upload = await contents.find(id);
    if (upload !== undefined) {
      return upload.person === person ? { ...upload, isRecorded: false } : undefined;
    }
    const file = await records.find(person, id);
    if (file === undefined || file.person !== person) return undefined;
    const { name, size, at } = file;
    return { id, person, name, length: size, offset: size, begun: at, isRecorded: true };
  }

  /** Makes a file of a whole upload; returns the answer if it may be none. */
  async #complete(upload: Upload, { peer, isKnown }: Uploader): Promise<Response | undefined> {
    const { contents, records, stats, log } = this.#options;
    const { id, person, name, length, preview, video } = upload;
    const network = siteKey(peer.address);
    const { type, sha256, ...picture }: ContentFacts = await contents.finish(id, network);
    if (!isKnown()) return this.#refuse("unknown", BODY_REFUSALS.unknown);
    // It counts as a file from here on, if it may be one.
    this.#room.delete(id);
    const file = {
      ...{ id, person, name, size: length, mime: type, sha256, ...picture },
      // The server reads those of pictures only, and the word of a client does no harm here.
      ...(type.startsWith("video/") && video),
      ...(preview !== undefined && { preview }),
    };
    const refused = await records.add(file, network).catch((error: unknown) => {
      this.#room.set(id, length);
      throw error;
    });
    if (refused) {
      await this.#drop(id, { isRefused: true });
      return this.#refuse(reasonOf(refused), this.#refusalOf(refused));
    }
    await contents.settle(id);
    stats.uploads.finished++;
    log("file uploaded", { file: id, person, bytes: length, type });
  }

  /**
   * Runs work on an upload in its turn, which interrupts the request before. That of somebody else is answered like none, and
   * goes on.
   */
  async #runOn(
    { id, uploader, none }: {
      readonly id: string;
      readonly uploader: Uploader;
      /** Answers if the person has no such upload. */
      readonly none: () => Response;
    },
    run: (upload: FoundUpload, signal: AbortSignal) => Promise<Response>,
  ): Promise<Response> {
    return await this.#run(uploader, async () => {
      const { person } = uploader;
      const known = this.#options.contents.uploads().get(id) ?? await this.#find(id, person);
      if (known?.person !== person) return none();
      using turn = await this.#turns.take(id);
      const upload = await this.#find(id, person);
      return upload === undefined ? none() : await run(upload, turn.signal);
    });
  }

  /** Answers what the disk, NATS or the log fail to do. */
  async #run({ peer }: Uploader, run: () => Promise<Response>): Promise<Response> {
    try {
      return await run();
    } catch (error) {
      const { log, advise } = this.#options;
      if (error instanceof BusyError) return this.#refuse("rate", BUSY);
      const problem = error instanceof ContentsError ? error.problem : "failed";
      if (problem === "full") {
        advise({ event: "uploads refused", fields: { problem: "disk full", advice: DISK_ADVICE } });
        return this.#refuse("disk", DISK_FULL);
      }
      if (problem === "gone") return this.#refuse("gone", { ...NO_FILE, ...CLOSING });
      if (problem === "offset") return this.#refuse("offset", wrongOffset());
      log("upload failed", { error: oneLine(error), address: peer.address });
      // A client that is answered at once would be there again at once.
      await delay(100);
      return this.#refuse("failed", FAILED);
    }
  }

  #refusalOf(refused: FileRefusal): Refusal {
    if (refused.code === "full") {
      this.#options.advise({
        event: "uploads refused",
        fields: { problem: "--max-files reached", advice: "raise --max-files, or delete rooms" },
      });
    }
    return refusalOf(refused);
  }

  #refuse(reason: RefusalReason, refusal: Refusal): Response {
    this.#options.stats.refuse(reason);
    const response = refuse(refusal);
    response.headers.set("tus-resumable", TUS_VERSION);
    return response;
  }
}

/** An upload, or a file that one became. */
type FoundUpload = Upload & { readonly isRecorded: boolean };
