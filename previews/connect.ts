/**
 * One request over HTTP to an address that was checked before.
 *
 * @module
 */
import { request as requestHttp } from "node:http";
import type { IncomingMessage, RequestOptions } from "node:http";
import { request as requestHttps } from "node:https";

/** A request to a checked address. */
export interface CheckedRequest {
  readonly url: URL;
  /** The IP address that is connected to, whatever the name in the URL is now an address of. */
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Ends the request and the reading of its answer. */
  readonly signal: AbortSignal;
  /** The port to connect to; by default that of the URL. For tests. */
  readonly port?: number;
  /** The certificate to trust; by default those of the runtime. For tests. */
  readonly ca?: string;
}

/** An answer, whose body must be read or given up. */
export interface Answer extends Disposable {
  readonly status: number;
  readonly contentType: string;
  readonly location: string | undefined;
  /** Whether the body is as it was written; it is not decompressed. */
  readonly isPlain: boolean;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Sends a GET without cookies. Rejects if there is no answer. */
export async function get(request: CheckedRequest): Promise<Answer> {
  const { url, address, headers, signal, port, ca } = request;
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const family = address.includes(":") ? 6 : 4;
  const options: RequestOptions & { ca?: string } = {
    ...{ method: "GET", headers, agent: false, family },
    // The name was resolved and checked before: it must not be resolved again, to another address.
    lookup: (_host, wanted, found) => {
      if (wanted.all) found(null, [{ address, family }]);
      else found(null, address, family);
    },
    ...(port !== undefined && { port }),
    ...(ca !== undefined && { ca }),
  };
  const sent = (url.protocol === "https:" ? requestHttps : requestHttp)(url, options, resolve);
  const end = () => sent.destroy();
  const abort = () => {
    reject(signal.reason);
    end();
  };
  signal.addEventListener("abort", abort, { once: true });
  sent.on("error", reject);
  sent.end();
  let message: IncomingMessage;
  try {
    message = await promise;
  } catch (error) {
    signal.removeEventListener("abort", abort);
    throw error;
  }
  // What fails later is seen by those who read the body.
  message.on("error", () => {});
  const { "content-type": contentType = "", "content-encoding": encoding = "" } = message.headers;
  return {
    status: message.statusCode ?? 0,
    contentType,
    location: message.headers.location,
    isPlain: encoding === "" || encoding.toLowerCase() === "identity",
    body: message,
    [Symbol.dispose]: () => {
      signal.removeEventListener("abort", abort);
      message.destroy();
      end();
    },
  };
}
