import type { Accounts } from "../accounts.ts";
import type { Advice, Refusal } from "../responses.ts";
import { refuse } from "../responses.ts";
import type { Contents } from "../../state/contents.ts";
import { ContentsError } from "../../state/contents.ts";
import type { FileRecords } from "../../state/file_records.ts";
import { FileStats } from "./stats.ts";
import type { Logger } from "../../lib/logger.ts";
import { answerUnchanged, NO_FILE, serveFile } from "./downloads.ts";
import { oneLine } from "../../lib/errors.ts";
import type { Peer } from "../peer.ts";
import { STATUS_CODE } from "../../lib/std.ts";
import { siteKey } from "../../lib/ip_networks.ts";
import type { Uploader } from "./upload_limits.ts";
import { Uploads } from "./uploads.ts";

/** Between two looks for uploads that nobody continues with, in ms. */
const SWEEP_MS = 10 * 60_000;

/** Options of {@linkcode FileRoutes}. */
export interface FileRoutesOptions {
  readonly accounts: Accounts;
  readonly contents: Contents;
  readonly records: FileRecords;
  /** Bytes of one file; 0: no uploads. */
  readonly maxFile: number;
  readonly log: Logger;
  readonly advise: (advice: Advice) => void;
  /** The time without any byte of a body, in ms; by default 30 s. */
  readonly idleMs?: number;
}

/** Answers requests for files: uploads by tus, and downloads. */
export class FileRoutes implements AsyncDisposable {
  readonly stats = new FileStats();
  readonly uploads: Uploads;
  readonly #options: FileRoutesOptions;
  readonly #sweeper: ReturnType<typeof setInterval>;

  constructor(options: FileRoutesOptions) {
    this.#options = options;
    this.uploads = new Uploads({ ...options, stats: this.stats });
    this.#sweeper = setInterval(() => void this.uploads.sweep(), SWEEP_MS);
  }

  /** Answers a request whose method its route has, and whose origin was judged; `path` as it was sent. */
  async answer(request: Request, path: string, peer: Peer): Promise<Response> {
    if (request.method === "OPTIONS") return this.uploads.describe();
    const { accounts } = this.#options;
    const { rotation } = accounts;
    const known = await accounts.recognize(request, peer);
    if (!("person" in known)) return refuse(withoutRest(request, known));
    const isKnown = () => accounts.rotation === rotation && accounts.isKnown(known);
    const uploader = { person: known.person, peer, isKnown };
    const [, , id = "", name] = path.split("/");
    if (id === "") return await this.uploads.create(request, uploader);
    if (name !== undefined) {
      return await this.#serve(request, id, { person: known.person, peer, isKnown });
    }
    switch (request.method) {
      case "HEAD":
        return await this.uploads.offset(request, id, uploader);
      case "PATCH":
        return await this.uploads.append(request, id, uploader);
      default:
        return await this.uploads.cancel(request, id, uploader);
    }
  }

  async #serve(
    request: Request,
    id: string,
    { person, peer, isKnown }: Uploader,
  ): Promise<Response> {
    const { contents, records, advise } = this.#options;
    const reader = { network: siteKey(peer.address), person, signal: request.signal };
    const mayRead = () => isKnown() && records.mayRead(person, id);
    try {
      const file = await records.find(person, id);
      if (file === undefined || !mayRead()) return refuse(NO_FILE);
      const unchanged = answerUnchanged(file, request);
      if (unchanged !== undefined) return unchanged;
      const content = await contents.open(file.content, reader);
      // NATS may take minutes, after which the person may be no member, or the file deleted. Nothing is read yet.
      if (!mayRead()) return refuse(NO_FILE);
      if (content === undefined) {
        const fields = { file: id, content: file.content, advice: MISSING_ADVICE };
        advise({ event: "file missing", fields });
        return refuse(MISSING);
      }
      const onBytes = (bytes: number) => void (this.stats.served += bytes);
      return serveFile({ file, content, request, mayRead, onBytes });
    } catch (error) {
      if (!(error instanceof ContentsError)) throw error;
      if (!request.signal.aborted) {
        advise({ event: "file not read", fields: { file: id, error: oneLine(error) } });
      }
      return refuse(UNREADABLE);
    }
  }

  /** Interrupts the uploads of this moment, whose senders may not be who they were. The received bytes stay. */
  interrupt(): void {
    this.uploads.interrupt();
  }

  /** Interrupts uploads. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sweeper);
    await this.uploads.close();
  }
}

const MISSING_ADVICE = "restore the folder of the files that belongs to the data";

const MISSING: Refusal = {
  status: STATUS_CODE.NotFound,
  message: "The bytes of this file are missing on the server",
};

const UNREADABLE: Refusal = {
  status: STATUS_CODE.ServiceUnavailable,
  message: "The file can't be read at the moment: try again later",
  headers: { "retry-after": "5" },
};

/** The rest of a body that nobody wants is not read. */
function withoutRest({ method }: Request, refusal: Refusal): Refusal {
  if (method !== "PATCH") return refusal;
  return { ...refusal, headers: { ...refusal.headers, connection: "close" } };
}
