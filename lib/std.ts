/**
 * The parts of `@std` that Hubbub uses, with their types. The specifiers are the official ones;
 * `deno.json` maps them onto an npm package without types, so this file alone declares them.
 *
 * @module
 */
import { deadline as untypedDeadline } from "@std/async/deadline";
import { delay as untypedDelay } from "@std/async/delay";
import { MuxAsyncIterator as UntypedMuxAsyncIterator } from "@std/async/mux-async-iterator";
import { setCookie as untypedSetCookie } from "@std/http/cookie";
import { eTag as untypedETag } from "@std/http/etag";
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

/** Merges several async iterables into one, in the order in which they yield. */
export const MuxAsyncIterator: new <T>() => AsyncIterable<T> & {
  add(iterable: AsyncIterable<T>): void;
} = UntypedMuxAsyncIterator;

/** Appends a cookie to the headers of a response; throws for a value that no header can carry. */
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

/** The status codes of RFC 9110 that this server answers with. */
export const STATUS_CODE: {
  readonly SwitchingProtocols: 101;
  readonly OK: 200;
  readonly Created: 201;
  readonly NoContent: 204;
  readonly PartialContent: 206;
  readonly SeeOther: 303;
  readonly NotModified: 304;
  readonly BadRequest: 400;
  readonly Unauthorized: 401;
  readonly Forbidden: 403;
  readonly NotFound: 404;
  readonly MethodNotAllowed: 405;
  readonly RequestTimeout: 408;
  readonly Conflict: 409;
  readonly LengthRequired: 411;
  readonly PreconditionFailed: 412;
  readonly ContentTooLarge: 413;
  readonly URITooLong: 414;
  readonly UnsupportedMediaType: 415;
  readonly RangeNotSatisfiable: 416;
  readonly UpgradeRequired: 426;
  readonly TooManyRequests: 429;
  readonly RequestHeaderFieldsTooLarge: 431;
  readonly InternalServerError: 500;
  readonly ServiceUnavailable: 503;
  readonly InsufficientStorage: 507;
} = untypedStatusCode;

/** The standard phrase for each status code. */
export const STATUS_TEXT: { readonly [code: number]: string } = untypedStatusText;

/** Returns a new unique id that sorts by time: https://github.com/ulid/spec. */
export const ulid: () => string = untypedUlid;
