import type { Refusal } from "./handshake.ts";
import { STATUS_CODE } from "../lib/std.ts";

/** Sent with every answer; the page needs nothing from anywhere else. */
const SECURITY_HEADERS = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
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

/** What is told of a fault of this server's. */
export const INTERNAL: Refusal = {
  status: STATUS_CODE.InternalServerError,
  message: "Something went wrong here; try again",
};

/** The answer that refuses. */
export function refuse({ status, message, headers }: Refusal): Response {
  return new Response(`${message}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", ...headers },
  });
}

/** The refusal of what may well be tried again after `retry` ms. */
export function notNow(status: number, message: string, retry: number): Refusal {
  return { status, message, headers: { "retry-after": String(Math.ceil(retry / 1000)) } };
}

/** Adds the headers that no answer goes without. */
export function secure(response: Response): Response {
  // The headers of an upgrade belong to the runtime, and no browser would heed these there.
  if (response.status === 101) return response;
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.headers.set(name, value);
  return response;
}
