import { DEFAULT_ROOM, HISTORY_LIMIT, isRoom, parseName } from "../protocol/mod.ts";
import type { PlainOptions } from "../client/options.ts";
import { badRequest, type Refusal } from "./responses.ts";
import { STATUS_CODE } from "../lib/std.ts";

/** The longest path with its query, in characters. */
const TARGET_LENGTH = 8000;

/** The host and port that a request was sent to, in lower case: its `Host`, or the `:authority` of HTTP/2. */
export function hostOf({ headers, url }: Request): string {
  return (headers.get("host") ?? url.split("/", 3)[2] ?? "").toLowerCase();
}

/** The path as it was sent: a parsed URL would have its `..` resolved already. */
export function rawPath(request: Request): string {
  return rawTarget(request).split("?", 1)[0] ?? "";
}

/** Refuses a request whose path and query are too long together. */
export function judgeTarget(request: Request): Refusal | undefined {
  const { length } = rawTarget(request);
  if (length <= TARGET_LENGTH) return undefined;
  return {
    status: STATUS_CODE.URITooLong,
    message:
      `Cannot answer: the path and query are too long: ${length} characters, the limit is ${TARGET_LENGTH}`,
  };
}

/** The query as it was sent. */
export function queryOf({ url }: Request): URLSearchParams {
  return new URLSearchParams(url.split("?", 2)[1] ?? "");
}

function rawTarget({ headers, url }: Request): string {
  const start = url.indexOf("://") + 3;
  const host = headers.get("host");
  return host && url.startsWith(host, start)
    ? url.slice(start + host.length)
    : url.slice(url.indexOf("/", start));
}

/** Reads what the address of a plain client asks for. */
export function readPlain(query: URLSearchParams): PlainOptions | Refusal {
  const room = query.get("room") || DEFAULT_ROOM;
  if (!isRoom(room)) {
    return cannotConnect(
      "room must be an address: 1 to 64 letters and digits, _ and -, in small letters",
      room,
    );
  }
  const history = query.get("history") || "0";
  if (!/^\d{1,3}$/.test(history) || Number(history) > HISTORY_LIMIT) {
    return cannotConnect(`history must be a number from 0 to ${HISTORY_LIMIT}`, history);
  }
  const name = query.get("name");
  const parsed = name ? parseName(name) : { name: "" };
  if ("problem" in parsed) return badRequest(parsed.problem);
  return { room, history: Number(history) };
}

function cannotConnect(must: string, received: string): Refusal {
  return badRequest(`Cannot connect: ${must}, received ${JSON.stringify(received.slice(0, 100))}`);
}
