/**
 * The parts of `@std` that Hubbub uses, with their types. The specifiers are
 * the official ones; `deno.json` maps them onto an npm package that carries
 * no types, so this is the one place that states them.
 *
 * @module
 */
import { deadline as untypedDeadline } from "@std/async/deadline";
import { delay as untypedDelay } from "@std/async/delay";
import { MuxAsyncIterator as UntypedMuxAsyncIterator } from "@std/async/mux-async-iterator";
import { getCookies as untypedGetCookies, setCookie as untypedSetCookie } from "@std/http/cookie";
import { eTag as untypedETag, ifNoneMatch as untypedIfNoneMatch } from "@std/http/etag";
import { acceptsEncodings as untypedAcceptsEncodings } from "@std/http/negotiation";
import {
  STATUS_CODE as untypedStatusCode,
  STATUS_TEXT as untypedStatusText,
} from "@std/http/status";
import { monotonicUlid as untypedUlid } from "@std/ulid";

/** Rejects with a `TimeoutError` unless `promise` settles within `ms` milliseconds. */
export const deadline: <T>(promise: Promise<T>, ms: number) => Promise<T> = untypedDeadline;

/** Resolves after `ms` milliseconds, or rejects when `signal` aborts. */
export const delay: (ms: number, options?: { signal?: AbortSignal }) => Promise<void> =
  untypedDelay;

/** Several async iterables as one, in the order in which they yield. */
export const MuxAsyncIterator: new <T>() => AsyncIterable<T> & {
  add(iterable: AsyncIterable<T>): void;
} = UntypedMuxAsyncIterator;

/** The cookies of a request, by name. */
export const getCookies: (headers: Headers) => Record<string, string> = untypedGetCookies;

/** Appends a cookie to the headers of an answer; throws for a value that no header can carry. */
export const setCookie: (headers: Headers, cookie: {
  name: string;
  value: string;
  /** Seconds. */
  maxAge: number;
  path: string;
  httpOnly: boolean;
  sameSite: "Lax";
  secure: boolean;
}) => void = untypedSetCookie;

/** The entity tag of `content`, in its quotes. */
export const eTag: (content: Uint8Array) => Promise<string> = untypedETag;

/** Whether an `If-None-Match` header of this value lets the entity with this tag be sent. */
export const ifNoneMatch: (header: string | null, tag: string) => boolean = untypedIfNoneMatch;

/** The encoding of those offered that a request likes best, if it takes any. */
export const acceptsEncodings: (request: Request, ...offered: string[]) => string | undefined =
  untypedAcceptsEncodings;

/** The status codes of RFC 9110 that this server answers with. */
export const STATUS_CODE: {
  readonly SwitchingProtocols: 101;
  readonly OK: 200;
  readonly NoContent: 204;
  readonly SeeOther: 303;
  readonly NotModified: 304;
  readonly BadRequest: 400;
  readonly Unauthorized: 401;
  readonly Forbidden: 403;
  readonly NotFound: 404;
  readonly MethodNotAllowed: 405;
  readonly RequestTimeout: 408;
  readonly Conflict: 409;
  readonly ContentTooLarge: 413;
  readonly URITooLong: 414;
  readonly UpgradeRequired: 426;
  readonly TooManyRequests: 429;
  readonly InternalServerError: 500;
  readonly ServiceUnavailable: 503;
} = untypedStatusCode;

/** The usual words for a status code. */
export const STATUS_TEXT: { readonly [code: number]: string } = untypedStatusText;

/** A new id that is unique and sorts by time: https://github.com/ulid/spec. */
export const ulid: () => string = untypedUlid;
