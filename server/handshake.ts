import { hostOf } from "./request.ts";
import { STATUS_CODE } from "../lib/std.ts";

/** A request that is refused: the status, one line for who reads it, and headers it needs. */
export interface Refusal {
  status: number;
  message: string;
  headers?: Record<string, string>;
}

/** The version of the WebSocket protocol, RFC 6455. */
const VERSION = "13";

/** A key is 16 bytes in base64: RFC 6455, section 4.2.1. */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/;

/** Judges an opening handshake by RFC 6455, section 4.2.1; undefined when it is a good one. */
export function judgeHandshake(request: Request): Refusal | undefined {
  const { headers, method } = request;
  if (!lists(headers, "upgrade", "websocket") || !lists(headers, "connection", "upgrade")) {
    return upgradeRequired("This address speaks WebSocket: connect with a WebSocket client");
  }
  const version = headers.get("sec-websocket-version");
  if (version !== VERSION) {
    return upgradeRequired(`WebSocket version ${VERSION} is spoken, received ${quote(version)}`);
  }
  if (method !== "GET") return badRequest(`An upgrade takes GET, received ${method}`);
  const key = headers.get("sec-websocket-key");
  if (key === null || !KEY.test(key)) {
    return badRequest(`Sec-WebSocket-Key takes 16 bytes in base64, received ${quote(key)}`);
  }
  return undefined;
}

/**
 * Chooses among the subprotocols a request offers: undefined when it offers none, a refusal when
 * it offers only others.
 */
export function chooseProtocol(
  request: Request,
  known: readonly string[],
): string | Refusal | undefined {
  const offered = request.headers.get("sec-websocket-protocol");
  if (offered === null) return undefined;
  const chosen = offered.split(",").map((name) => name.trim()).find((name) => known.includes(name));
  if (chosen !== undefined) return chosen;
  const spoken = known.length === 0 ? "no subprotocol" : known.join(", ");
  return badRequest(`Sec-WebSocket-Protocol takes ${spoken}, received ${quote(offered)}`);
}

/**
 * Whether a browser's page of this `Origin` may come in: its host must be the one the request was
 * sent to, or it must be one of `allowed`. Programs send no `Origin`; they may.
 *
 * With `allowed` given, the host itself must be one of them, an IP address or localhost, so that
 * a name that somebody else points at this server (DNS rebinding) is refused.
 */
export function judgeOrigin(
  request: Request,
  allowed: readonly string[],
): Refusal | undefined {
  const host = hostOf(request);
  if (allowed.length > 0 && !isOwnHost(host, allowed)) {
    return forbidden(`This server is not known as ${quote(host)}: add it with --origin`);
  }
  const origin = request.headers.get("origin");
  if (origin === null || allowed.includes(origin)) return undefined;
  const url = URL.parse(origin);
  // Both hosts go through the same parser, which drops a default port.
  const own = url === null ? null : URL.parse(`${url.protocol}//${host}`);
  if (url !== null && own !== null && /^https?:$/.test(url.protocol) && url.host === own.host) {
    return undefined;
  }
  return forbidden(`Pages of ${quote(origin)} may not come in: allow them with --origin`);
}

function isOwnHost(host: string, allowed: readonly string[]): boolean {
  const name = URL.parse(`http://${host}`)?.hostname;
  return name !== undefined &&
    (name === "localhost" || /^\[|^\d+(\.\d+){3}$/.test(name) ||
      allowed.some((origin) => URL.parse(origin)?.hostname === name));
}

/** Whether a header that lists tokens has one, without regard to case. */
function lists(headers: Headers, header: string, token: string): boolean {
  return headers.get(header)?.split(",").some((item) => item.trim().toLowerCase() === token) ??
    false;
}

function upgradeRequired(message: string): Refusal {
  return {
    status: STATUS_CODE.UpgradeRequired,
    message,
    headers: { "upgrade": "websocket", "sec-websocket-version": VERSION },
  };
}

function badRequest(message: string): Refusal {
  return { status: STATUS_CODE.BadRequest, message };
}

function forbidden(message: string): Refusal {
  return { status: STATUS_CODE.Forbidden, message };
}

/** What was received, short enough to be shown. */
function quote(value: string | null): string {
  return value === null ? "none" : JSON.stringify(value.slice(0, 100));
}
