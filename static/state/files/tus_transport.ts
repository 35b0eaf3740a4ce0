/// <reference lib="dom" />
import { DetailedError, Upload } from "tus-js-client";
import { TransferError, type Transport } from "./transport.ts";

/** The bytes of one request. Proxies that keep a whole request before they pass it on lose no more than that. */
const CHUNK_BYTES = 8 * 1024 * 1024;

/**
 * OwnUploads by the tus protocol.
 *
 * @param endpoint the address where uploads begin
 */
export function tusTransport(endpoint: string): Transport {
  return {
    upload({ url, content, metadata, onUrl, onProgress, signal }) {
      return new Promise((resolve, reject) => {
        const upload = new Upload(content, {
          endpoint,
          uploadUrl: url ?? null,
          metadata: { ...metadata },
          chunkSize: CHUNK_BYTES,
          // The caller knows when there is a connection again, and what it has to resume.
          retryDelays: null,
          storeFingerprintForResuming: false,
          onUploadUrlAvailable: () => upload.url && onUrl?.(upload.url),
          onProgress: (sent) => onProgress?.(sent),
          onSuccess: () => resolve(idOf(upload.url ?? "")),
          onError: (error) => reject(toTransferError(error)),
        });
        signal.addEventListener("abort", () => {
          // The server keeps the bytes sent so far; the upload resumes after them.
          void upload.abort();
          reject(new TransferError("The upload was stopped"));
        });
        upload.start();
      });
    },
    terminate(url) {
      Upload.terminate(url, { retryDelays: null }).catch(() => {
        // The server removes what is never finished.
      });
    },
  };
}

/** The id of a file: the last part of the address of its upload. */
function idOf(url: string): string {
  return new URL(url, location.href).pathname.split("/").at(-1) ?? "";
}

function toTransferError(error: Error | DetailedError): TransferError {
  const { message } = error;
  const response = error instanceof DetailedError ? error.originalResponse : null;
  if (!response) return new TransferError(message);
  const seconds = Number(response.getHeader("Retry-After"));
  return new TransferError(message, {
    status: response.getStatus(),
    retry: seconds > 0 ? seconds * 1_000 : undefined,
  });
}
