/**
 * Parsers of request headers.
 *
 * Anyone can send them before proving who they are, so each parser takes time in proportion to the length
 * of its input. For that reason none uses a regular expression with an unbounded repetition, and the ones
 * of `@std/http` are not used: `ifNoneMatch` there splits at a comma between two unbounded runs of spaces,
 * which takes five seconds for 64 KB of spaces.
 *
 * @module
 */
import type { Refusal } from "./responses.ts";
import { STATUS_CODE } from "../lib/std.ts";

/** The longest value of a header that is read, in characters. */
export const HEADER_LENGTH = 8 * 1024;

/** The same for cookies, which other services of the same host may add to; in characters. */
export const COOKIE_LENGTH = 32 * 1024;

/** Every header that this server reads. */
export const READ_HEADERS = [
  "accept-encoding",
  "authorization",
  "connection",
  "content-length",
  "content-type",
  "cookie",
  "host",
  "if-none-match",
  "if-range",
  "origin",
  "range",
  "sec-websocket-key",
  "sec-websocket-protocol",
  "sec-websocket-version",
  "transfer-encoding",
  "tus-resumable",
  "upgrade",
  "upload-length",
  "upload-metadata",
  "upload-offset",
  "x-forwarded-for",
  "x-forwarded-proto",
] as const;

/**
 * Refuses a request with a header that is too long to be parsed.
 *
 * It also makes the runtime read all headers, which must happen before an upgrade: if the upgrade fails
 * (for example when two `Upgrade` headers arrive), the runtime reads them after it has closed the request,
 * throws where nothing can catch the error, and the process ends.
 */
export function judgeHeaders(headers: Headers): Refusal | undefined {
  const names = new Set(headers.keys());
  for (const name of READ_HEADERS) {
    if (!names.has(name)) continue;
    const length = headers.get(name)?.length ?? 0;
    const limit = name === "cookie" ? COOKIE_LENGTH : HEADER_LENGTH;
    if (length > limit) {
      return {
        status: STATUS_CODE.RequestHeaderFieldsTooLarge,
        message:
          `Cannot answer: the ${name} header is too long: ${length} characters, the limit is ${limit}`,
      };
    }
  }
}

/**
 * The items of a list header (RFC 9110, section 5.6.1): separated by commas, surrounded by optional spaces
 * and tabs, and not empty. Repeated headers are one list. Items with quoted strings are not supported.
 */
export function listItems(value: string | null): string[] {
  return value === null ? [] : value.split(",").map(trimSpace).filter((item) => item !== "");
}

/**
 * The last one of the {@linkcode listItems} of a header, without looking at the others. It is looked for in the last
 * {@linkcode HEADER_LENGTH} characters: a request with more is refused, but its sender has to be known before that.
 */
export function lastItem(value: string | null): string | undefined {
  const text = value?.slice(-HEADER_LENGTH) ?? "";
  let end = text.length;
  while (end > 0 && (text[end - 1] === "," || isSpace(text, end - 1))) end--;
  return end === 0 ? undefined : trimSpace(text.slice(text.lastIndexOf(",", end - 1) + 1, end));
}

/** Whether a list header contains a token, without regard to case. */
export function listHas(value: string | null, token: string): boolean {
  return listItems(value).some((item) => item.toLowerCase() === token);
}

/**
 * Whether an `Accept-Encoding` header (RFC 9110, section 12.5.3) accepts a content coding: it is listed, or
 * `*` is, with a weight above 0. Without the header nothing but `identity` is accepted, as curl expects.
 */
export function acceptsEncoding(value: string | null, coding: string): boolean {
  let any = false;
  for (const item of listItems(value)) {
    const [name = "", ...parameters] = item.split(";").map(trimSpace);
    const accepted = !parameters.some(isWeightZero);
    // `x-gzip` is an alias that RFC 9110 asks servers to know.
    const listed = name.toLowerCase().replace("x-gzip", "gzip");
    if (listed === coding) return accepted;
    if (listed === "*") any = accepted;
  }
  return any;
}

function isWeightZero(parameter: string): boolean {
  const separator = parameter.indexOf("=");
  return parameter.slice(0, separator).toLowerCase() === "q" &&
    Number(parameter.slice(separator + 1)) === 0;
}

/**
 * Whether an `If-None-Match` header (RFC 9110, section 13.1.2) lists an entity tag, or is `*`. The comparison
 * is weak, since a proxy that compresses makes tags weak.
 *
 * @param tag A strong tag with its quotes.
 */
export function listsTag(value: string | null, tag: string): boolean {
  if (value === null) return false;
  if (trimSpace(value) === "*") return true;
  // A tag may contain commas and backslashes, but no quotes.
  for (let start = value.indexOf('"'); start !== -1;) {
    const end = value.indexOf('"', start + 1);
    if (end === -1) return false;
    if (value.slice(start, end + 1) === tag) return true;
    start = value.indexOf('"', end + 1);
  }
  return false;
}

/**
 * The credentials of an `Authorization` header (RFC 9110, section 11.6.2), undefined without the header or
 * with another scheme.
 *
 * @param scheme The scheme in lower case.
 */
export function credentialsOf(value: string | null, scheme: string): string | undefined {
  if (value === null) return undefined;
  const text = trimSpace(value);
  if (text.slice(0, scheme.length).toLowerCase() !== scheme) return undefined;
  const rest = text.slice(scheme.length);
  return rest.startsWith(" ") ? trimSpace(rest) : undefined;
}

/** The value of a cookie; of several with the same name the first one, which has the most specific path. */
export function cookieOf(value: string | null, name: string): string | undefined {
  for (const pair of value?.split(";") ?? []) {
    const separator = pair.indexOf("=");
    if (separator === -1 || trimSpace(pair.slice(0, separator)) !== name) continue;
    const text = trimSpace(pair.slice(separator + 1));
    const quoted = text.length > 1 && text.startsWith('"') && text.endsWith('"');
    return quoted ? text.slice(1, -1) : text;
  }
}

/** Removes spaces and tabs from both ends; `trim` would also remove what a header's bytes may mean otherwise. */
export function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text, start)) start++;
  while (end > start && isSpace(text, end - 1)) end--;
  return text.slice(start, end);
}

function isSpace(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 0x20 || code === 0x09;
}
