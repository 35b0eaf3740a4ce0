/**
 * The answers to requests of tus, and the checks of their headers.
 *
 * @module
 */
import { badRequest, notNow, type Refusal } from "../responses.ts";
import type { BodyProblem } from "./upload_body.ts";
import type { FileRefusal } from "../../state/file_records.ts";
import type { RefusalReason } from "./stats.ts";
import { STATUS_CODE } from "../../lib/std.ts";
import { trimSpace } from "../headers.ts";

/** The version of tus that this server speaks. */
export const TUS_VERSION = "1.0.0";

/** The extensions of tus that this server has. */
export const TUS_EXTENSIONS = "creation,termination";

/** The media type of the body of an upload. */
const BODY_TYPE = "application/offset+octet-stream";

/** After which a client may try again what the disk or the log has failed to do, in ms. */
const RETRY_MS = 5000;

/** Ends the connection with the answer: the rest of the body is not read. */
export const CLOSING = { headers: { connection: "close" } };

/** Advice for a full disk. */
export const DISK_ADVICE = "free some room on the disk of the files, or limit them by --max-files";

/** A refusal, and its label in the metrics. */
export interface UploadRefusal {
  readonly reason: RefusalReason;
  readonly refusal: Refusal;
}

/** The refusal while too many uploads wait to begin. */
export const BUSY: Refusal = notNow(
  STATUS_CODE.TooManyRequests,
  "Cannot upload now: too many uploads begin at once; try again later",
  RETRY_MS,
);

/** The refusal while the disk is full. */
export const DISK_FULL: Refusal = {
  status: STATUS_CODE.InsufficientStorage,
  message: "Cannot upload: the server has no room for the file; nothing of it was kept",
  ...CLOSING,
};

/** The refusal while the disk, NATS or the log fails. */
export const FAILED: Refusal = {
  ...notNow(
    STATUS_CODE.ServiceUnavailable,
    "Cannot store the file at the moment: what has arrived is kept, try again later",
    RETRY_MS,
  ),
};

/** The refusals of a body that was not read to its end. Some can't be delivered any more. */
export const BODY_REFUSALS: Readonly<Record<BodyProblem, Refusal>> = {
  idle: {
    status: STATUS_CODE.RequestTimeout,
    message: "Nothing has arrived for too long: continue the upload with another request",
    ...CLOSING,
  },
  slow: {
    status: STATUS_CODE.RequestTimeout,
    message: "Too little has arrived for too long: continue the upload with another request",
    ...CLOSING,
  },
  pieces: { ...badRequest("Cannot upload: the body arrives in too small pieces"), ...CLOSING },
  long: {
    status: STATUS_CODE.ContentTooLarge,
    message: "Cannot upload: the body has more bytes than Upload-Length said",
    ...CLOSING,
  },
  interrupted: {
    status: STATUS_CODE.Conflict,
    message: "The upload is continued by another request",
    ...CLOSING,
  },
  broken: {
    status: STATUS_CODE.BadRequest,
    message: "The body has broken off: continue the upload with another request",
    ...CLOSING,
  },
  unknown: {
    status: STATUS_CODE.Unauthorized,
    message: "Cannot upload: you are not logged in any more; log in, and continue the upload",
    ...CLOSING,
  },
};

/** An answer without a body. */
export function answer(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers: { "tus-resumable": TUS_VERSION, ...headers } });
}

/** Says how much has arrived. */
export function offsetAnswer(offset: number): Response {
  return answer(STATUS_CODE.NoContent, { "upload-offset": String(offset) });
}

/** Refuses another version of the protocol; a program that does not send one is no client of tus. */
export function judgeVersion(headers: Headers): Refusal | undefined {
  const version = headers.get("tus-resumable");
  if (version === TUS_VERSION) return undefined;
  return {
    status: STATUS_CODE.PreconditionFailed,
    message: `Cannot upload: Tus-Resumable must be ${TUS_VERSION}, received ${quote(version)}`,
    headers: { "tus-version": TUS_VERSION, ...CLOSING.headers },
  };
}

/** Refuses a body that is not to be read. */
export function judgeBody(headers: Headers): Refusal | undefined {
  const [type = ""] = (headers.get("content-type") ?? "").split(";", 1);
  if (trimSpace(type).toLowerCase() !== BODY_TYPE) {
    return {
      status: STATUS_CODE.UnsupportedMediaType,
      message: `Cannot upload: Content-Type must be ${BODY_TYPE}, received ${
        quote(headers.get("content-type"))
      }`,
      ...CLOSING,
    };
  }
  // Of a body in chunks, the runtime reads on in what has arrived, in pieces of any size.
  if (headers.has("transfer-encoding")) {
    return {
      status: STATUS_CODE.LengthRequired,
      message: "Cannot upload: send the body with a Content-Length, not in chunks",
      ...CLOSING,
    };
  }
}

/** Refuses a file that is too large. */
export function tooLarge(length: number, maxFile: number): Refusal {
  return {
    status: STATUS_CODE.ContentTooLarge,
    message: maxFile === 0
      ? "Cannot upload: this chat takes no files"
      : `Cannot upload: the file has ${length} bytes, the limit is ${maxFile}`,
  };
}

/** Refuses a body with more bytes than the upload lacks. */
export function tooLong(announced: number, lacks: number): Refusal {
  return {
    status: STATUS_CODE.ContentTooLarge,
    message: `Cannot upload: the body has ${announced} bytes, but the upload lacks ${lacks}`,
    ...CLOSING,
  };
}

/** Refuses bytes that are not the next ones. */
export function wrongOffset(offset?: number): Refusal {
  return {
    status: STATUS_CODE.Conflict,
    message: "Cannot upload: Upload-Offset is not the number of bytes that have arrived; ask again",
    headers: {
      ...CLOSING.headers,
      ...(offset !== undefined && { "upload-offset": String(offset) }),
    },
  };
}

/** Reads a whole number from 0 on. */
export function readCount(value: string | null): number | undefined {
  return value !== null && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/** A received value, short enough to be shown. */
export function quote(value: string | null): string {
  return value === null ? "none" : JSON.stringify(value.slice(0, 100));
}

/** Returns the label of a refused upload in the metrics. */
export function reasonOf({ code }: FileRefusal): RefusalReason {
  switch (code) {
    case "full":
      return "total";
    case "too_many":
      return "day";
    case "fault":
      return "failed";
    default:
      return "forbidden";
  }
}

/** Returns the answer to a file that the chat does not take. */
export function refusalOf({ code, reason, retry }: FileRefusal): Refusal {
  const message = `Cannot upload: ${reason}`;
  switch (code) {
    case "full":
      return { status: STATUS_CODE.InsufficientStorage, message };
    case "too_many":
      return notNow(STATUS_CODE.TooManyRequests, message, retry ?? 60 * 60_000);
    case "fault":
      return FAILED;
    case "no_file":
    case "bad_id":
      return badRequest(message);
    default:
      return { status: STATUS_CODE.Forbidden, message };
  }
}
