import { HISTORY_LIMIT, isRoom, parseName } from "../protocol/mod.ts";
import type { PlainOptions } from "../client.ts";
import type { Refusal } from "./handshake.ts";
import { STATUS_CODE } from "../lib/std.ts";

/** The host and port a request was sent to: its `Host`, or what HTTP/2 has in its place. */
export function hostOf({ headers, url }: Request): string {
  return (headers.get("host") ?? /^\w+:\/\/([^/]*)/.exec(url)?.[1] ?? "").toLowerCase();
}

/** The path as it was sent: a parsed URL would have its `..` resolved already. */
export function rawPath({ headers, url }: Request): string {
  const start = url.indexOf("://") + 3;
  const host = headers.get("host");
  const rest = host && url.startsWith(host, start)
    ? url.slice(start + host.length)
    : url.slice(url.indexOf("/", start));
  return rest.split("?", 1)[0] ?? "";
}

/** The query as it was sent. */
export function queryOf({ url }: Request): URLSearchParams {
  return new URLSearchParams(url.split("?", 2)[1] ?? "");
}

/** What the address of a plain client asks for. */
export function readPlain(query: URLSearchParams): PlainOptions | Refusal {
  const room = query.get("room") || "lobby";
  if (!isRoom(room)) {
    return badRequest("room must be 1 to 64 of a-z, 0-9, _ and -", room);
  }
  const history = query.get("history") || "0";
  if (!/^\d{1,3}$/.test(history) || Number(history) > HISTORY_LIMIT) {
    return badRequest(`history must be a number up to ${HISTORY_LIMIT}`, history);
  }
  const name = query.get("name");
  const parsed = name ? parseName(name) : { name: "" };
  if ("problem" in parsed) return { status: STATUS_CODE.BadRequest, message: parsed.problem };
  return { room, history: Number(history) };
}

function badRequest(takes: string, received: string): Refusal {
  return {
    status: STATUS_CODE.BadRequest,
    message: `Cannot connect: ${takes}, received ${JSON.stringify(received.slice(0, 100))}`,
  };
}
