import { STATUS_CODE } from "../lib/std.ts";

/** A refused request. */
export interface Refusal {
  status: number;
  /** One line for the person or the page that sent the request. */
  message: string;
  headers?: Record<string, string>;
  /** Present when a setting of the server or of its proxy may be the cause. */
  advice?: Advice;
}

/** A line for the operator's log that says what to set. */
export interface Advice {
  readonly event: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** An answer is cut on purpose while its body is sent: nothing has failed. */
export class CutAnswer extends Error {
  override name = "CutAnswer";
}

/**
 * Headers of every answer. The page loads nothing from other servers; pictures and videos that a person sends are read from the
 * page's memory (`blob:`) until they are there.
 */
const SECURITY_HEADERS = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "media-src 'self' blob:",
    "font-src 'self'",
    "manifest-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** The answer to a request that meets a fault of this server. */
export const INTERNAL: Refusal = {
  status: STATUS_CODE.InternalServerError,
  message: "Internal server error: try again",
};

/** A refusal with status 400. */
export function badRequest(message: string): Refusal {
  return { status: STATUS_CODE.BadRequest, message };
}

/** The answer to a refused request. */
export function refuse({ status, message, headers }: Refusal): Response {
  return new Response(`${message}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", ...headers },
  });
}

/** A refusal of a request that may succeed after `retry` ms. */
export function notNow(status: number, message: string, retry: number): Refusal {
  return { status, message, headers: { "retry-after": String(Math.ceil(retry / 1000)) } };
}

/** Time for which browsers use only https after an answer over https, in seconds: 180 days. */
const HSTS_SECONDS = 180 * 24 * 60 * 60;

/**
 * Adds the headers of every answer.
 *
 * @param https Whether the client used https for a host for which browsers may always use it.
 */
export function secure(response: Response, https: boolean): Response {
  // The headers of an upgrade belong to the runtime, and browsers ignore these there.
  if (response.status === 101) return response;
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
    // A file forbids itself even more than the page does.
    if (!response.headers.has(name)) response.headers.set(name, value);
  }
  if (https) response.headers.set("strict-transport-security", `max-age=${HSTS_SECONDS}`);
  return response;
}

/** The answer to a peer that has disconnected; it can't be delivered. */
export const DISCONNECTED: Refusal = { status: STATUS_CODE.BadRequest, message: "Disconnected" };

/** The answer while the data is unusable; another server may have the right data. */
export const OUTDATED = unavailable("This server is not up to date: try again later");

/** Makes the answer of a server that can't do this now. */
export function unavailable(message: string): Refusal {
  return { status: STATUS_CODE.ServiceUnavailable, message };
}
